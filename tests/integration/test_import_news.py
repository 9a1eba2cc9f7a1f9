"""Which values of a file records are told, and whom its rows mean, wherever a batch of them ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration import sales_workspace
from tests.integration.import_workspace import write_table
from tests.integration.sales_workspace import START, ZONE, with_changes
from voronka.process.state import StreamKind
from voronka.runtime.importing import run
from voronka.testing import TestWorkspace, write_files

FIELDS = """\
set: base
sources:
  erp: {class: transactional}
  crm: {class: client}
fields:
  amount: {type: money}
  inn: {of: accounts, type: text}
  turnover: {of: accounts, type: money, sources: [erp, crm]}
  total: {of: accounts, type: money, sources: [erp, crm], merge: sum}
  staff: {of: accounts, type: integer, ttl: 30 days}
  city: {of: accounts, type: text}
  parent: {of: accounts, type: account}
  pledge: {of: accounts, type: money, pii: true}
  known_since: {of: accounts, type: date, pii: true}
"""
FUNNEL = "funnel: sales\nfields: [base]\nstages: {new: {}, offer: {}}\n"
MAPPING = """\
import: {name}
rows: {{format: csv}}
mode: live
{more}into: {{records: accounts}}
match: [{match}]
row:
  name: {{column: name}}
{columns}"""
KEEP = {"!": ", keep: theirs", ">": ", keep: greater", "<": ", keep: less"}


def mapping(name: str, match: str, columns: str, more: str = "") -> dict[str, str]:
    """Return the file of a mapping: `columns` as ``city``, ``city!`` for one that the file decides, ``city>`` and
    ``city<`` for one of which the greater or the lesser value stays."""
    lines = [
        f"  {each.rstrip('!<>')}: {{column: {each.rstrip('!<>')}{KEEP.get(each[-1], '')}}}\n"
        for each in columns.split()
    ]
    text = MAPPING.format(name=name, match=match, columns="".join(lines), more=more)
    return {f"configs/imports/{name}.yaml": text}


def opened(root: Path, *mappings: Mapping[str, str]) -> TestWorkspace:
    files = with_changes(fields=FIELDS, funnel=FUNNEL)
    del files["configs/templates/hello.en.md"]
    for each in mappings:
        files.update(each)
    write_files(root / "sales", files)
    return TestWorkspace(root / "sales", start=START, zone=ZONE, database=sales_workspace.DATABASE)


def bring(workspace: TestWorkspace, name: str, columns: str, *rows: Sequence[object]) -> dict[str, int]:
    """Import rows by a mapping and return how many were added, updated, known and refused."""
    path = write_table(workspace.root.parent / f"{name}.csv", rows, columns.split())
    report: Mapping[str, Any] = workspace.work("import", mapping=name, file=str(path))
    return {each: report[each] for each in ("added", "updated", "known", "refused") if report[each]}


def holds(workspace: TestWorkspace, name: str) -> Mapping[str, object]:
    with workspace.client.engine.read() as reader:
        (found,) = (each for each in reader.list_parties(StreamKind.ACCOUNT) if each.fields["name"] == name)
        return found.fields


def by_source(name: str) -> dict[str, str]:
    return mapping(name, "inn", "inn turnover total staff city!", f"source: {name}\n")


COLUMNS = "name inn turnover total staff city"


def test_what_a_source_says_counts_though_another_has_said_the_same(tmp_path: Path) -> None:
    with opened(tmp_path, by_source("crm"), by_source("erp")) as workspace:
        assert bring(workspace, "crm", COLUMNS, ("Acme", "77", 100, 100, "", "")) == {"added": 1}
        assert bring(workspace, "erp", COLUMNS, ("Acme", "77", 100, 100, "", "")) == {"updated": 1}
        assert holds(workspace, "Acme")["total"] == 20_000
        assert bring(workspace, "erp", COLUMNS, ("Acme", "77", 100, 100, "", "")) == {"known": 1}
        assert bring(workspace, "crm", COLUMNS, ("Acme", "77", 120, 120, "", "")) == {"updated": 1}
        assert (holds(workspace, "Acme")["turnover"], holds(workspace, "Acme")["total"]) == (10_000, 22_000)


def test_a_value_that_grows_old_is_confirmed_by_the_file_that_says_it_again(tmp_path: Path) -> None:
    with opened(tmp_path, by_source("crm")) as workspace:
        bring(workspace, "crm", COLUMNS, ("Acme", "77", "", "", 5, "Omsk"))
        workspace.advance("40 days")
        assert staff(workspace)["provenance"]["stale"]
        assert bring(workspace, "crm", COLUMNS, ("Acme", "77", "", "", 5, "Omsk")) == {"updated": 1}
        assert not staff(workspace)["provenance"]["stale"]


def staff(workspace: TestWorkspace) -> Mapping[str, Any]:
    fields: Sequence[Mapping[str, Any]] = workspace.query("account.show", account="Acme")["fields"]
    return next(each for each in fields if each["name"] == "staff")


def test_the_file_decides_again_over_what_a_person_has_set_since(tmp_path: Path) -> None:
    plain = mapping("plain", "inn", "inn staff! city!")
    sourced = mapping("sourced", "inn", "inn staff! city!", "source: crm\n")
    columns, row = "name inn staff city", ("Acme", "77", 5, "Omsk")
    with opened(tmp_path, plain, sourced) as workspace:
        workspace.execute("account.create", fields={"name": "Acme", "inn": "77"})
        for name in ("plain", "sourced", "plain", "sourced"):
            workspace.advance("1 hour")
            workspace.execute("account.set", account="Acme", fields={"staff": "7", "city": "Perm"})
            workspace.advance("1 hour")
            assert bring(workspace, name, columns, row) == {"updated": 1}
            assert (holds(workspace, "Acme")["staff"], holds(workspace, "Acme")["city"]) == (5, "Omsk")


def test_the_greater_of_two_personal_values_is_found(tmp_path: Path) -> None:
    columns = "inn pledge> known_since<"
    with opened(tmp_path, mapping("clients", "inn", columns)) as workspace:
        workspace.execute(
            "account.create", fields={"name": "Acme", "inn": "77", "pledge": "200", "known_since": "2020-02-01"}
        )
        header = "name inn pledge known_since"
        assert bring(workspace, "clients", header, ("Acme", "77", 90, "01.03.2020")) == {"known": 1}
        assert bring(workspace, "clients", header, ("Acme", "77", 1000, "01.01.2020")) == {"updated": 1}
        assert bring(workspace, "clients", header, ("Acme", "77", 1000, "01.01.2020")) == {"known": 1}
        shown = {each["name"]: each.get("value") for each in workspace.query("account.show", account="Acme")["fields"]}
        assert (shown["pledge"], shown["known_since"]) == (100_000, "2020-01-01")


ACME = {"name": "Acme", "inn": "77"}


@pytest.mark.parametrize("batch", [1, 10], ids=["each alone", "all in one"])
@pytest.mark.parametrize(
    ("match", "columns", "there", "rows", "came", "again"),
    [
        pytest.param(
            "name",
            "staff parent",
            (),
            [("Daughter", 5, "Mother"), (" mother", 100, "")],
            {"added": 1, "updated": 1},
            {"updated": 2},
            id="made by being named",
        ),
        pytest.param(
            "inn, name",
            "inn parent",
            (),
            [("Mother", "76", "Mother"), ("Daughter", "77", " mother")],
            {"added": 2},
            {"known": 2},
            id="its own mother",
        ),
        pytest.param(
            "inn, name",
            "inn city",
            (ACME,),
            [("Acme2", "77", "Omsk"), ("Acme2", "", "Perm")],
            {"added": 1, "updated": 1},
            {"known": 2},
            id="a name that the record does not take",
        ),
        pytest.param(
            "name, inn",
            "inn! city",
            (ACME,),
            [("Acme", "78", ""), ("Beta", "77", "")],
            {"added": 1, "updated": 1},
            {"known": 2},
            id="a number that the record has no more",
        ),
    ],
)
def test_whom_a_row_means_does_not_rest_on_where_a_batch_ends(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
    match: str,
    columns: str,
    there: Sequence[Mapping[str, str]],
    rows: Sequence[Sequence[object]],
    came: Mapping[str, int],
    again: Mapping[str, int],
) -> None:
    monkeypatch.setattr(run, "_FEW", batch)
    monkeypatch.setattr(run, "BATCH", batch)
    header = f"name {columns.replace('!', '')}"
    with opened(tmp_path, mapping("clients", match, columns)) as workspace:
        for fields in there:
            workspace.execute("account.create", fields=fields)
        assert bring(workspace, "clients", header, *rows) == came
        assert len(workspace.query("account.list")) == 2
        assert bring(workspace, "clients", header, *rows) == again
        assert len(workspace.query("account.list")) == 2
