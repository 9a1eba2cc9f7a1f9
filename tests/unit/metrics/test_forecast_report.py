"""The forecast over a mart: probabilities, months, what is not told, and how earlier forecasts kept."""

from __future__ import annotations

import pytest

from tests.unit.decisions.workspaces import workspace_of
from voronka.mart.memory import memory_mart
from voronka.metrics.forecast.model import by_stage, by_survival, stage_rates
from voronka.metrics.forecast.report import forecast_report
from voronka.metrics.forecast.rows import OpenDeal, Won, lives_by_stage, lives_since_creation, pipeline, won_by_period
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.survival import Life

DAY = 86_400_000_000
QUANTILES = (0.1, 0.5, 0.9)


def course(number, *stages, end=None, amount=100, created=0):
    """Rows of a deal that entered stages on days; `end`: (outcome, day)."""
    outcome, closed = end or (None, None)
    days = [*stages, ("", closed)]
    visits = [
        {
            "deal": number,
            "visit": n,
            "funnel": "sales",
            "stage": stage,
            "entered_at": day * DAY,
            "left_at": None if days[n + 1][1] is None else days[n + 1][1] * DAY,
        }
        for n, (stage, day) in enumerate(stages)
    ]
    if outcome:
        visits.append({"deal": number, "visit": 9, "stage": outcome, "outcome": outcome, "entered_at": closed * DAY})
    deal = {
        "deal": number,
        "id": str(number),
        "funnel": "sales",
        "created_at": created * DAY,
        "outcome": outcome,
        "closed_at": None if closed is None else closed * DAY,
        "f_amount": amount,
    }
    versions = [{"deal": number, "since": created * DAY, "f_amount": amount}]
    return {"dim_deal": [deal], "dim_deal_version": versions, "fact_visit": visits}


COURSES = [
    course(1, ("talk", 0), ("offer", 10), end=("won", 20), amount=1000),
    course(2, ("talk", 0), ("offer", 5), end=("lost", 40), amount=700),
    course(3, ("talk", 30), ("offer", 35), end=("won", 50), amount=300, created=30),
    course(4, ("talk", 50), ("offer", 55), amount=400, created=50),
    course(5, ("talk", 58), amount=None, created=58),
]


@pytest.fixture(scope="module")
def mart():
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    rows = {}
    for each in COURSES:
        for table, given in each.items():
            rows.setdefault(table, []).extend(given)
    with memory_mart(workspace, rows) as (schema, connection):
        yield Slice(connection=connection, tables=schema.tables, funnel="sales")


def test_lives_are_those_known_at_a_moment(mart):
    early, now = lives_by_stage(mart, [30 * DAY, 60 * DAY])
    assert sorted(now["offer"]) == [(5, None, 1), (10, "won", 1), (15, "won", 1), (35, "lost", 1)]
    assert sorted(early["offer"]) == [(10, "won", 1), (25, None, 1)]
    assert sorted(lives_since_creation(mart, 60 * DAY)) == [
        (2, None, 1),
        (10, None, 1),
        (20, "won", 2),
        (40, "lost", 1),
    ]


def test_the_pipeline_is_what_was_open_at_a_moment(mart):
    assert sorted(pipeline(mart, 60 * DAY, "f_amount")) == [
        ("offer", 5, 10, 400, 1, 160_000),
        ("talk", 2, 2, None, 1, None),
    ]
    assert sorted(pipeline(mart, 15 * DAY, "f_amount")) == [
        ("offer", 5, 15, 1000, 1, 1_000_000),
        ("offer", 10, 15, 700, 1, 490_000),
    ]


def test_a_deal_that_came_back_has_been_to_its_stage_for_as_long_as_those_that_were_won_from_there_are_told():
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    rows = course(1, ("talk", 0), ("offer", 5), ("talk", 8), ("offer", 20), amount=400)
    with memory_mart(workspace, rows) as (schema, connection):
        part = Slice(connection=connection, tables=schema.tables)
        (found,) = pipeline(part, 30 * DAY, "f_amount")
        (lives,) = lives_by_stage(part, [30 * DAY])
    assert found.days == lives["offer"][0].length == 25


def test_many_deals_alike_stand_together():
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    rows = {}
    for number in range(500):
        for table, given in course(number, ("talk", 0), amount=number or None).items():
            rows.setdefault(table, []).extend(given)
    with memory_mart(workspace, rows) as (schema, connection):
        found = pipeline(Slice(connection=connection, tables=schema.tables), 5 * DAY, "f_amount")
    assert sorted(each.n for each in found)[-2:] == [1, 199]
    assert sum(each.n for each in found) == 500
    assert sum(each.amount or 0 for each in found) == sum(range(500))
    assert sum(each.squares or 0 for each in found) == sum(n * n for n in range(500))


def test_what_was_won_is_told_apart_by_whether_it_was_open_before(mart):
    assert won_by_period(mart, [0, 15 * DAY, 45 * DAY, 60 * DAY], "f_amount") == [
        Won(0, 0),
        Won(1000, 0),
        Won(300, 0),
    ]
    assert won_by_period(mart, [25 * DAY, 60 * DAY], "f_amount") == [Won(0, 300)]


LIVES = {"offer": [Life(10, "won", 2), Life(30, "won"), Life(20, "lost"), Life(9, None)], "talk": [Life(5, "lost")]}


def test_a_stage_has_its_observed_rate_else_the_declared_one():
    rates = stage_rates(LIVES, {"talk": 0.2, "offer": 0.5, "new": None}, least=4)
    assert (rates["offer"].rate, rates["offer"].probability) == (0.75, 0.75)
    assert (rates["talk"].closed, rates["talk"].probability) == (1, 0.2)
    assert rates["new"].probability is None
    assert stage_rates({}, {"talk": 0.2}, least=0)["talk"].interval is None


def test_the_weighted_pipeline_shares_a_deal_out_over_months():
    rates = stage_rates(LIVES, {}, least=1)
    found = by_stage([OpenDeal("offer", 0, 0, 1000)], rates, LIVES, [15, 25], QUANTILES)
    # Two of three that were won took 10 days, one 30.
    assert [month.mean for month in found.periods] == pytest.approx([1000 * 0.75 * 2 / 3, 0])
    assert found.later == pytest.approx(250)
    assert found.periods[0].quantiles == (0, 0, 1000)


def test_deals_of_which_history_tells_nothing_are_counted_apart():
    deals = [OpenDeal("offer", 31, 31, 500), OpenDeal("new", 0, 0, 70), OpenDeal("offer", 0, 0, None)]
    found = by_stage(deals, stage_rates(LIVES, {}, least=1), LIVES, [30], QUANTILES)
    assert (found.untold, found.untold_amount, found.unvalued) == (2, 570, 1)
    assert (found.periods, found.later) == ((None,), None)


@pytest.mark.parametrize(
    ("deals", "mean"),
    [
        ([], 0),
        ([OpenDeal("offer", 0, 0, 400)], 200),
        ([OpenDeal("offer", 0, 0, 400), OpenDeal("offer", 31, 31, 500)], 200),
        ([OpenDeal("offer", 31, 31, 500)], None),
        ([OpenDeal("offer", 0, 0, None)], None),
    ],
)
def test_a_month_is_told_where_something_is_known_of_a_deal_or_there_is_none(deals, mean):
    rates = stage_rates(LIVES, {}, least=1)
    for found in (
        by_stage(deals, rates, LIVES, [15], QUANTILES),
        by_survival(deals, [Life(10, "won", 2), Life(20, "lost", 2)], [15], QUANTILES),
    ):
        assert [None if month is None else month.mean for month in found.periods] == pytest.approx([mean])


def test_by_survival_the_age_of_a_deal_counts():
    lives = [Life(2, "won"), Life(4, "lost"), Life(6, "won"), Life(8, "lost", 2), Life(10, None)]
    found = by_survival([OpenDeal("any", 5, 5, 400)], lives, [2, 9], QUANTILES)
    assert [month.mean for month in found.periods] == pytest.approx([100, 0])
    assert (found.later, found.untold) == (pytest.approx(0), 0)
    assert by_survival([OpenDeal("any", 5, 5, 400)], [], [2], QUANTILES).untold == 1


def test_the_report_foretells_looks_back_and_calibrates(mart):
    found = forecast_report(
        mart,
        now=60 * DAY,
        amount="f_amount",
        ahead=[60 * DAY, 90 * DAY],
        past=[15 * DAY, 45 * DAY, 60 * DAY],
        declared={"talk": 0.1, "offer": 0.9},
        quantiles=QUANTILES,
        least=1,
    )
    # Offer: 2 of 3 were won, after 10 and 15 days; the open one stands there for 5.
    assert found.weighted.periods[0].mean == pytest.approx(400 * 2 / 3)
    assert (found.open, found.weighted.unvalued) == (2, 1)
    assert [(month.won, month.within) for month in found.backtest.months] == [
        (Won(1000, 0), None),  # nothing had been won until then, so nothing was foretold
        (Won(300, 0), True),
    ]
    assert found.backtest.accuracy.n == 1
    assert [kept.rate for kept in found.calibration] == pytest.approx([2 / 3, 2 / 3])
    assert found.brier > found.brier_observed == pytest.approx(2 / 9)


def test_without_deals_there_is_nothing_and_no_error():
    workspace = workspace_of("rules: {r: {trigger: {event: deal.created}, do: [{log: {kind: call}}]}}\n")
    with memory_mart(workspace, {}) as (schema, connection):
        found = forecast_report(
            Slice(connection=connection, tables=schema.tables),
            now=0,
            amount="f_amount",
            ahead=[0, DAY],
            past=[],
            declared={},
            quantiles=QUANTILES,
            least=1,
        )
    assert found.weighted.periods[0].mean == 0
    assert (found.brier, found.backtest.accuracy.mape) == (None, None)
