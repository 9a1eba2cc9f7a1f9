"""A refused row leaves nothing behind, and all that is wrong with it is told."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.integration.import_workspace import open_importing, write_table
from tests.integration.sales_workspace import ZONE
from voronka.calendars import parse_datetime
from voronka.errors import UsageFault
from voronka.storage.tables import history
from voronka.testing import TestWorkspace, write_files

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  talk: {enter: {require: [amount, passport], when: amount > 10}}
  offer: {}
variants: {by: loss_reason, cases: {price: {stages: {talk: null}, moves: {talk: offer}}}}
"""
DEALS = """\
import: deals
rows: {format: csv}
mode: history
into: {funnel: sales}
key: id
deal:
  owner: {column: seller, unknown: add}
  created_at: {column: opened}
  account: {column: company}
  contact: {column: person}
  amount: {column: amount}
  loss_reason: {column: why}
stage: {column: stage, at: {column: since}}
"""
EVENTS = """\
import: events
rows: {format: csv}
mode: history
into: {funnel: sales}
case: id
at: at
deal: {amount: {column: amount}, loss_reason: {column: why}, account: {column: company}}
events:
  - {when: what == "talk", stage: talk}
  - {when: what == "offer", stage: offer}
  - {when: what == "call", interaction: {kind: call, direction: out}}
"""
DEAL_COLUMNS = ("id", "opened", "seller", "company", "person", "amount", "why", "stage", "since")
EVENT_COLUMNS = ("id", "at", "what", "amount", "why", "company")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    root = tmp_path / "sales"
    with open_importing(root) as opened:
        changes = {"configs/funnels/sales.yaml": FUNNEL, "configs/imports/deals.yaml": DEALS}
        write_files(root, {**changes, "configs/imports/events.yaml": EVENTS, "configs/imports/live.yaml": LIVE})
        yield opened


LIVE = DEALS.replace("import: deals", "import: live").replace("mode: history", "mode: live")


def _import(workspace: TestWorkspace, mapping: str, path: Path) -> dict[str, Any]:
    report: dict[str, Any] = workspace.work("import", mapping=mapping, file=str(path))
    return report


def _made(report: dict[str, Any]) -> list[int]:
    return [report[name] for name in ("taken", "refused", "deals", "accounts", "contacts", "users")]


def _moscow(written: str) -> int:
    return parse_datetime(written, ZONE)


def _entries(workspace: TestWorkspace) -> int:
    with workspace.client.engine.read() as reader:
        return len(reader.execute(select(history.c.seq).where(history.c.kind != "workspace")).all())


def _deals(path: Path, *rows: Sequence[object]) -> Path:
    return write_table(path / "a.csv", rows, DEAL_COLUMNS)


def _events(path: Path, *rows: Sequence[object]) -> Path:
    return write_table(path / "a.csv", rows, EVENT_COLUMNS)


BAD = ("1", "2026-01-10", "zoe", "Acme", "Ivan", "5", "price", "talk", "2026-01-12")
GOOD = ("2", "2026-01-10", "yan", "Beta", "Petr", "5", "", "talk", "2026-01-12")


def test_a_row_whose_variant_lacks_its_stage_leaves_nothing(workspace: TestWorkspace, tmp_path: Path) -> None:
    before = _entries(workspace)
    report = _import(workspace, "deals", _deals(tmp_path, BAD))
    assert (report["import"], _made(report)) == (None, [0, 1, 0, 0, 0, 0])
    (refusal,) = report["refusals"]
    assert (refusal["column"], refusal["value"]) == ("stage", "talk")
    assert "no stage talk" in refusal["reason"]["en"]
    assert "new, offer" in refusal["remedy"]["en"]
    assert [workspace.query(f"{kind}.list") for kind in ("deal", "account", "contact")] == [[], [], []]
    assert _entries(workspace) == before


def test_the_rows_beside_a_refused_one_are_taken(workspace: TestWorkspace, tmp_path: Path) -> None:
    report = _import(workspace, "deals", _deals(tmp_path, BAD, GOOD))
    assert _made(report) == [1, 1, 1, 1, 1, 1]
    assert workspace.query("deal.show", deal=1)["account"]["name"] == "Beta"
    undone = workspace.work("import.undo", **{"import": report["import"]})
    assert (undone["deals"], undone["accounts"], undone["contacts"]) == (1, 1, 1)
    assert workspace.verify().damages == ()


def test_a_case_is_opened_by_its_first_event_that_can_stand(workspace: TestWorkspace, tmp_path: Path) -> None:
    rows = [("1", "2026-01-10", "talk", "5", "price", "Acme"), ("1", "2026-01-11", "offer", "7", "price", "Beta")]
    report = _import(workspace, "events", _events(tmp_path, *rows))
    assert _made(report)[:4] == [1, 1, 1, 1]
    (refusal,) = report["refusals"]
    assert (refusal["line"], refusal["column"], refusal["value"]) == (2, "what", "talk")
    deal = workspace.query("deal.show", deal=1)
    assert (deal["account"]["name"], deal["created_at"]) == ("Beta", _moscow("2026-01-11"))
    report = _import(workspace, "events", _events(tmp_path, ("3", "2026-01-10", "talk", "5", "price", "Gamma")))
    assert (report["import"], _made(report)[:4]) == (None, [0, 1, 0, 0])
    assert len(workspace.query("deal.list")) == 1


def test_a_refused_event_leaves_no_entry_in_the_history_of_its_deal(workspace: TestWorkspace, tmp_path: Path) -> None:
    _import(workspace, "events", _events(tmp_path, ("1", "2026-01-10", "offer", "7", "price", "Beta")))
    before = _entries(workspace)
    report = _import(workspace, "events", _events(tmp_path, ("1", "2026-01-05", "talk", "", "", "")))
    assert (report["refused"], _entries(workspace)) == (1, before)


def test_all_faults_of_a_row_are_told(workspace: TestWorkspace, tmp_path: Path) -> None:
    row = ("1", "2027-01-10", "zoe", "Acme", "", "a lot", "cost", "nowhere", "yesterday")
    report = _import(workspace, "deals", _deals(tmp_path, row, GOOD))
    assert (report["rows"], report["taken"], report["refused"]) == (2, 1, 1)
    assert [refusal["column"] for refusal in report["refusals"]] == ["opened", "amount", "why", "stage", "since"]
    assert {refusal["line"] for refusal in report["refusals"]} == {2}
    with Path(report["refusals_file"]).open(encoding="utf-8", newline="") as file:
        assert [line[2] for line in csv.reader(file)] == ["column", "opened", "amount", "why", "stage", "since"]


def test_a_live_row_tells_all_that_is_in_its_way(workspace: TestWorkspace, tmp_path: Path) -> None:
    report = _import(workspace, "live", _deals(tmp_path, ("1", "2026-01-10", "anna", "Acme", "", "5", "", "talk", "")))
    assert report["refused"] == 1
    found = [(refusal["gate"], refusal["column"], refusal["value"]) for refusal in report["refusals"]]
    assert found == [("talk.enter.require.passport", "stage", "talk"), ("talk.enter.when", "stage", "talk")]


def test_every_wrong_column_gets_its_suggestion(workspace: TestWorkspace, tmp_path: Path) -> None:
    columns = ("id", "opend", "seller", "company", "person", "amont", "why", "stage", "since")
    with pytest.raises(UsageFault, match="amount → amont, opened → opend"):
        _import(workspace, "deals", write_table(tmp_path / "a.csv", [GOOD], columns))


def test_dates_and_money_of_a_spreadsheet_are_read(workspace: TestWorkspace, tmp_path: Path) -> None:
    rows = [
        ("1", "10.01.2026", "anna", "", "", "1 250 000,50", "", "new", "12.01.2026 9:05"),
        ("2", "10.01.2026 10:00:30", "anna", "", "", "1.250,50", "", "new", ""),
        ("3", "01/02/2026", "anna", "", "", "1", "", "new", ""),
    ]
    report = _import(workspace, "deals", _deals(tmp_path, *rows))
    assert [(refusal["line"], refusal["column"]) for refusal in report["refusals"]] == [(4, "opened")]
    shown = [workspace.query("deal.show", deal=number) for number in (1, 2)]
    assert [deal["created_at"] for deal in shown] == [_moscow("2026-01-10"), _moscow("2026-01-10 10:00:30")]
    assert shown[0]["entered_at"] == _moscow("2026-01-12 09:05")


@pytest.mark.parametrize("mapping", ["deals", "live"])
def test_a_deal_that_has_ended_must_say_when(workspace: TestWorkspace, tmp_path: Path, mapping: str) -> None:
    rows = [
        ("1", "2026-01-02", "", "", "", "5", "", "won", ""),
        ("2", "2026-01-02", "", "", "", "5", "", "lost", ""),
        ("3", "2026-01-02", "", "", "", "5", "", "new", ""),
        ("4", "2026-01-02", "", "", "", "5", "price", "lost", "2026-02-02"),
    ]
    report = _import(workspace, mapping, write_table(tmp_path / "a.csv", rows, DEAL_COLUMNS))
    assert [(each["row"], each["column"]) for each in report["refusals"]] == [(1, "since"), (2, "since")]
    assert (report["taken"], report["deals"]) == (2, 2)


MAPPED = DEALS.replace("{column: why}", "{column: why, map: {Цена: price}}").replace("seller, unknown: add", "seller")


def test_a_value_beside_those_of_the_map_is_told_which_of_them_is_meant(
    workspace: TestWorkspace, tmp_path: Path
) -> None:
    write_files(tmp_path / "sales", {"configs/imports/deals.yaml": MAPPED})
    row = ("1", "2026-01-10", "anna", "", "", "1", "цена", "new", "")
    (refusal,) = _import(workspace, "deals", _deals(tmp_path, row))["refusals"]

    assert (refusal["column"], refusal["value"]) == ("why", "цена")
    assert refusal["remedy"]["en"] == "Did you mean “Цена”, as under `map`? Add “цена” there."


def test_a_date_in_another_order_is_told_both_ways_to_write_it(workspace: TestWorkspace, tmp_path: Path) -> None:
    row = ("1", "09/01/2026", "anna", "", "", "1", "", "new", "")
    (refusal,) = _import(workspace, "deals", _deals(tmp_path, row))["refusals"]

    assert refusal["remedy"]["en"] == "Write it as in 2026-09-01 or 01.09.2026."


def test_an_owner_is_known_by_the_name_that_people_see(workspace: TestWorkspace, tmp_path: Path) -> None:
    write_files(tmp_path / "sales", {"configs/imports/deals.yaml": MAPPED})
    label = workspace.client.engine.workspace.people["anna"].label.render("en")
    row = ("1", "2026-01-10", label.upper(), "", "", "1", "", "new", "")

    assert _made(_import(workspace, "deals", _deals(tmp_path, row))) == [1, 0, 1, 0, 0, 0]
    assert workspace.query("deal.list")[0]["owner"]["name"] == "anna"


def test_a_mapping_in_files_that_are_not_in_force_is_told_as_that(workspace: TestWorkspace, tmp_path: Path) -> None:
    write_files(workspace.root, {"configs/imports/late.yaml": "import: late\n"})
    with pytest.raises(UsageFault, match="late is not in force, for the changed files are not: The conf") as raised:
        _import(workspace, "late", tmp_path / "rows.csv")
    assert str(raised.value.place).startswith("configs/imports/late.yaml:")
    (workspace.root / "configs/imports/late.yaml").unlink()
    with pytest.raises(UsageFault, match="There is no import mapping late"):
        _import(workspace, "late", tmp_path / "rows.csv")
