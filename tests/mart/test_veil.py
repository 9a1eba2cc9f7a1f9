"""What a mart is exported without: whatever is hidden from the one who exports, and what else would tell of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.running import voronka
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/team.yaml": (
        "roles: {manager: {label: Manager}, head: {label: Head}}\n"
        "people: {anna: {name: Anna, role: manager}, olga: {name: Olga, role: head}}\n"
    ),
    "configs/fields/own.yaml": """\
set: own
fields:
  amount: {type: money}
  margin: {type: money, visible_to: [head]}
  audit_on: {type: date, visible_to: [head]}
  rating: {of: accounts, type: integer, visible_to: [head]}
  birthday: {of: contacts, type: date, visible_to: [owner]}
collections:
  rivals: {key: name, fields: {name: {type: text}, bid: {type: money, visible_to: [head]}}}
  sites: {of: accounts, fields: {town: {type: text}, rent: {type: money, visible_to: [head]}}}
""",
    "configs/rules/cards.yaml": """\
scorecards:
  worth:
    label: Worth
    minutes: 20
    factors: {rich: {field: margin, weight: 100, scale: {0: "< 5", 1: ">= 5"}, ask: {en: Is there a margin?}}}
    bands: {low: 0, high: 50}
""",
    "configs/funnels/f.yaml": """\
funnel: f
fields: [own]
stages:
  first:
    why: analytics
    timed:
      audit: {before: 1 day, from: audit_on, do: [{log: {kind: reminder}}]}
      late: {after: 3 days, do: [{log: {kind: reminder}}]}
""",
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root = tmp_path_factory.mktemp("veil") / "w"
    write_files(root, FILES)
    with TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        run.execute("account.create", fields={"name": "Acme", "rating": "7321"})
        run.execute("contact.create", fields={"name": "Olga", "birthday": "1987-07-13"})
        known = {"account": "Acme", "contact": "Olga", "owner": "anna", "amount": "10"}
        assert run.execute("deal.create", funnel="f", fields=known)["refusal"] is None
        for margin in ("7321", "7322"):
            run.advance("1 hour")
            values = {"margin": margin, "audit_on": "1987-07-13" if margin == "7321" else "2026-03-20"}
            assert run.execute("deal.set", deal=1, fields=values)["refusal"] is None
        run.advance("1 hour")
        run.execute("deal.set", deal=1, fields={"amount": "20"})
        run.execute("row.put", deal=1, collection="rivals", fields={"name": "Other", "bid": "7321"})
        run.execute("row.put", account="Acme", collection="sites", fields={"town": "Omsk", "rent": "7321"})
        yield run


def written(run: TestWorkspace, folder: Path, actor: str | None) -> tuple[dict[str, list[dict[str, str]]], Any]:
    """Export as CSV; return the rows by file and what was left out."""
    acting = {} if actor is None else {"actor": actor}
    told = run.work("mart.export", folder=str(folder), format="csv", **acting)
    files = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            files[path.stem] = list(csv.DictReader(file))
    return files, told["left_out"]


def test_what_is_hidden_from_whoever_exports_is_in_no_file(lived: TestWorkspace, tmp_path: Path) -> None:
    files, _ = written(lived, tmp_path, "anna")
    told = "\n".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.csv") if path.stem != "days")
    assert not any(value in told for value in ("7321", "7322", "1987-07-13", "2026-03-20", "2026-03-19"))
    for name in ("margin", "audit_on", "worth_total", "worth_band"):
        assert name not in files["deals"][0]
    assert files["deals"][0]["amount"] == "20.00"
    assert "bid" not in files["rows_rivals"][0]
    assert files["rows_rivals"][0]["name"] == "Other"
    assert files["scores"] == []
    times = {row["event"]: bool(row["due_at"]) for row in files["timers"]}
    assert times == {"audit": False, "late": True}


def test_versions_do_not_tell_when_what_is_hidden_changed(lived: TestWorkspace, tmp_path: Path) -> None:
    shown, _ = written(lived, tmp_path / "anna", "anna")
    assert [(row["amount"], bool(row["until"])) for row in shown["deal_versions"]] == [
        ("10.00", True),
        ("20.00", False),
    ]
    assert shown["deal_versions"][0]["until"] == shown["deal_versions"][1]["since"]
    whole, _ = written(lived, tmp_path / "olga", "olga")
    assert [row["margin"] for row in whole["deal_versions"]] == ["", "7321.00", "7322.00", "7322.00"]


def test_the_export_says_what_was_left_out(lived: TestWorkspace, tmp_path: Path) -> None:
    _, left = written(lived, tmp_path / "anna", "anna")
    assert {(each["file"], *each["columns"], *each["of"]) for each in left} == {
        ("deals.csv", "margin", "audit_on", "worth_total", "worth_band"),
        ("deal_versions.csv", "margin", "audit_on"),
        ("accounts.csv", "rating"),
        ("contacts.csv", "birthday"),
        ("rows_rivals.csv", "bid"),
        ("rows_account_sites.csv", "rent"),
        ("timers.csv", "due_at", "planned_at", "audit"),
        ("scores.csv", "band", "total", "worth"),
    }
    _, birthday = written(lived, tmp_path / "olga", "olga")
    assert [(each["file"], each["columns"]) for each in birthday] == [("contacts.csv", ["birthday"])]
    assert written(lived, tmp_path / "all", None)[1] == []


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_every_format_does_without_it(lived: TestWorkspace, tmp_path: Path, form: str) -> None:
    lived.work("mart.export", folder=str(tmp_path), format=form, actor="anna")
    if form == "parquet":
        import duckdb

        names = [row[0] for row in duckdb.execute(f"DESCRIBE SELECT * FROM '{tmp_path}/deals.parquet'").fetchall()]
    else:
        from openpyxl import load_workbook

        sheet = load_workbook(tmp_path / "deals.xlsx").active
        names = [cell.value for cell in next(sheet.iter_rows())]  # type: ignore[union-attr] # it has a sheet
    assert "amount" in names
    assert "margin" not in names


def test_the_command_says_what_it_left_out(tmp_path: Path) -> None:
    write_files(tmp_path / "w", FILES)
    done = voronka("-C", tmp_path / "w", "--as", "anna", "mart", "export", tmp_path / "out")
    assert "Left out, for it is not shown to you:" in done.out
    assert "margin, audit_on" in done.out
