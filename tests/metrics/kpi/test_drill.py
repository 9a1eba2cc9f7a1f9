"""The deals behind a number are those on which it rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.metrics.kpi.lives import rows_of
from tests.metrics.kpi.test_counting import ROWS
from tests.metrics.kpi.test_flows import CONVERSION, life
from tests.metrics.kpi.workspaces import Mart, ask, at, formula, kpi, measure, over, ratio, row, stock
from voronka.calendars import Duration
from voronka.definition.kpis import Grain
from voronka.definition.kpis.methods import (
    Basis,
    Bottleneck,
    Cumulative,
    Decomposition,
    Derived,
    Entity,
    Forecast,
    ForecastBy,
    FunnelMode,
    FunnelSteps,
    Hygiene,
    Mark,
    OpenVisits,
    PerSuccess,
    RankBy,
    Shares,
    Spread,
    Stat,
    SuccessOn,
    Survival,
    TimeInStage,
    Used,
)
from voronka.errors import UsageFault
from voronka.expressions import Kind, Type
from voronka.metrics.kpi import compute, drill

LIVES = rows_of(
    [
        life(1, ("talk", 0, 2), ("offer", 2, 12), ("won", 12, None)),
        life(2, ("talk", 0, 4), ("offer", 4, 14), ("talk", 14, 16), ("offer", 16, 20), ("lost", 20, None)),
        life(3, ("talk", 10, None), owner="boris"),
        life(4, ("offer", 0, 20), ("lost", 20, None), owner=None),
        life(5, ("talk", 29, 35), ("won", 35, None), owner="boris"),
        life(6, ("talk", 1, 3), ("won", 3, None)),
    ]
)
LIVES["dim_deal"][5]["funnel"] = LIVES["fact_visit"][-1]["funnel"] = LIVES["fact_visit"][-2]["funnel"] = "other"
for _visit in LIVES["fact_visit"]:
    _visit["outcome"] = _visit["stage"] if _visit["stage"] in ("won", "lost") else None
for _deal in LIVES["dim_deal"]:
    _deal["f_amount"] = None if _deal["deal"] == 2 else _deal["deal"] * 100
_OF_THE_TIME = ("deal", "funnel", "stage", "outcome", "owner", "f_amount")
LIVES["dim_deal_version"] = [
    {**{name: deal[name] for name in _OF_THE_TIME}, "since": deal["created_at"]} for deal in LIVES["dim_deal"]
]
NOW = at("2026-04-20 00:00")
STEPS = ("talk", "offer")
CALLS = over("count(interactions)", "interactions")
TEN = Duration.parse("10 days")

RESTING = {
    "measure": kpi(measure("avg(deals, amount)")),
    "quotient": kpi(measure("count(deals, won) / count(deals, closed)")),
    "ratio": kpi(ratio("count(deals, won)", "count(deals, closed)"), time="closed_at"),
    "stock": kpi(stock("sum(deals, amount)"), time=None),
    "cumulative": kpi(Cumulative(kpi="made", window=Duration.parse("3 months"))),
    "cohort": kpi(replace(CONVERSION, within=TEN), time=None),
    "event": kpi(replace(CONVERSION, basis=Basis.EVENT), time=None),
    "of accounts": kpi(replace(CONVERSION, entity=Entity.ACCOUNT), time=None),
    **{
        f"funnel {mode}": kpi(
            FunnelSteps(funnel="sales", mode=mode, steps=STEPS, windows={"offer": Duration.parse("3 days")}), time=None
        )
        for mode in FunnelMode
    },
    **{
        f"per success {on}": kpi(PerSuccess(activity=CALLS, on=on, funnel="sales"), time=None, of="interactions")
        for on in SuccessOn
    },
    "survival": kpi(
        Survival(start=Mark(event="created"), event=Mark(event="won"), competing=(Mark(event="lost"),), at=(TEN,)),
        time=None,
    ),
    "hygiene": kpi(Hygiene(fields=("role", "amount")), time=None),
    "forecast": kpi(
        Forecast(funnel="sales", value=row("amount", expect=None), by=ForecastBy.SURVIVAL, months=2, quantiles=()),
        time=None,
    ),
}


@pytest.fixture(scope="module")
def lives():
    with Mart(LIVES, kpis=(kpi(measure("count(deals)"), "made"), kpi(measure("count(deals, won)"), "won"))) as data:
        yield data


@pytest.fixture(scope="module")
def deals():
    with Mart(ROWS) as data:
        yield data


@pytest.mark.parametrize("each", RESTING)
@pytest.mark.parametrize(("grain", "by"), [(None, ()), (Grain.MONTH, ("owner",))], ids=["all", "by month and owner"])
def test_as_many_deals_are_behind_a_number_as_it_rests_on(lives, each, grain, by):
    told = RESTING[each]
    asked = ask("2026-03-01", "2026-04-30", grain, by=() if each == "forecast" else by, now=NOW)
    rows = compute(lives, told, asked).rows
    assert any(one.n for one in rows)
    for one in rows:
        keys = {name: key.value for name, key in one.keys.items()}
        assert len(drill(lives, told, asked, keys, one.period, 100)) == one.n, (keys, one.period)


STAYS = [
    (TimeInStage(funnel="sales", stats=(Stat.P50,), open=OpenVisits.CENSOR), "talk", [5, 3, 2, 1], []),
    (TimeInStage(funnel="sales", stats=(Stat.P50,), open=OpenVisits.EXCLUDE), "talk", [5, 2, 1], []),
    (TimeInStage(funnel="sales", stats=(Stat.P50,), open=OpenVisits.CENSOR), "offer", [4, 2, 1], []),
    (Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2), "talk", [5, 3, 2, 1], [5, 3]),
    (Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2), "offer", [4, 2, 1], []),
]


@pytest.mark.parametrize(("method", "stage", "march", "april"), STAYS)
def test_the_deals_behind_a_stage_are_those_whose_stays_count(lives, method, stage, march, april):
    asked = ask("2026-03-01", "2026-04-30", Grain.MONTH, now=NOW)
    told = kpi(method, time=None)
    found = [list(drill(lives, told, asked, {"stage": stage}, date(2026, month, 1), 10)) for month in (3, 4)]
    assert found == [march, april]


DRILLS = [
    (kpi(measure("count(deals, won)")), {}, None, (4, 3, 1)),
    (kpi(ratio("count(deals, won)", "count(deals, closed)")), {"owner": "anna"}, None, (3, 2, 1)),
    (kpi(measure("count(deals)")), {"owner": None}, date(2026, 4, 1), (5,)),
    (kpi(measure("count(interactions)", "interactions"), of="interactions", time="at"), {}, None, (4, 1)),
    (kpi(CONVERSION), {"owner": "boris"}, None, (4,)),
    (kpi(stock("count(deals, open)"), time=None), {}, None, (3,)),
]


@pytest.mark.parametrize(("told", "keys", "first", "found"), DRILLS)
def test_the_deals_behind_a_number(deals, told, keys, first, found):
    grain = None if first is None else Grain.MONTH
    names = tuple(keys)
    asked = ask("2026-01-01", "2026-04-30", grain, by=names)
    assert drill(deals, told, asked, keys, first, 10) == found
    assert drill(deals, told, asked, keys, first, 1) == found[:1]


WRONG = {
    "not told by it": (kpi(measure("count(deals)")), {"margin": "5"}, None),
    "no such stage": (kpi(Bottleneck(funnel="sales", rank_by=RankBy.TIME, least=2), time=None), {"stage": "x"}, None),
    "no number": (kpi(measure("count(deals)"), by=("number",)), {"number": "x"}, None),
    "no truth": (kpi(measure("count(deals)"), by=("replied",)), {"replied": "x"}, None),
    "no period": (kpi(measure("count(deals)")), {}, date(2026, 3, 2)),
    "derived": (kpi(Derived(formula=formula("a", a=Type(Kind.NUMBER)), uses={"a": Used(kpi="made")})), {}, None),
    "spread": (kpi(Spread(kpi="made", over="owner", against="won")), {}, None),
    "decomposition": (kpi(Decomposition(kpi="made", factors=("won", "won"), by=Shares.LMDI)), {}, None),
    "of accounts": (kpi(measure("count(accounts)", "accounts"), of="accounts"), {}, None),
}


@pytest.mark.parametrize("each", WRONG)
def test_deals_that_no_number_has_are_refused(lives, each):
    told, keys, first = WRONG[each]
    with pytest.raises(UsageFault):
        drill(lives, told, ask("2026-03-01", "2026-04-30", Grain.MONTH), keys, first, 10)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [("number", "3", (3,)), ("number", 3, (3,)), ("replied", "false", (5, 4, 3, 2, 1)), ("replied", True, ())],
)
def test_a_key_may_be_written_as_text(deals, name, value, found):
    told = kpi(measure("count(deals)"), by=(name,))
    assert drill(deals, told, ask("2026-01-01", "2026-12-31"), {name: value}, None, 10) == found
