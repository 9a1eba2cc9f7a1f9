"""Personal values: of every type in the vault, under whom they are about, and nowhere else."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.import_workspace import deal_row, open_importing, write_table
from tests.integration.sales_workspace import FILES, open_sales, with_changes
from voronka.process.codec import canonical
from voronka.runtime.commanding import digest_of
from voronka.testing import TestWorkspace

KINDS = """\
  birthday: {type: date, pii: true}
  age: {type: integer, pii: true}
  salary: {type: money, pii: true}
  share: {type: percent, pii: true}
  married: {type: bool, pii: true}
  seen_at: {type: datetime, pii: true}
  traits: {type: choices, pii: true, options: {calm: Calm, quick: Quick}}
"""
ROWS = """\
collections:
  guests:
    of: deals
    key: seat
    fields: {seat: {type: integer}, name: {type: text, pii: true}, age: {type: integer, pii: true}}
  notes: {of: deals, fields: {text: {type: text, pii: true}}}
"""
FIELDS = FILES["configs/fields/base.yaml"].replace("fields:\n", "fields:\n" + KINDS, 1) + ROWS
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {when: amount > 100, override: {by: [head]}}}
"""


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path, with_changes(fields=FIELDS, funnel=FUNNEL)) as workspace:
        yield workspace


def database(sales: TestWorkspace) -> sqlite3.Connection:
    return sqlite3.connect(sales.root / ".voronka" / "voronka.db")


def shown(sales: TestWorkspace) -> dict[str, Any]:
    return {field["name"]: field["value"] for field in sales.query("deal.show", deal=1)["fields"]}


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("birthday", "1990-01-31", "1990-01-31"),
        ("age", "36", 36),
        ("salary", "1000.50", 100050),
        ("share", "10%", 0.1),
        ("married", "no", False),
        ("seen_at", "2026-01-31 10:00", 1769842800000000),
        ("traits", "calm, quick", ["calm", "quick"]),
        ("passport", "4510 123456", "4510 123456"),
    ],
)
def test_a_personal_value_of_any_type_is_set_and_shown(
    sales: TestWorkspace, name: str, written: str, kept: object
) -> None:
    made = sales.execute("deal.create", funnel="sales", fields={name: written})
    assert made["refusal"] is None
    assert shown(sales) == {name: kept}
    assert sales.execute("deal.set", deal=1, fields={name: written})["seq"] == 1
    assert sales.execute("deal.set", deal=1, fields={name: None})["seq"] == 2
    assert shown(sales) == {}
    assert sales.verify().damages == ()


def test_a_row_with_the_personal_values_that_it_has_already_is_no_change(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales")
    guests = {"deal": 1, "collection": "guests"}
    given = {"seat": "7", "name": "Ivan Petrov", "age": "36"}
    assert sales.execute("row.put", **guests, fields=given)["events"] == ["row.put"]
    for again in (given, {"seat": "7", "age": "36"}):
        assert sales.execute("row.put", **guests, fields=again)["events"] == []
    assert sales.execute("row.put", **guests, key="7", fields={"name": "Ivan Petrov"})["events"] == []
    assert sales.execute("row.put", **guests, fields={**given, "name": "Oleg"})["events"] != []
    sales.execute("row.put", **guests, fields={**given, "seat": "8"})
    sales.execute("row.put", deal=1, collection="notes", fields={"text": "secret"})
    rows = sales.query("deal.show", deal=1)["rows"]
    key = rows["notes"][0]["key"]
    assert sales.execute("row.put", deal=1, collection="notes", key=key, fields={"text": "secret"})["events"] == []
    assert sales.verify().damages == ()


@pytest.mark.parametrize("command", ["deal.set", "deal.move"])
def test_a_value_is_filed_under_the_contact_that_the_same_command_names(sales: TestWorkspace, command: str) -> None:
    first, second = (sales.execute("contact.create", fields={"name": name})["id"] for name in ("A", "B"))
    sales.execute("deal.create", funnel="sales", fields={"contact": first, "amount": "500"})
    more = {"to": "offer"} if command == "deal.move" else {}
    sales.execute(command, deal=1, fields={"contact": second, "passport": "4510"}, **more)
    with closing(database(sales)) as db:
        ((owner,),) = db.execute("select subject from vault where value = '4510'").fetchall()
    assert owner.hex() == second


def places(sales: TestWorkspace, text: str) -> set[str]:
    """Return the tables in which a text can be read."""
    with closing(database(sales)) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        return {table for table in tables if text in str(db.execute(f'select * from "{table}"').fetchall())}


def test_the_reason_of_an_override_is_in_the_vault_alone_and_is_told(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"amount": "0.5"})
    request = {"deal": 1, "to": "offer", "override": "Ivan Petrov asked", "actor": "petr", "idempotency_key": "k"}
    assert sales.execute("deal.move", **request)["refusal"] is None
    assert places(sales, "Ivan Petrov") == {"vault"}
    assert "Ivan Petrov asked" in str(sales.query("why", deal=1))
    assert sales.execute("deal.move", **request)["replay"] is True
    assert sales.verify().damages == ()


def test_the_hash_of_a_request_tells_nothing_without_the_key_of_the_workspace(sales: TestWorkspace) -> None:
    request = {"funnel": "sales", "fields": {"passport": "4510"}, "idempotency_key": "k"}
    sales.execute("deal.create", **request)
    with closing(database(sales)) as db:
        ((digest,),) = db.execute("select digest from inbox where key = 'k'").fetchall()
    asked = {"command": "deal.create", **request}
    assert digest == digest_of(asked, sales.client.engine.write(lambda work: work.secret(sales.client.engine.random)))
    assert digest not in {digest_of(asked, b""), hashlib.sha256(canonical(asked).encode()).hexdigest()}


def test_the_hashes_of_imported_rows_tell_nothing_without_it_either(tmp_path: Path) -> None:
    rows = str(write_table(tmp_path / "a.csv", [deal_row(1, passport="4510")]))
    with open_importing(tmp_path / "sales") as workspace:
        assert workspace.work("import", mapping="list", file=rows)["taken"] == 1
        assert workspace.work("import", mapping="list", file=rows)["known"] == 1
        secret = workspace.client.engine.write(lambda work: work.secret(workspace.client.engine.random))
        with closing(database(workspace)) as db:
            ((key,),) = db.execute("select key from inbox where import_id is not null").fetchall()
    assert key == hashlib.blake2b(b"D1", digest_size=16, key=secret).hexdigest()
