"""Erasing those who are no longer shown, merged or taken back with an import, and accounts; each by what names it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.integration.import_workspace import deal_row, open_importing, write_table
from tests.integration.sales_workspace import FILES
from voronka.errors import UsageFault
from voronka.process.commands import Envelope, UndoImport
from voronka.runtime.viewer import LOCAL_ACTOR
from voronka.storage import WORKSPACE
from voronka.storage.tables import vault
from voronka.storage.vault import KEY
from voronka.testing import TestWorkspace, write_files

PHONES = "{of: accounts, type: money}\n  head_phone: {of: accounts, type: phone, pii: true}"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[TestWorkspace]:
    fields = FILES["configs/fields/base.yaml"].replace("{of: accounts, type: money}", PHONES)
    with open_importing(tmp_path / "sales") as opened:
        write_files(tmp_path / "sales", {"configs/fields/base.yaml": fields})
        opened.client.reload()
        yield opened


def kept(workspace: TestWorkspace) -> set[str]:
    with workspace.client.engine.read() as reader:
        return set(reader.execute(select(vault.c.value).where(vault.c.ref != KEY)).scalars())


def contact(workspace: TestWorkspace, name: str) -> str:
    return str(workspace.execute("contact.create", fields={"name": name, "email": f"{name.lower()}@example.com"})["id"])


def brought_in(workspace: TestWorkspace, *people: str) -> dict[str, Any]:
    rows = [deal_row(number, person=name, passport=f"4510 {number}") for number, name in enumerate(people, 1)]
    path = write_table(workspace.root / "rows.csv", rows)
    report: dict[str, Any] = workspace.work("import", mapping="list", file=str(path))
    return report


@pytest.mark.parametrize("named", [0, 2])
def test_with_a_contact_go_all_who_were_merged_with_it_whichever_is_named(workspace: TestWorkspace, named: int) -> None:
    ids = [contact(workspace, name) for name in ("Ivan", "Vanya", "Johann")]
    contact(workspace, "Petr")
    workspace.execute("deal.create", funnel="sales", fields={"contact": ids[2], "passport": "4510 7"})
    workspace.work("contact.merge", keep=ids[1], drop=ids[2])
    workspace.work("contact.merge", keep=ids[0], drop=ids[1])
    erased = workspace.work("person.erase", contact=ids[named])
    assert (erased["contact"], set(erased["merged"]), erased["deals"]) == (ids[0], set(ids[1:]), 1)
    assert kept(workspace) == {"Petr", "petr@example.com"}
    assert {row["record"]["id"] for row in workspace.query("audit")} == set(ids)
    assert workspace.verify().damages == ()


def test_a_contact_that_an_undo_has_hidden_is_erased_by_its_id(workspace: TestWorkspace) -> None:
    run = brought_in(workspace, "Maria", "Olga")["import"]
    ids = {found["name"]: found["id"] for found in workspace.query("contact.list")}
    workspace.work("import.undo", **{"import": run})
    assert workspace.work("person.erase", contact=ids["Maria"])["deals"] == 1
    assert kept(workspace) == {"Olga", "4510 2"}
    with pytest.raises(UsageFault):
        workspace.query("contact.show", contact=ids["Olga"])


def test_the_undo_tells_how_much_is_still_kept_and_the_import_erases_it(workspace: TestWorkspace) -> None:
    contact(workspace, "Zoe")
    run = brought_in(workspace, "Maria", "Olga", "")["import"]
    for name, why in ((run, "was not undone"), ("list-9", "no import list-9")):
        with pytest.raises(UsageFault, match=why):
            workspace.work("person.erase", **{"import": name})
    undone = workspace.work("import.undo", **{"import": run})
    assert undone["personal"] == len(kept(workspace)) - 2 == 5
    erased = workspace.work("person.erase", **{"import": run})
    assert (erased["contacts"], erased["deals"], erased["values"]) == (2, 3, undone["personal"])
    assert kept(workspace) == {"Zoe", "zoe@example.com"}
    assert workspace.verify().damages == ()


def test_who_was_merged_into_somebody_else_is_not_erased_with_the_import(workspace: TestWorkspace) -> None:
    stays, run = contact(workspace, "Zoe"), brought_in(workspace, "Maria")["import"]
    workspace.work("contact.merge", keep=stays, drop=workspace.query("contact.show", contact="Maria")["id"])
    engine = workspace.client.engine
    undo = Envelope(command=UndoImport(import_id=run), stream=WORKSPACE, actor=LOCAL_ACTOR, source="import")
    engine.write(lambda work: engine.perform(work, [undo]))
    erased = workspace.work("person.erase", **{"import": run})
    assert (erased["contacts"], erased["values"]) == (0, 0)
    assert "Maria" in kept(workspace)


def test_personal_fields_of_an_account_are_erased_and_its_deals_stay(workspace: TestWorkspace) -> None:
    ids = [
        workspace.execute("account.create", fields={"name": name, "head_phone": phone})["id"]
        for name, phone in (("Acme", "+79161234567"), ("ACME", "+79161234568"), ("Other", "+79161234569"))
    ]
    workspace.execute("deal.create", funnel="sales", fields={"account": ids[0], "passport": "4510 1"})
    workspace.work("account.merge", keep=ids[0], drop=ids[1])
    erased = workspace.work("person.erase", account="Acme")
    assert (erased["account"], erased["merged"], erased["deals"]) == (ids[0], [ids[1]], 0)
    assert kept(workspace) == {"+79161234569", "4510 1"}
    assert workspace.verify().damages == ()


@pytest.mark.parametrize("params", [{}, {"contact": "Zoe", "account": "Acme"}])
def test_one_of_contact_account_and_import_is_named(workspace: TestWorkspace, params: dict[str, str]) -> None:
    with pytest.raises(UsageFault, match="not clear"):
        workspace.work("person.erase", **params)
