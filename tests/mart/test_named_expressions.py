"""Expressions over what is called as a column of the mart's own read what is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from voronka.definition.kpis import Counted
from voronka.expressions import Kind, Type
from voronka.expressions.ir import Read
from voronka.mart.columns import MartColumns
from voronka.mart.memory import memory_mart
from voronka.sql.duckdb import DuckdbBackend
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/team.yaml": "roles: {seller: {label: Seller}}\npeople: {anna: {name: Anna, role: seller}}\n",
    "configs/fields/own.yaml": """\
set: own
fields: {release: {type: text}, account: {of: accounts, type: text}}
collections:
  items: {fields: {seq: {type: integer}, record: {type: integer}}}
  account_items: {fields: {seq: {type: integer}}}
  items_of: {of: accounts, fields: {seq: {type: integer}}}
""",
    "configs/funnels/f.yaml": "funnel: f\nfields: [own]\nstages:\n  first: {why: analytics}\n",
}


def _read(name: str, kind: Kind = Kind.TEXT) -> Read:
    return Read(type=Type(kind), text=name, name=name)


def test_names_are_read_from_what_is_declared(tmp_path: Path) -> None:
    write_files(tmp_path / "w", FILES)
    with TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        rows: dict[str, list[dict[str, Any]]] = {
            "dim_deal": [{"deal": 1, "id": "a1", "account": "c1", "release": "print", "f_release": "x"}],
            "dim_account": [{"account": "c1", "f_account": "y"}],
            "fact_row_items": [{"record": "a1", "seq": 2, "key": "1", "f_seq": 999, "f_record": 7}],
            "fact_account_row_items_of": [{"record": "c1", "seq": 3, "key": "1", "f_seq": 5}],
        }
        with memory_mart(run.client.engine.workspace, rows) as (schema, connection):
            deals = MartColumns(schema, DuckdbBackend(), Counted.DEALS)
            assert connection.execute(select(deals.read(_read("release")))).scalar_one() == "x"
            assert connection.execute(select(deals.read(_read("account.account")))).scalar_one() == "y"
            for of, collection, told in (
                (Counted.DEALS, "items", {"seq": 999, "record": 7}),
                (Counted.DEALS, "account.items_of", {"seq": 5}),
                (Counted.ACCOUNTS, "items_of", {"seq": 5}),
            ):
                columns = MartColumns(schema, DuckdbBackend(), of)
                found = columns.rows(collection)
                for name, value in told.items():
                    query = select(found.read(_read(name, Kind.INTEGER))).select_from(columns.source, found.source)
                    assert connection.execute(query.where(found.owned)).scalar_one() == value
