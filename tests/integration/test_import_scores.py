"""Scores of deals whose past is imported: told as of then, kept in the history, and triggering nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.integration.import_workspace import write_table
from tests.integration.test_scores import RULES
from tests.unit.decisions.workspaces import FILES
from voronka.calendars import parse_datetime
from voronka.process.events import ScoreChanged
from voronka.process.state import Stream, StreamKind
from voronka.testing import TestWorkspace, write_files

ZONE = "Europe/Moscow"
CARDS = """\
  pace:
    factors:
      days: {value: days_in_stage, weight: 1, scale: {0: ">= 3", 1: "< 3"}}
    bands: {quick: 50, slow: 0}
"""
MAPPED = FILES | {
    "configs/rules/rules.yaml": RULES.replace("rules:\n", f"{CARDS}rules:\n"),
    "configs/funnels/sales.yaml": """\
funnel: sales
owner: manager
stages:
  talk:
    why: sales_model
    timed:
      again: {from: event score.changed, after: [10 days, 30 days], do: [{task: {title: Look again}}]}
  offer: {why: sales_model}
""",
    "configs/imports/list.yaml": """\
import: list
rows: {format: csv}
mode: history
into: {funnel: sales}
key: id
deal:
  created_at: {column: opened}
  account: {column: company}
  budget: {column: budget}
stage: {column: stage, at: {column: since}}
""",
    "configs/imports/log.yaml": """\
import: log
rows: {format: csv}
mode: history
into: {funnel: sales}
case: id
at: at
events:
  - {when: what == "budget", set: {budget: {column: value}}}
""",
    "configs/imports/clients.yaml": """\
import: clients
rows: {format: csv}
mode: live
into: {records: accounts}
row: {name: {column: name}, turnover: {column: turnover}}
""",
}
DEALS = (
    ("D1", "2026-01-10 10:00", "Acme", "approved", "talk", ""),
    ("D2", "2026-02-25 10:00", "Beta", "hinted", "talk", ""),
    ("D3", "2026-01-10 10:00", "Acme", "approved", "won", "2026-01-20 10:00"),
)
EVENTS = (
    ("D1", "2026-02-01 09:00", "budget", "hinted"),
    ("D1", "2026-02-03 09:00", "budget", "stated"),
    ("D2", "2026-02-26 09:00", "budget", "unknown"),
)


def moscow(text: str) -> int:
    return parse_datetime(text, ZONE)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    write_files(tmp_path / "w", MAPPED)
    with TestWorkspace(tmp_path / "w", start="2026-03-02 09:00", zone=ZONE) as opened:
        yield opened


def take(sales: TestWorkspace, mapping: str, rows: Sequence[Sequence[str]], *columns: str) -> None:
    path = write_table(sales.root.parent / f"{mapping}.csv", rows, columns)
    report = sales.work("import", mapping=mapping, file=str(path))
    assert (report["taken"], report["refused"]) == (len(rows), 0)


def take_deals(sales: TestWorkspace) -> None:
    take(sales, "list", DEALS, "id", "opened", "company", "budget", "stage", "since")


def take_events(sales: TestWorkspace, rows: Sequence[Sequence[str]] = EVENTS) -> None:
    take(sales, "log", rows, "id", "at", "what", "value")


def told(sales: TestWorkspace, card: str = "fit") -> list[tuple[int, int, float, float]]:
    """Return the scores that the histories tell, by deal: since when, before and after."""
    found = []
    with sales.client.engine.read() as reader:
        for number, deal in sorted(reader.deals_by_number([1, 2, 3]).items()):
            for entry in reader.history(Stream(StreamKind.DEAL, deal)):
                found += [
                    (number, event.at or entry.occurred_at, round(event.total_before, 3), round(event.total, 3))
                    for event in entry.events
                    if isinstance(event, ScoreChanged) and event.card == card
                ]
    return found


PAST = [
    (1, moscow("2026-01-10 10:00"), 0.0, 25.0),
    (1, moscow("2026-02-01 09:00"), 25.0, 8.333),
    (1, moscow("2026-02-03 09:00"), 8.333, 16.667),
    (2, moscow("2026-02-25 10:00"), 0.0, 8.333),
    (2, moscow("2026-02-26 09:00"), 8.333, 0.0),
    (3, moscow("2026-01-10 10:00"), 0.0, 25.0),
]


def test_an_imported_past_tells_its_scores_with_their_own_times(sales: TestWorkspace) -> None:
    take_deals(sales)
    take_events(sales)

    assert told(sales) == PAST
    assert sales.verify().damages == ()


def test_where_an_import_ends_changes_no_score(sales: TestWorkspace) -> None:
    take_deals(sales)
    for event in EVENTS:
        take_events(sales, [event])

    assert told(sales) == PAST


def test_a_score_of_the_past_sees_the_time_of_then(sales: TestWorkspace) -> None:
    take_deals(sales)

    assert told(sales, "pace")[0] == (1, moscow("2026-01-10 10:00"), 0.0, 100.0)


def test_the_queue_orders_imported_deals_by_their_scores(sales: TestWorkspace) -> None:
    take_deals(sales)

    assert [each["number"] for each in sales.query("queue", score="fit")] == [1, 2]


def test_scores_of_the_past_trigger_no_rule_and_fire_no_timer_but_what_counts_from_them_goes_on(
    sales: TestWorkspace,
) -> None:
    take_deals(sales)
    sales.settle()

    assert sales.query("tasks") == []
    assert [(each["deal"], each["offset"]) for each in sales.query("timers")] == [(2, "10 days"), (2, "30 days")]


def test_what_the_account_is_told_after_the_import_changes_the_scores(sales: TestWorkspace) -> None:
    take_deals(sales)
    take(sales, "clients", [("Acme", "5000")], "name", "turnover")
    sales.settle()

    assert told(sales)[1] == (1, sales.clock.now(), 25.0, 100.0)


def test_an_account_that_is_known_before_counts_at_once(sales: TestWorkspace) -> None:
    take(sales, "clients", [("Acme", "5000")], "name", "turnover")
    take_deals(sales)

    assert told(sales)[0] == (1, moscow("2026-01-10 10:00"), 0.0, 100.0)
    assert sales.verify().damages == ()


def test_an_import_with_scores_can_be_undone_and_come_again(sales: TestWorkspace) -> None:
    take_deals(sales)
    take_events(sales)
    sales.work("import.undo", **{"import": "list-1"})
    assert sales.query("queue", score="fit") == []

    take_deals(sales)
    take_events(sales)
    with sales.client.engine.read() as reader:
        scores = {deal.number: deal.scores["fit"].total for deal in reader.list_deals()}

    assert scores == pytest.approx({4: 50 / 3, 5: 0.0, 6: 25.0})


def test_the_mart_has_the_scores_of_the_past_at_their_times(sales: TestWorkspace) -> None:
    take_deals(sales)
    take_events(sales)
    sales.work("mart.refresh")
    sales.work("mart.export", folder=str(sales.root.parent / "out"), format="csv")
    with (sales.root.parent / "out" / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["card"] == "fit" and row["deal"] == "1"]

    assert [row["at"][:10] for row in rows] == ["2026-01-10", "2026-02-01", "2026-02-03"]
