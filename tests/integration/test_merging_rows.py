"""Timed events for rows go on with a row whose key names a contact that was merged into another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration import sales_workspace
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.testing import TestWorkspace, write_files

HOUR = 3_600_000_000
FIELDS = """\
set: base
fields: {amount: {type: money}, line: {type: choice, options: [a, b]}}
collections:
  visits_of: {of: deals, key: who, fields: {who: {type: contact}, day: {type: date}, note: {type: text}}}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      EVENT
"""
DAILY = "ask: {every: 1 day, each: visits_of, from: day, at_most: 2, do: [{task: {title: Ask}}]}"
TWICE = "ask: {after: [1 day, 4 days], each: visits_of, from: day, do: [{task: {title: Ask}}]}"
KEPT = "ask: {after: 4 days, each: visits_of, from: day, keep: true, do: [{task: {title: Ask}}]}"
UNASKED = "variants: {by: line, cases: {b: {stages: {new: {timed: {ask: null}}}}}}\n"


def opened(tmp_path: Path, event: str, kind: str = "contact", variants: str = "") -> TestWorkspace:
    fields = FIELDS.replace("type: contact", f"type: {kind}")
    files = with_changes(fields=fields, funnel=variants + FUNNEL.replace("EVENT", event) + "  offer: {}\n")
    del files["configs/templates/hello.en.md"]
    write_files(tmp_path / "sales", files)
    return TestWorkspace(tmp_path / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE)


def asked(sales: TestWorkspace) -> int:
    return len(sales.query("deal.show", deal=1)["tasks"])


@pytest.mark.parametrize(
    ("event", "before", "in_all"),
    [(DAILY, 1, 2), (DAILY, 2, 2), (DAILY, 0, 2), (TWICE, 1, 2), (KEPT, 0, 1)],
)
@pytest.mark.parametrize("both", [False, True])
def test_a_timed_event_of_a_row_counts_on_under_the_key_of_now(
    tmp_path: Path, event: str, before: int, in_all: int, both: bool
) -> None:
    with opened(tmp_path, event) as sales:
        keep, drop = (sales.execute("contact.create", fields={"name": name})["id"] for name in ("Keep", "Drop"))
        sales.execute("deal.create", funnel="sales")
        where = {"deal": 1, "collection": "visits_of"}
        sales.execute("row.put", **where, fields={"who": drop, "day": "2026-03-02", "note": "dropped"})
        if both:  # a row without a date has no timers, and gets that of the other one
            sales.execute("row.put", **where, fields={"who": keep})
        if event is KEPT:
            sales.execute("deal.move", deal=1, to="offer")
        while asked(sales) < before:
            sales.advance("1 day")
        sales.work("contact.merge", keep=keep, drop=drop)
        sales.advance("10 days")
        assert asked(sales) == in_all
        rows = {timer["row"] for timer in sales.query("timers", deal=1)}
        assert drop not in rows
        assert sales.verify().damages == ()


@pytest.mark.parametrize(("event", "at_once", "in_all"), [(DAILY, 1, 2), (TWICE, 1, 2), (KEPT, 0, 1)])
@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("both", [False, True])
def test_what_is_due_and_has_not_fired_yet_fires_once_under_the_key_of_now(
    tmp_path: Path, event: str, at_once: int, in_all: int, merged: bool, both: bool
) -> None:
    with opened(tmp_path, event) as sales:
        keep, drop = (sales.execute("contact.create", fields={"name": name})["id"] for name in ("Keep", "Drop"))
        sales.execute("deal.create", funnel="sales")
        where = {"deal": 1, "collection": "visits_of"}
        sales.execute("row.put", **where, fields={"who": drop, "day": "2026-03-02"})
        if both:
            sales.execute("row.put", **where, fields={"who": keep})
        if event is KEPT:
            sales.execute("deal.move", deal=1, to="offer")
        sales.clock.advance(40 * HOUR)  # nothing ran meanwhile
        if merged:
            sales.work("contact.merge", keep=keep, drop=drop)
        sales.settle()
        assert asked(sales) == at_once
        sales.advance("10 days")
        assert asked(sales) == in_all
        assert sales.verify().damages == ()


def test_of_two_rows_of_one_day_what_waits_fires_once(tmp_path: Path) -> None:
    with opened(tmp_path, TWICE) as sales:
        keep, drop = (sales.execute("contact.create", fields={"name": name})["id"] for name in ("Keep", "Drop"))
        sales.execute("deal.create", funnel="sales")
        for who in (keep, drop):
            sales.execute("row.put", deal=1, collection="visits_of", fields={"who": who, "day": "2026-03-02"})
        sales.clock.advance(40 * HOUR)
        sales.work("contact.merge", keep=keep, drop=drop)
        sales.settle()
        assert asked(sales) == 1
        sales.advance("10 days")
        assert asked(sales) == 2


@pytest.mark.parametrize("kind", ["contact", "account"])
def test_the_larger_count_of_two_rows_stands_and_the_history_tells_that_it_goes_on(tmp_path: Path, kind: str) -> None:
    with opened(tmp_path, DAILY, kind) as sales:
        keep, drop = (sales.execute(f"{kind}.create", fields={"name": name})["id"] for name in ("Keep", "Drop"))
        sales.execute("deal.create", funnel="sales")
        where = {"deal": 1, "collection": "visits_of"}
        sales.execute("row.put", **where, fields={"who": drop, "day": "2026-03-02"})
        while asked(sales) < 2:
            sales.advance("1 day")
        sales.execute("row.put", **where, fields={"who": keep, "day": "2026-03-10"})
        while asked(sales) < 3:
            sales.advance("1 day")
        sales.work(f"{kind}.merge", keep=keep, drop=drop)
        sales.advance("10 days")
        assert asked(sales) == 3
        assert "timer task “Ask” goes on with a row under its new key" in str(sales.query("why", deal=1))
        assert sales.verify().damages == ()


def test_what_another_variant_has_counted_goes_on_when_the_deal_runs_that_again(tmp_path: Path) -> None:
    with opened(tmp_path, DAILY, variants=UNASKED) as sales:
        keep, drop = (sales.execute("contact.create", fields={"name": name})["id"] for name in ("Keep", "Drop"))
        sales.execute("deal.create", funnel="sales", fields={"line": "a"})
        sales.execute("row.put", deal=1, collection="visits_of", fields={"who": drop, "day": "2026-03-02"})
        while asked(sales) < 2:
            sales.advance("1 day")
        sales.execute("deal.set", deal=1, fields={"line": "b"})
        sales.work("contact.merge", keep=keep, drop=drop)
        sales.execute("deal.set", deal=1, fields={"line": "a"})
        sales.advance("10 days")
        assert asked(sales) == 2
