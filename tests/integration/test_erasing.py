"""Erasing a person: nothing personal is left in the database, and every history replays as before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.errors import UsageFault
from voronka.runtime.viewer import Forbidden
from voronka.testing import TestWorkspace

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    enter: {do: [{send: {channel: email, to: contact, template: hello}}]}
  offer: {}
"""
PEOPLE = """\
roles: {manager: {label: Manager, sees: own, changes: own}, head: {label: Head, sees: all, changes: all}}
people: {anna: {name: Anna, role: manager}, petr: {name: Petr, role: head}}
"""
NAME, ADDRESS, PASSPORT = "Zinaida Kanareykina", "zinaida@canary.example", "4509 777123"


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path, with_changes(funnel=FUNNEL, people=PEOPLE)) as workspace:
        for name, address, passport in ((NAME, ADDRESS, PASSPORT), ("Ivan", "ivan@example.com", "4510 000000")):
            workspace.execute("contact.create", fields={"name": name, "email": address})
            workspace.execute(
                "deal.create",
                funnel="sales",
                fields={"contact": name, "owner": "anna", "passport": passport},
                source="site",
                idempotency_key=passport[:4],
            )
        workspace.settle()
        yield workspace


def found_in(root: Path, text: str) -> list[str]:
    """The tables in which a text stands, and the files of the database."""
    with closing(sqlite3.connect(root / ".voronka" / "voronka.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        return [table for table, found in rows.items() if any(text in str(cell) for row in found for cell in row)]


def test_nothing_personal_is_left_and_histories_replay(sales: TestWorkspace) -> None:
    with sales.client.engine.database.write() as work:
        work.connection.exec_driver_sql("UPDATE outbox SET reason = ?", (f"refused {ADDRESS}",))
    assert {table for each in (NAME, ADDRESS, PASSPORT) for table in found_in(sales.root, each)} >= {"vault", "outbox"}
    erased = sales.work("person.erase", contact=NAME, actor="petr")
    assert erased["deals"] == 1
    assert erased["values"] >= 4
    assert [found_in(sales.root, each) for each in (NAME, ADDRESS, PASSPORT)] == [[], [], []]
    assert sales.verify().damages == ()
    assert "ivan@example.com" in "".join(sales.messages().values())
    assert [found["name"] for found in sales.query("contact.list") if found["name"] == "Ivan"]


def test_what_was_erased_is_certified_and_is_no_refusal(sales: TestWorkspace) -> None:
    erased = sales.work("person.erase", contact=NAME, actor="petr")
    (row,) = sales.query("audit")
    assert (row["actor"], row["what"], row["code"]) == ("petr", "person.erase", "erased")
    assert erased["contact"] in str(row["record"])
    assert sales.query("status")["audit"] == 0


def test_an_erased_contact_is_found_by_id_alone_and_works_on(sales: TestWorkspace) -> None:
    erased = sales.work("person.erase", contact=NAME)
    with pytest.raises(UsageFault):
        sales.query("contact.show", contact=NAME)
    sales.execute("contact.set", contact=erased["contact"], fields={"name": "Somebody"})
    assert sales.query("contact.show", contact="Somebody")["id"] == erased["contact"]
    assert sales.work("person.erase", contact="Somebody")["values"] == 1
    assert sales.verify().damages == ()


def test_only_who_may_change_everything_erases(sales: TestWorkspace) -> None:
    with pytest.raises(Forbidden):
        sales.work("person.erase", contact=NAME, actor="anna")
    assert sales.query("contact.show", contact=NAME)
