"""The report on profit, and what else follows from its parameters."""

from __future__ import annotations

import pytest

from tests.unit.metrics.test_profit import PROFIT, SALES, model_of, with_outcomes
from voronka.metrics.profit.evaluation import lacking
from voronka.metrics.profit.report import profit_report


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


def test_outcomes_follow_from_parameters_and_from_each_other():
    parameters = {"leads": 100.0, "per_lead": 2.0, "clients": 10.0, "cheque": 100.0, "margin": 0.4}
    formulas = {"ratio": "worth / cost", "cost": "leads * per_lead / clients", "worth": "cheque * margin * orders"}
    model = with_outcomes(model_of({"profit": "clients * cheque"}, orders=13.0, **parameters), formulas)
    found = profit_report(model, {})
    assert found.outcomes == pytest.approx({"cost": 20, "worth": 520, "ratio": 26})
    assert profit_report(model, {"leads": 200.0}).outcomes["cost"] == pytest.approx(40)


def test_an_outcome_that_rests_on_what_nobody_collects_says_on_what():
    leaves = {"leads": 100.0, "per_lead": None, "clients": 0.0, "cheque": None}
    model = with_outcomes(
        model_of({"spent": "leads * per_lead", "profit": "clients * cheque"}, **leaves),
        {"cost": "spent / clients", "share": "leads / clients", "both": "cost + share"},
    )
    found = profit_report(model, {})
    assert found.outcomes == {"cost": None, "share": None, "both": None}
    assert [lacking(model, name, found.values) for name in ("cost", "share", "both")] == [
        ("per_lead",),
        (),  # nobody has become a client
        ("per_lead",),
    ]
