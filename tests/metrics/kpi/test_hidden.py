"""What a KPI hides below its `min_n` is hidden in all that rests on it, and is told to be."""

from __future__ import annotations

from datetime import date

import pytest

from tests.mart.lived import FILES
from tests.metrics.kpi.test_counting import ROWS
from tests.metrics.kpi.workspaces import Mart, ask, at, formula, kpi, measure, ratio
from voronka.calendars import Duration
from voronka.definition.kpis import Grain, Version
from voronka.definition.kpis.methods import (
    Cumulative,
    Decomposition,
    Derived,
    OpenVisits,
    Shares,
    Spread,
    Stat,
    TimeInStage,
    Used,
)
from voronka.expressions import Kind, Type
from voronka.metrics.kpi import compute
from voronka.testing import TestWorkspace, write_files

NUMBER = Type(Kind.NUMBER)


def rate(least):
    return kpi(ratio("count(deals, won)", "count(deals, closed)"), "rate", least=least)


def of_rate(text="rate * 2", name="twice", **uses):
    names = {"rate": Used(kpi="rate"), **uses}
    return kpi(Derived(formula=formula(text, **dict.fromkeys(names, NUMBER)), uses=names), name)


TWICE = of_rate()
AGAIN = kpi(Derived(formula=formula("twice * 2", twice=NUMBER), uses={"twice": Used(kpi="twice")}), "again")
RESTING = {
    "a formula": TWICE,
    "a formula of a formula": AGAIN,
    "a formula that knows what to take instead": of_rate("coalesce(rate, 0)"),
    "the period before": of_rate("then", then=Used(kpi="rate", offset=Duration.parse("1 month"))),
    "a spread": kpi(Spread(kpi="rate", over="owner"), by=()),
    "a factor": kpi(Decomposition(kpi="twice", factors=("rate", "closed"), by=Shares.SHAPLEY), by=()),
}


@pytest.mark.parametrize("what", RESTING)
def test_what_rests_on_a_hidden_number_is_hidden_and_says_why(what):
    closed = kpi(measure("count(deals, closed)"), "closed")
    asked = ask("2026-02-01", "2026-02-28", Grain.MONTH)
    told = []
    for least in (1, 10):
        with Mart(ROWS, kpis=(rate(least), TWICE, AGAIN, closed)) as data:
            told.append(compute(data, RESTING[what], asked).rows)
    shown, hidden = told
    assert all("rate" not in str(row.hidden) for row in shown)
    assert {row.value for row in hidden} == {None}
    assert all(str(row.hidden).startswith("rate is hidden: too few, ") for row in hidden)


def test_a_sum_that_is_hidden_is_hidden_over_a_longer_time_too_while_that_is_too_few():
    for least, shown in ((1, True), (3, True), (4, False)):
        paid = kpi(measure("sum(deals, amount, won)"), "paid", time="closed_at", least=least)
        with Mart(ROWS, kpis=(paid,)) as data:
            wide = kpi(Cumulative(kpi="paid", to_date=Grain.YEAR), "so_far")
            (row,) = compute(data, wide, ask("2026-03-01", "2026-03-31", Grain.MONTH)).rows
        assert (row.value is not None, row.n) == (shown, 3)


def test_a_count_is_never_hidden_in_what_rests_on_it():
    made = kpi(measure("count(deals)"), "rate", least=50)
    with Mart(ROWS, kpis=(made,)) as data:
        (row,) = compute(data, TWICE, ask("2026-01-01", "2026-12-31")).rows
    assert row.value == 10


def test_what_is_hidden_of_a_version_does_not_depend_on_which_others_are_asked_for():
    methods = (measure("sum(deals, amount)"), measure("count(deals)"))
    versions = (
        Version(number=1, method=methods[0], time="created_at"),
        Version(number=2, method=methods[1], time="created_at", since=date(2026, 2, 1)),
    )
    both = kpi(None, "both", versions=versions, least=1000)
    with Mart(ROWS, kpis=(both,)) as data:
        alone = compute(data, both, ask("2026-01-01", "2026-01-31", Grain.MONTH)).rows
        first, second = compute(data, both, ask("2026-01-01", "2026-02-28", Grain.MONTH)).rows
    assert alone == (first,)
    assert str(first.hidden).startswith("Too few")
    assert (second.hidden, second.value) == (None, second.n)


@pytest.mark.parametrize(
    ("text", "value", "n"),
    [("made * rate", 0, 2), ("made * made", 0, 0), ("made + rate", 1, 2), ("rate / made", None, 0)],
)
def test_that_there_are_none_hides_nothing_that_is_known_of_it(text, value, n):
    none = kpi(measure('count(deals, owner == "nobody")'), "made")
    names = {name: Used(kpi=name) for name in ("made", "rate") if name in text}
    of_both = kpi(Derived(formula=formula(text, **dict.fromkeys(names, NUMBER)), uses=names), "both")
    with Mart(ROWS, kpis=(none, rate(1))) as data:
        (row,) = compute(data, of_both, ask("2026-02-01", "2026-02-28")).rows
    assert row.value == (value if value is None else pytest.approx(value, abs=0.2))
    assert (row.hidden is None, row.n) == (value is not None, n)


def test_members_of_whom_too_little_is_known_do_not_take_part_in_a_spread():
    """Anna has closed three deals and Boris one."""
    with Mart(ROWS, kpis=(rate(2),)) as data:
        (row,) = compute(data, kpi(Spread(kpi="rate", over="owner"), by=()), ask("2026-01-01", "2026-03-31")).rows
    assert (row.value, row.n, str(row.hidden)) == (None, 1, "rate is hidden: too few, 1 of at least 2.")


def test_versions_of_one_stage_each_are_one_number_in_what_rests_on_them():
    stays = [
        TimeInStage(funnel="sales", stages=(stage,), stats=(Stat.MEAN,), open=OpenVisits.EXCLUDE)
        for stage in ("talk", "offer")
    ]
    versions = (Version(number=1, method=stays[0]), Version(number=2, method=stays[1], since=date(2026, 2, 1)))
    visits = [
        {"deal": 1, "visit": n, "funnel": "sales", "stage": stage, "entered_at": 0, "left_at": 0}
        for n, stage in enumerate(("talk", "offer"))
    ]
    visits[0] |= {"entered_at": at("2026-01-05 00:00"), "left_at": at("2026-01-08 00:00")}
    visits[1] |= {"entered_at": at("2026-02-05 00:00"), "left_at": at("2026-02-06 00:00")}
    with Mart({**ROWS, "fact_visit": visits}, kpis=(kpi(None, "rate", versions=versions),)) as data:
        rows = compute(data, TWICE, ask("2026-01-01", "2026-02-28", Grain.MONTH)).rows
    assert [row.value for row in rows] == [6, 2]


KPIS = """\
kpis:
  rare:
    definition: Won among those closed
    owner: seller
    ratio: {part: "count(deals, won)", whole: "count(deals, closed)"}
    time: closed_at
    interval: {min_n: 5}
  nothing:
    definition: The mean of what there is none of
    owner: seller
    measure: avg(deals, amount)
    time: closed_at
profit_model:
  result: profit
  parameters:
    rare: {kpi: rare}
    nothing: {kpi: nothing}
    fallen_back: {kpi: rare, value: 2}
    profit: {formula: rare * nothing * fallen_back, unit: money}
"""


def test_the_report_on_profit_tells_what_is_hidden_from_what_has_no_data(tmp_path):
    write_files(tmp_path, {**FILES, "configs/kpis/k.yaml": KPIS})
    with TestWorkspace(tmp_path, start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        run.execute("deal.create", funnel="f", fields={"owner": "anna"})
        run.execute("deal.move", deal=1, to="lost")
        run.advance_to("2026-04-02 10:00")
        told = {each["name"]: each for each in run.query("report.profit")["parameters"]}
        document = run.query("report", report="profit")
    assert {name: (each["source"], each["n"]) for name, each in told.items()} == {
        "rare": ("hidden", 1),
        "nothing": ("no_data", None),
        "fallen_back": ("value", None),
        "profit": ("formula", None),
    }
    assert told["rare"]["hidden"]["en"] == "Too few: 1 of at least 5."
    (table,) = [each for each in document["tables"] if each["name"] == "parameters"]
    said = {row["cells"]["parameter"][""]: row["cells"]["source"]["en"] for row in table["rows"]}
    assert said["rare"] == "Too few: 1 of at least 5."
    assert said["nothing"] == "the KPI has no data"
