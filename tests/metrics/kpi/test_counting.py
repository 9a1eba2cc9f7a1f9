"""Measures, ratios, stocks, cumulative and derived KPIs, beside numbers counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from tests.metrics.kpi.workspaces import Mart, ask, at, formula, kpi, measure, ratio, row, stock
from voronka.calendars import Duration
from voronka.definition.kpis import Good, Grain, Target, Version
from voronka.definition.kpis.methods import Cumulative, Derived, Used
from voronka.expressions import Kind, Type
from voronka.messages import Label
from voronka.metrics.kpi import compute

DAY = 86_400_000_000


def deal(number, created, owner="anna", *, outcome=None, closed=None, amount=None, role=None):
    return {
        "deal": number, "id": f"d{number}", "funnel": "sales", "stage": outcome or "talk", "outcome": outcome,
        "owner": owner, "created_at": at(created), "entered_at": at(created), "closed_at": closed and at(closed),
        "f_amount": amount, "f_role": role, "replied": False, "contacted": False,
    }  # fmt: skip


DEALS = [
    deal(1, "2026-01-05 10:00", outcome="won", closed="2026-01-20 10:00", amount=10_000, role="dealer"),
    deal(2, "2026-01-31 23:30", outcome="lost", closed="2026-02-02 10:00", amount=99_900, role="dealer"),
    deal(3, "2026-02-01 00:00", outcome="won", closed="2026-03-01 10:00", amount=30_000),
    deal(4, "2026-02-10 10:00", "boris", outcome="won", closed="2026-02-20 10:00", amount=20_001, role="kit"),
    deal(5, "2026-04-10 10:00", None),
]
ROWS = {
    "dim_deal": DEALS,
    "dim_user": [{"user": "anna", "team": "b2b"}, {"user": "boris", "team": "b2c"}],
    "fact_interaction": [
        {"deal": 1, "seq": 1, "n": 0, "at": at("2026-01-06 10:00"), "kind": "call", "user": "anna", "own": True},
        {"deal": 1, "seq": 2, "n": 0, "at": at("2026-02-06 10:00"), "kind": "call", "user": "boris", "own": True},
        {"deal": 4, "seq": 1, "n": 0, "at": at("2026-02-06 10:00"), "kind": "mail", "user": "boris", "own": True},
    ],
    "dim_deal_version": [
        {"deal": 1, "since": at("2026-01-05 10:00"), "until": at("2026-01-20 10:00"), "funnel": "sales",
         "stage": "talk", "owner": "anna", "f_amount": 5_000},
        {"deal": 1, "since": at("2026-01-20 10:00"), "until": None, "funnel": "sales", "stage": "won",
         "outcome": "won", "owner": "anna", "f_amount": 10_000},
        {"deal": 3, "since": at("2026-01-01 00:00"), "until": None, "funnel": "sales", "stage": "talk",
         "owner": "anna", "f_amount": 7_000},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    with Mart(ROWS) as made:
        yield made


def values(result):
    return {
        (
            *(key.value for key in each.keys.values()),
            *([each.period.isoformat()[:7]] if each.period else []),
        ): each.value
        for each in result.rows
    }


MEASURES = {
    "count(deals)": {"2026-01": 2, "2026-02": 2, "2026-03": 0, "2026-04": 1},
    "count(deals, won)": {"2026-01": 1, "2026-02": 2, "2026-03": 0, "2026-04": 0},
    "sum(deals, amount, won)": {"2026-01": 100.0, "2026-02": 500.01, "2026-03": None, "2026-04": None},
    "avg(deals, amount)": {"2026-01": 549.5, "2026-02": 250.005, "2026-03": None, "2026-04": None},
    "median(deals, amount)": {"2026-01": 549.5, "2026-02": 250.005, "2026-03": None, "2026-04": None},
    "percentile(deals, amount, 50, won)": {"2026-01": 100.0, "2026-02": 250.005, "2026-03": None, "2026-04": None},
    "count_distinct(deals, owner)": {"2026-01": 1, "2026-02": 2, "2026-03": 0, "2026-04": 0},
    "sum(deals, amount, won) / count(deals)": {"2026-01": 50.0, "2026-02": 250.005, "2026-03": None, "2026-04": 0.0},
    "max(deals, amount)": {"2026-01": 999.0, "2026-02": 300.0, "2026-03": None, "2026-04": None},
    'count(deals, owner.team == "b2b" and count(interactions) > 0)': {
        "2026-01": 1, "2026-02": 0, "2026-03": 0, "2026-04": 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("text", MEASURES)
def test_a_measure_by_months_of_the_workspaces_zone(data, text):
    result = compute(data, kpi(measure(text)), ask("2026-01-10", "2026-04-02", Grain.MONTH))
    assert values(result) == {(month,): value for month, value in MEASURES[text].items()}


def test_what_rests_on_nothing_says_so(data):
    (one,) = compute(data, kpi(measure("sum(deals, amount)")), ask("2026-05-01", "2026-05-31")).rows
    assert (one.value, one.n, one.period, str(one.hidden)) == (None, 0, None, "No data.")


def test_every_group_stands_in_every_period_and_rows_without_a_name_are_counted_apart(data):
    result = compute(data, kpi(measure("count(deals)")), ask("2026-01-01", "2026-03-31", Grain.MONTH, by=("owner",)))
    assert values(result) == {
        ("anna", "2026-01"): 2, ("anna", "2026-02"): 1, ("anna", "2026-03"): 0,
        ("boris", "2026-01"): 0, ("boris", "2026-02"): 1, ("boris", "2026-03"): 0,
    }  # fmt: skip
    assert result.rows[0].keys["owner"].label.render() == "Anna"
    result = compute(data, kpi(measure("count(deals)")), ask("2026-04-01", "2026-04-30", by=("owner",)))
    assert (result.rows, result.dropped) == ((), 1)
    named = kpi(measure("count(deals)"), nulls=Label.plain("nobody's"))
    result = compute(data, named, ask("2026-04-01", "2026-04-30", by=("owner",)))
    assert [each.keys["owner"].label.render() for each in result.rows] == ["nobody's"]


def test_a_share_has_its_interval_and_too_few_are_hidden_with_their_n(data):
    method = ratio("count(deals, won)", "count(deals, closed)")
    asked = ask("2026-01-01", "2026-02-28", by=("owner",))
    anna, boris = compute(data, kpi(method, least=2), asked).rows
    assert (anna.value, anna.part, anna.whole, anna.n) == (2 / 3, 2, 3, 3)
    assert anna.low == pytest.approx(0.20765, abs=1e-5)
    assert anna.high == pytest.approx(0.93851, abs=1e-5)
    assert (boris.value, boris.low, boris.n, str(boris.hidden)) == (None, None, 1, "Too few: 1 of at least 2.")


def test_coverage_tells_how_many_of_the_rows_have_the_value(data):
    result = compute(data, kpi(measure("avg(deals, amount)")), ask("2026-01-01", "2026-04-30"))
    assert (result.rows[0].n, result.coverage) == (4, 0.8)


def test_interactions_have_names_of_their_own_and_those_of_their_deals(data):
    calls = kpi(measure('count(interactions, kind == "call")', "interactions"), of="interactions", time="at",
                where="deal.won", by=("user", "owner", "deal.owner.team"))  # fmt: skip
    asked = ask("2026-01-01", "2026-02-28", by=("user", "owner", "deal.owner.team"))
    assert values(compute(data, calls, asked)) == {("anna", "anna", "b2b"): 1, ("boris", "anna", "b2b"): 1,
                                                   ("boris", "boris", "b2c"): 0}  # fmt: skip


def test_only_deals_that_whoever_asks_may_see_are_counted(data):
    def count(*owners):
        asked = ask("2026-01-01", "2026-12-31", owners=frozenset(owners))
        return compute(data, kpi(measure("count(deals)")), asked).rows[0].value

    assert (count("anna"), count("boris", ""), count(""), count()) == (3, 2, 1, 0)


def test_the_version_in_force_at_the_beginning_of_a_period_computes_it(data):
    old, new = measure("count(deals)"), measure("count(deals, won)")
    first = Version(number=1, method=old, time="created_at")
    second = Version(number=2, method=new, time="created_at", since=date(2026, 1, 15))
    changed = kpi(None, versions=(first, second))
    result = compute(data, changed, ask("2026-01-01", "2026-02-28", Grain.MONTH))
    assert values(result) == {("2026-01",): 2, ("2026-02",): 2}
    assert result.versions == {date(2026, 1, 1): 1, date(2026, 2, 1): 2}


def test_a_stock_is_what_stood_at_the_end_and_what_is_to_come_is_not_known(data):
    asked = ask("2025-12-01", "2026-03-31", Grain.MONTH, now=at("2026-02-10 10:00"))
    open_now = kpi(stock("count(deals, open)"), time=None)
    assert values(compute(data, open_now, asked)) == {
        ("2025-12",): 0, ("2026-01",): 1, ("2026-02",): 1, ("2026-03",): None,
    }  # fmt: skip
    worth = kpi(stock("sum(deals, amount)"), time=None)
    assert values(compute(data, worth, asked)) == {
        ("2025-12",): None, ("2026-01",): 170.0, ("2026-02",): 170.0, ("2026-03",): None,
    }  # fmt: skip


def test_cumulative_numbers_reach_back_over_groups_that_are_sparse():
    won = kpi(measure("count(deals, won)"), "won", time="closed_at")
    rolling = kpi(Cumulative(kpi="won", window=Duration.parse("2 months")), "rolling")
    so_far = kpi(Cumulative(kpi="won", to_date=Grain.YEAR), "so_far")
    shifted = kpi(
        Derived(
            formula=formula("a - b", a=Type(Kind.INTEGER), b=Type(Kind.INTEGER)),
            uses={"a": Used(kpi="rolling"), "b": Used(kpi="rolling", offset=Duration.parse("1 month"))},
        ),
        "shifted",
    )
    asked = ask("2026-02-01", "2026-04-30", Grain.MONTH, by=("owner",))
    with Mart(ROWS, kpis=(won, rolling, so_far, shifted)) as data:
        assert values(compute(data, rolling, asked)) == {
            ("anna", "2026-02"): 1, ("anna", "2026-03"): 1, ("anna", "2026-04"): 1,
            ("boris", "2026-02"): 1, ("boris", "2026-03"): 1, ("boris", "2026-04"): 0,
        }  # fmt: skip
        assert values(compute(data, so_far, asked)) == {
            ("anna", "2026-02"): 1, ("anna", "2026-03"): 2, ("anna", "2026-04"): 2,
            ("boris", "2026-02"): 1, ("boris", "2026-03"): 1, ("boris", "2026-04"): 1,
        }  # fmt: skip
        assert values(compute(data, shifted, asked)) == {
            ("anna", "2026-02"): 0, ("anna", "2026-03"): 0, ("anna", "2026-04"): 0,
            ("boris", "2026-02"): 1, ("boris", "2026-03"): 0, ("boris", "2026-04"): -1,
        }  # fmt: skip


def test_a_month_asked_for_as_one_number_is_compared_with_the_month_before_and_not_with_its_own_days():
    won = kpi(measure("count(deals, won)"), "won", time="closed_at")
    growth = kpi(
        Derived(
            formula=formula("a - b", a=Type(Kind.INTEGER), b=Type(Kind.INTEGER)),
            uses={"a": Used(kpi="won"), "b": Used(kpi="won", offset=Duration.parse("1 month"))},
        ),
        "growth",
    )
    deals = [deal(n, "2026-01-10 10:00", outcome="won", closed=f"2026-03-0{n} 12:00", amount=None) for n in (1, 2, 3)]
    with Mart({**ROWS, "dim_deal": deals}, kpis=(won, growth)) as data:
        for grain in (None, Grain.MONTH):
            asked = ask("2026-03-01", "2026-03-31", grain)
            assert [each.value for each in compute(data, growth, asked).rows] == [3]
        # The 31st has no day beside it in February: its last stands for it.
        assert [each.value for each in compute(data, growth, ask("2026-03-31", "2026-03-31")).rows] == [0]


def test_money_and_division_by_zero_in_a_derived_number():
    paid = kpi(measure("sum(deals, amount, won)"), "paid", time="closed_at")
    lost = kpi(measure("count(deals, lost)"), "lost", time="closed_at")
    each = kpi(
        Derived(
            formula=formula("paid / lost", paid=Type(Kind.MONEY), lost=Type(Kind.INTEGER)),
            uses={"paid": Used(kpi="paid"), "lost": Used(kpi="lost")},
        ),
        "each",
    )
    with Mart(ROWS, kpis=(paid, lost, each)) as data:
        found = compute(data, each, ask("2026-01-01", "2026-02-28", Grain.MONTH))
    assert values(found) == {("2026-01",): None, ("2026-02",): 200.01}


SHARE = measure("count(deals, won) / count(deals, closed)")
WINS, ENDS = (kpi(measure(f"count(deals, {what})"), what) for what in ("won", "closed"))
NUMBERS = {"won": Type(Kind.NUMBER), "closed": Type(Kind.NUMBER)}
OF_BOTH = {name: Used(kpi=name) for name in NUMBERS}
QUOTIENT = Derived(formula=formula("won / closed", **NUMBERS), uses=OF_BOTH)
TOGETHER = Derived(formula=formula("won + closed", **NUMBERS), uses=OF_BOTH)
# In March there are no deals, in April one that is open and has no amount.
EMPTY = {
    "a count": (measure("count(deals)"), 0, 1),
    "counts added up": (measure("count(deals, won) + count(deals, closed)"), 0, 0),
    "a sum": (measure("sum(deals, amount)"), None, None),
    "a quotient of counts": (SHARE, None, None),
    "a formula that divides": (QUOTIENT, None, None),
    "a formula that adds up": (TOGETHER, 0, 0),
    "a ratio": (ratio("count(deals, won)", "count(deals)"), None, 0.0),
    "a ratio of averages": (ratio("avg(deals, amount, won)", "avg(deals, amount)"), None, None),
}


@pytest.mark.parametrize("each", EMPTY)
def test_what_has_no_parts_is_no_zero(each):
    method, march, april = EMPTY[each]
    with Mart(ROWS, kpis=(WINS, ENDS)) as data:
        found = compute(data, kpi(method), ask("2026-03-01", "2026-04-30", Grain.MONTH))
        assert values(found) == {("2026-03",): march, ("2026-04",): april}
        (alone,) = compute(data, kpi(method), ask("2026-03-01", "2026-03-31")).rows
        assert alone.value == march


def test_an_average_of_no_wins_is_no_zero():
    """A part that is missing is missing: of one lost deal there is no average of those won."""
    method = ratio("avg(deals, amount, won)", "avg(deals, amount, closed)", share=False)
    with Mart({"dim_deal": [DEALS[1]]}) as data:
        (row_,) = compute(data, kpi(method), ask("2026-01-01", "2026-12-31")).rows
    assert (row_.value, row_.n, str(row_.hidden)) == (None, 1, "No data.")


@pytest.mark.parametrize(
    ("method", "shown", "n"),
    [
        (measure("count(deals, won)"), True, 3),
        (TOGETHER, True, 3),
        (stock("count(deals)"), True, 2),
        (SHARE, False, 4),
        (QUOTIENT, False, 4),
        (measure("count(deals, won) / 2"), True, 3),
        (measure("sum(deals, amount, won) / count(deals, lost)"), False, 1),
    ],
)
def test_too_few_hide_a_rate_by_its_divisor_and_never_a_count(method, shown, n):
    with Mart(ROWS, kpis=(WINS, ENDS)) as data:
        (row_,) = compute(data, kpi(method, least=5), ask("2026-01-01", "2026-12-31")).rows
    assert (row_.n, row_.value is not None) == (n, shown)


@pytest.mark.parametrize(
    ("method", "period", "first", "last", "light"),
    [
        (measure("count(deals)"), "2026-Q1", "2026-01-01", "2026-03-31", "red"),
        (measure("count(deals)"), "2026", "2026-01-01", "2026-03-31", None),
        (measure("count(deals)"), "2026-Q1", "2026-01-01", "2026-03-30", None),
        (SHARE, "2026", "2026-01-01", "2026-03-31", "red"),
        (SHARE, "2025", "2026-01-01", "2026-03-31", None),
        (stock("count(deals)"), "2026", "2026-01-01", "2026-03-31", "red"),
    ],
)
def test_days_that_are_asked_for_as_one_are_held_against_the_target_of_these_days(
    data, method, period, first, last, light
):
    aimed = kpi(method, good=Good.UP, targets=(Target(value=100, period=period),))
    (row_,) = compute(data, aimed, ask(first, last)).rows
    assert row_.light == light


def test_a_target_of_all_is_none_of_one_owner_where_theirs_make_up_that_of_all(data):
    asked = ask("2026-01-01", "2026-12-31", by=("owner",))
    lights = {
        each: {
            row_.light for row_ in compute(data, kpi(method, good=Good.UP, targets=(Target(value=100),)), asked).rows
        }
        for each, method in {"stock": stock("count(deals)"), "rate": SHARE}.items()
    }
    assert lights == {"stock": {None}, "rate": {"red"}}


@pytest.mark.parametrize(
    ("value", "warn", "good", "light"),
    [
        (2, 1, Good.UP, "green"),
        (3, 2, Good.UP, "amber"),
        (5, 3, Good.UP, "red"),
        (1, None, Good.DOWN, "red"),
        (1, 2, Good.DOWN, "amber"),
        (2, 1, None, None),
    ],
)
def test_a_target_gives_a_light(data, value, warn, good, light):
    aimed = kpi(measure("count(deals)"), good=good, targets=(Target(value=value, warn=warn, period="2026-01"),
                                                             Target(value=100, period="2026")))  # fmt: skip
    found = compute(data, aimed, ask("2026-01-01", "2026-01-31", Grain.MONTH)).rows[0]
    assert found.light == light


def test_a_request_narrows_what_is_counted(data):
    asked = ask("2026-01-01", "2026-12-31", where=row('role == "dealer"'))
    assert compute(data, kpi(measure("count(deals)")), asked).rows[0].value == 2
