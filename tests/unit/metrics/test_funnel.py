"""The funnel report over visits whose numbers are counted by hand."""

from dataclasses import fields

import pytest

from voronka.definition.funnels import Funnel, Gate, Outcome, Stage, Variant
from voronka.messages import Label
from voronka.metrics.flow import Period
from voronka.metrics.funnel import DEFINITIONS, StageFlow, funnel_report
from voronka.metrics.path import merged_path
from voronka.storage import tables
from voronka.storage.database import open_database

DAY = 86_400_000_000
NOW = 200 * DAY


def stage(name, outcome=None):
    return Stage(
        name=name, label=Label.plain(name), enter=Gate(name="enter"), leave=Gate(name="leave"), outcome=outcome
    )


def path(*names):
    stages = [stage(name) for name in names] + [stage("won", Outcome.WON), stage("lost", Outcome.LOST)]
    return Variant(case=None, stages={one.name: one for one in stages}, transitions={}, timed={})


def funnel(**variants):
    base = variants.pop("base", path("needs", "offer"))
    return Funnel(
        name="sales",
        label=Label.plain("Sales"),
        variants={None: base, **variants},
        fields=frozenset(),
        collections=frozenset(),
    )


class Book:
    """Deals told as their visits: (stage, days there or None while it lasts)."""

    def __init__(self, connection):
        self.connection = connection
        self.count = 0

    def deal(self, *visits, owner="anna", created=0, hidden=False):
        self.count += 1
        deal = self.count.to_bytes(16, "big")
        last = visits[-1][0]
        self.connection.execute(
            tables.deals.insert(),
            {
                "id": deal, "number": self.count, "seq": 1, "hash": bytes(32), "release": "r", "funnel": "sales",
                "stage": last, "visit": len(visits), "created_at": created, "entered_at": created, "owner": owner,
                "outcome": last if last in ("won", "lost") else None, "replied": False, "contacted": False,
                "hidden": hidden, "fields": "{}", "live": "{}",
            },
        )  # fmt: skip
        at = created
        for number, (name, days) in enumerate(visits, start=1):
            left = None if days is None else at + days * DAY
            self.connection.execute(
                tables.visits.insert(),
                {
                    "deal": deal, "visit": number, "stage": name, "entered_at": at, "left_at": left,
                    "outcome": name if name in ("won", "lost") else None,
                },
            )  # fmt: skip
            at = left or at


@pytest.fixture
def connection(tmp_path):
    database = open_database(tmp_path / "v.db")
    with database.write() as unit:
        yield unit.connection
    database.close()


@pytest.fixture
def book(connection):
    return Book(connection)


def flows(report):
    return {flow.stage: flow for flow in report.stages}


def test_a_deal_that_skips_a_stage_went_on_from_where_it_was_and_never_entered_the_other(connection, book):
    book.deal(("needs", 2), ("won", None))
    seen = flows(funnel_report(connection, funnel(), now=NOW))
    assert (seen["needs"].entered, seen["needs"].onward, seen["offer"].entered, seen["won"].entered) == (1, 1, 0, 1)


def test_losing_is_not_going_on(connection, book):
    book.deal(("needs", 1), ("offer", 1), ("lost", None))
    seen = flows(funnel_report(connection, funnel(), now=NOW))
    assert (seen["needs"].onward, seen["offer"].onward) == (1, 0)
    assert (seen["needs"].lost, seen["offer"].lost, seen["lost"].entered) == (0, 1, 1)
    assert seen["offer"].conversion == 0.0
    assert seen["lost"].conversion is None


def test_a_deal_that_comes_back_counts_once_and_its_visits_twice(connection, book):
    book.deal(("needs", 1), ("offer", 1), ("needs", 3), ("offer", None))
    seen = flows(funnel_report(connection, funnel(), now=NOW))
    assert (seen["needs"].entered, seen["needs"].visits, seen["needs"].onward) == (1, 2, 1)
    assert (seen["offer"].visits, seen["offer"].back, seen["offer"].here, seen["offer"].left) == (2, 1, 1, 0)


def test_days_are_of_finished_visits_by_nearest_rank(connection, book):
    for days in (1, 2, 3, 4, 5, 6, 7, 8, 9, 100):
        book.deal(("needs", days), ("won", None))
    book.deal(("needs", None))
    needs = flows(funnel_report(connection, funnel(), now=NOW))["needs"]
    assert (needs.finished, needs.median_days, needs.p90_days, needs.here) == (10, 5.0, 9.0, 1)


def test_the_slowest_stage_needs_enough_finished_visits(connection, book):
    for _ in range(5):
        book.deal(("needs", 2), ("won", None))
    book.deal(("offer", 90), ("won", None))
    report = funnel_report(connection, funnel(), now=NOW)
    assert report.slowest.stage == "needs"
    assert report.leakiest is None


def test_visits_that_last_tell_which_stage_is_the_slowest(connection, book):
    for _ in range(6):
        book.deal(("needs", 1), ("offer", 3), ("won", None))
    for _ in range(24):
        book.deal(("needs", None))
    report = funnel_report(connection, funnel(), now=NOW)
    needs = flows(report)["needs"]
    assert report.slowest.stage == "needs"
    assert (needs.median_days, needs.half_days) == (1.0, None)
    assert needs.seen_days > 100


def test_deals_that_have_just_come_do_not_make_a_stage_slow(connection, book):
    for _ in range(6):
        book.deal(("needs", 1), ("offer", 3), ("won", None))
    for _ in range(24):
        book.deal(("needs", None), created=NOW - DAY // 4)
    assert funnel_report(connection, funnel(), now=NOW).slowest.stage == "offer"


def test_lengths_are_compared_to_the_second_whether_deals_stand_in_the_stage_or_not(connection, book):
    for _ in range(10):
        book.deal(("needs", 50 / 1440), ("offer", 5 / 1440), ("won", None))
    book.deal(("needs", None), created=NOW - DAY // 288)
    report = funnel_report(connection, funnel(), now=NOW)
    assert report.slowest.stage == "needs"
    assert flows(report)["needs"].half_days == pytest.approx(50 / 1440)


def test_a_visit_of_which_hardly_any_other_was_seen_as_long_does_not_make_a_stage_slow(connection, book):
    for _ in range(4):
        book.deal(("needs", 1), ("offer", 3), ("won", None))
    book.deal(("needs", 300), ("offer", 3), ("won", None))
    for _ in range(5):
        book.deal(("needs", None), created=NOW - 2 * DAY)
    report = funnel_report(connection, funnel(), now=NOW)
    assert (flows(report)["needs"].half_days, flows(report)["needs"].seen_days) == (None, 2.0)
    assert report.slowest.stage == "offer"


def test_a_single_forgotten_deal_does_not_make_a_stage_slow(connection, book):
    for _ in range(6):
        book.deal(("needs", 1), ("offer", 3), ("won", None))
    for _ in range(9):
        book.deal(("needs", None), created=NOW - 2 * DAY)
    book.deal(("needs", None))
    report = funnel_report(connection, funnel(), now=NOW)
    assert flows(report)["needs"].half_days is None
    assert report.slowest.stage == "offer"


def test_owners_stand_by_name_with_open_won_and_lost(connection, book):
    book.deal(("won", None), owner="anna")
    book.deal(("won", None), owner="anna")
    book.deal(("lost", None), owner="anna")
    book.deal(("needs", None), owner="petr")
    book.deal(("lost", None), owner=None)
    report = funnel_report(connection, funnel(), now=NOW)
    assert [(one.owner, one.open, one.won, one.lost) for one in report.owners] == [
        ("anna", 0, 2, 1),
        ("petr", 1, 0, 0),
        (None, 0, 0, 1),
    ]
    anna, petr, _ = report.owners
    assert anna.win_rate == pytest.approx(2 / 3)
    assert anna.interval.low < 2 / 3 < anna.interval.high
    assert (petr.win_rate, petr.interval) == (None, None)
    assert (report.deals, report.open, report.won, report.lost) == (5, 1, 2, 2)


def test_hidden_deals_and_those_of_other_periods_are_left_out(connection, book):
    book.deal(("won", None), hidden=True)
    book.deal(("won", None), created=5 * DAY)
    book.deal(("won", None), created=9 * DAY)
    assert funnel_report(connection, funnel(), Period(start=5 * DAY, end=9 * DAY), now=NOW).deals == 1


def test_a_stage_that_is_no_longer_declared_is_shown_and_named_so(connection, book):
    book.deal(("diagnosis", 2), ("won", None))
    gone = flows(funnel_report(connection, funnel(), now=NOW))["diagnosis"]
    assert (gone.declared, gone.entered, gone.median_days) == (False, 1, 2.0)


def test_a_retired_stage_stands_where_it_stood_under_its_label_of_then(connection, book):
    book.deal(("needs", 1), ("draft", 2), ("sign", 1), ("won", None))
    book.deal(("needs", 1), ("draft", None))
    book.deal(("needs", 1), ("offer", 1), ("lost", None))
    former = [funnel(base=path("needs", "sketch", "sign")), funnel(base=path("needs", "draft", "sign"))]
    report = funnel_report(connection, funnel(base=path("needs", "offer", "sign")), now=NOW, former=former)
    assert [flow.stage for flow in report.stages] == ["needs", "draft", "offer", "sign", "won", "lost"]
    found = flows(report)
    assert (found["draft"].declared, found["draft"].onward, found["draft"].conversion) == (False, 1, 0.5)
    assert (found["needs"].onward, found["needs"].conversion) == (3, 1.0)


def test_former_releases_are_asked_for_no_longer_than_a_stage_is_missing(connection, book):
    def former():
        yield funnel(base=path("needs", "draft"))
        raise AssertionError("not asked for")

    book.deal(("needs", 1), ("draft", None))
    assert funnel_report(connection, funnel(), now=NOW, former=former()).stages[1].stage == "draft"


def test_an_empty_funnel_has_a_report_of_zeros(connection):
    report = funnel_report(connection, funnel(), now=NOW)
    assert [flow.entered for flow in report.stages] == [0, 0, 0, 0]
    assert (report.deals, report.slowest, report.owners) == (0, None, ())


def test_a_variants_own_stage_stands_behind_its_predecessor():
    solution = path("needs", "diagnosis", "offer", "pilot")
    assert list(merged_path(funnel(solution=solution))) == ["needs", "diagnosis", "offer", "pilot", "won", "lost"]


def test_every_number_of_a_stage_has_its_definition():
    described = {"stage", "label", "outcome", "declared"}
    days = {"median_days", "p90_days"}
    numbers = {each.name for each in fields(StageFlow)} - described - days
    assert numbers | {"left", "conversion", "days"} <= set(DEFINITIONS)
