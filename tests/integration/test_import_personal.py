"""Personal values in the columns of a file lie in the vault alone, and no report repeats them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from tests.integration.import_workspace import open_importing, write_table
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.storage.tables import metadata, vault
from voronka.testing import TestWorkspace

BY_PASSPORT = """\
import: list
rows: {format: csv}
mode: MODE
into: {funnel: sales}
key: passport
deal: {passport: {column: passport}, contact: {column: person}, amount: {column: amount}}
"""
EVENTS = """\
import: log
rows: {format: csv}
mode: history
into: {funnel: sales}
case: who
at: at
events:
  - {when: what == "offer", stage: offer}
"""
COLUMNS = ("passport", "person", "amount")


def _import(workspace: TestWorkspace, mapping: str, path: Path) -> dict[str, Any]:
    report: dict[str, Any] = workspace.work("import", mapping=mapping, file=str(path))
    return report


def _kept(workspace: TestWorkspace) -> str:
    """Return all that the database holds outside the vault."""
    with workspace.client.engine.read() as reader:
        rows = [reader.execute(select(table)).all() for table in metadata.sorted_tables if table is not vault]
    return repr(rows)


@pytest.mark.parametrize("mode", ["history", "live"])
def test_a_personal_key_of_a_deal_lies_in_the_vault_alone(tmp_path: Path, mode: str) -> None:
    path = write_table(tmp_path / "a.csv", [("Canary 4510", "Canary Olga", "5")], COLUMNS)
    with open_importing(tmp_path / "sales", list=BY_PASSPORT.replace("MODE", mode)) as workspace:
        assert _import(workspace, "list", path)["taken"] == 1
        assert "canary" not in _kept(workspace).lower()
        assert _import(workspace, "list", path)["known"] == 1


@pytest.mark.parametrize("mode", ["history", "live"])
def test_refusals_do_not_repeat_what_stands_in_a_personal_column(tmp_path: Path, mode: str) -> None:
    rows = [
        ("Canary 4510", "", "5"),
        ("Canary 4510", "", "6"),
        ("Canary 4511", "Canary Olga", "12x"),
        ("Canary 4512" + "x" * 3_000, "", "5"),
    ]
    path = write_table(tmp_path / "a.csv", rows, COLUMNS)
    with open_importing(tmp_path / "sales", list=BY_PASSPORT.replace("MODE", mode)) as workspace:
        report = _import(workspace, "list", path)
        assert [(each["column"], each["value"]) for each in report["refusals"]] == [
            ("passport", ""),
            ("amount", "12x"),
            ("passport", ""),
        ]
        assert "canary" not in json.dumps(report).lower()
        assert "canary" not in Path(report["refusals_file"]).read_text(encoding="utf-8").lower()


def test_a_case_is_personal_where_the_deals_have_it_for_a_personal_key(tmp_path: Path) -> None:
    mappings = {"list": BY_PASSPORT.replace("MODE", "history"), "log": EVENTS}
    deals = write_table(tmp_path / "a.csv", [("Canary 4510", "", "5")], COLUMNS)
    rows = [("Canary 4510", "2026-04-01", "offer"), ("Canary 4511", "2026-04-01", "offer")]
    events = write_table(tmp_path / "b.csv", rows, ("who", "at", "what"))
    with open_importing(tmp_path / "sales", **mappings) as workspace:
        _import(workspace, "list", deals)
        workspace.advance("60 days")
        report = _import(workspace, "log", events)
        assert (report["taken"], report["refused"]) == (1, 1), report
        assert workspace.query("deal.show", deal=1)["stage"]["name"] == "offer"
        assert (report["refusals"][0]["column"], report["refusals"][0]["value"]) == ("who", "")
        assert "canary" not in json.dumps(report).lower()
        assert "canary" not in _kept(workspace).lower()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount: {column: amount}", "amount: {column: passport}"),
        ("amount: {column: amount}", "owner: {column: passport}"),
        ("}}\n", "}}\nstage: {column: passport}\n"),
    ],
)
def test_what_does_not_fit_elsewhere_is_not_repeated_if_the_column_is_personal(
    tmp_path: Path, old: str, new: str
) -> None:
    mapping = BY_PASSPORT.replace("MODE", "history").replace(old, new)
    path = write_table(tmp_path / "a.csv", [("Canary 4510", "", "")], COLUMNS)
    with open_importing(tmp_path / "sales", list=mapping) as workspace:
        report = _import(workspace, "list", path)
        assert report["refused"] == 1
        assert "canary" not in json.dumps(report).lower()


@pytest.mark.parametrize("mode", ["history", "live"])
def test_a_deal_whose_key_stands_as_the_file_has_it_is_found(tmp_path: Path, mode: str) -> None:
    """Before the keys of deals were hashes, the history had them as they stand in the file."""
    path = write_table(tmp_path / "a.csv", [("4510", "", "7")], COLUMNS)
    with open_importing(tmp_path / "sales", list=BY_PASSPORT.replace("MODE", mode)) as workspace:
        engine = workspace.client.engine
        stream = Stream(StreamKind.DEAL, engine.new_id())
        create = CreateDeal(funnel="sales", keys=(("sales", "4510"),))
        engine.execute(Envelope(command=create, stream=stream, actor="test", source="test"))
        report = _import(workspace, "list", path)
        assert (report["taken"], report["deals"], report["refused"]) == (1, 0, 0)
        with engine.read() as reader:
            assert [deal.fields["amount"] for deal in reader.list_deals()] == [700]
        assert workspace.verify().damages == ()


def test_the_contacts_of_a_batch_are_looked_up_together(tmp_path: Path) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "vault.folded IN" in statement or "vault.folded =" in statement:
            asked.append(statement)

    rows = [(f"4510 {number}", f"Olga {number}", "5") for number in range(60)]
    path = write_table(tmp_path / "a.csv", rows, COLUMNS)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with open_importing(tmp_path / "sales", list=BY_PASSPORT.replace("MODE", "history")) as workspace:
            assert _import(workspace, "list", path)["contacts"] == 60
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(asked) == 1
