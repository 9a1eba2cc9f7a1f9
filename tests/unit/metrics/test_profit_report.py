"""The report on profit, and what clients cost and are worth."""

from __future__ import annotations

import pytest

from tests.unit.decisions.workspaces import workspace_of
from tests.unit.metrics.test_profit import PROFIT, SALES, model_of
from voronka.mart.memory import memory_mart
from voronka.metrics.profit.outcomes import Costs, Sold, outcomes, sold
from voronka.metrics.profit.report import profit_report
from voronka.metrics.slices import Slice

DAY = 86_400_000_000


def test_four_factors_that_grow_by_20_percent_double_the_result():
    found = profit_report(SALES, {}, share=0.2)
    assert {each.share: each.factor for each in found.joint} == {
        0.05: pytest.approx(1.05**4),
        0.1: pytest.approx(1.1**4),
        0.2: pytest.approx(2.0736),
    }
    assert found.joint[0].names == ("leads", "conversion", "cheque", "deals")
    assert {lever.name: lever.gain for lever in found.levers[0.2]} == pytest.approx(
        dict.fromkeys(("leads", "conversion", "cheque", "deals"), 300)
    )


def test_the_key_constraint_is_told_in_money():
    found = profit_report(PROFIT, {}, share=0.1)
    # A tenth more of any factor of 400 brings 40, a tenth less cost 15.
    assert [(lever.name, pytest.approx(lever.gain)) for lever in found.constraints][-1] == ("cost", 15)
    assert found.constraints[0].gain == pytest.approx(40)
    assert not found.by_targets


def test_what_brings_the_same_has_no_key_constraint_among_it_whatever_it_is_called():
    for names in (("leads", "win", "cheque"), ("z", "y", "x")):
        # Values of which the products are not exact, so that the gains differ in their last digits.
        alike = model_of({"profit": " * ".join(names)}, **dict(zip(names, (14_137.0, 0.4739, 2_360.91), strict=True)))
        found = profit_report(alike, {}, share=0.2)
        assert set(found.key) == set(names)
    assert profit_report(PROFIT, {}, targets={"conversion": 0.3, "leads": 105}).key == ("conversion",)
    assert profit_report(PROFIT, {}, targets={"conversion": 0.001, "leads": 5}).key == ()


def test_targets_say_what_a_parameter_could_reach():
    found = profit_report(PROFIT, {}, targets={"conversion": 0.3, "cost": 100, "leads": 105})
    assert found.by_targets
    assert [(lever.name, lever.gain) for lever in found.constraints] == [
        ("conversion", pytest.approx(200)),
        ("cost", pytest.approx(50)),
        ("leads", pytest.approx(20)),
    ]


def test_a_goal_and_a_change_are_reckoned_where_asked_for():
    found = profit_report(SALES, {"leads": 120}, before={"leads": 100}, goal=3600, names=["cheque"])
    assert found.goal.values == pytest.approx({"cheque": 100})
    assert found.decomposition.contributions == pytest.approx({"leads": 300})
    alone = profit_report(SALES, {})
    assert (alone.goal, alone.decomposition, alone.swings) == (None, None, ())


def test_what_is_not_collected_leaves_the_result_unknown_and_says_so():
    some = model_of({"revenue": "leads * cheque"}, leads=None, cheque=5.0)
    found = profit_report(some, {}, goal=5)
    assert (found.values["revenue"], found.coverage.missing, found.constraints) == (None, ("leads",), ())
    assert (found.joint[0].factor, found.goal) == (None, None)


SOLD = Sold(created=100, closed=50, won=20, clients=10, revenue=2_000, valued=20, cycle_days=30.0)


def test_a_client_costs_what_leads_and_deals_do_and_is_worth_the_margin_of_the_orders():
    found = outcomes(SOLD, Costs(per_lead=2, per_deal=6, margin=0.4, repeats=3, years=4))
    assert (found.cheque, found.cac, found.cycle) == (100, 50, 15)
    assert found.ltv == pytest.approx(100 * 0.4 * 13)
    assert found.ratio == pytest.approx(520 / 50)


@pytest.mark.parametrize("given", [SOLD, Sold(0, 0, 0, 0, 0, 0, None)])
def test_without_costs_or_deals_there_is_no_number(given):
    found = outcomes(
        given, Costs(per_lead=2) if given is SOLD else Costs(per_lead=2, per_deal=6, margin=0.4, repeats=3, years=4)
    )
    assert (found.cac, found.ltv, found.ratio, found.cycle) == (None, None, None, None)


def test_new_clients_are_those_whose_first_won_deal_is_in_the_period():
    rows = [
        {"deal": 1, "id": "1", "account": "a", "created_at": 0, "closed_at": 5 * DAY, "outcome": "won", "f_amount": 7},
        {"deal": 2, "id": "2", "account": "a", "created_at": 0, "closed_at": 20 * DAY, "outcome": "won", "f_amount": 9},
        {"deal": 3, "id": "3", "account": "b", "created_at": 0, "closed_at": 20 * DAY, "outcome": "won"},
        {"deal": 4, "id": "4", "created_at": 10 * DAY, "closed_at": 20 * DAY, "outcome": "won", "f_amount": 1},
        {"deal": 5, "id": "5", "account": "c", "created_at": 10 * DAY, "closed_at": 20 * DAY, "outcome": "lost"},
        {"deal": 6, "id": "6", "account": "c", "created_at": 12 * DAY},
    ]
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    with memory_mart(workspace, {"dim_deal": rows}) as (schema, connection):
        part = Slice(connection=connection, tables=schema.tables, start=10 * DAY, end=30 * DAY)
        found = sold(part, "f_amount")
    assert found == Sold(created=3, closed=4, won=3, clients=2, revenue=10, valued=2, cycle_days=pytest.approx(50 / 3))
