"""Whatever fields, collections and their columns are called, the mart holds their values apart from its own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from tests.contract.postgresql import emptied
from voronka.definition.fields import Subject
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_NAMES
from voronka.mart.marts import Marts
from voronka.mart.schema import OF_SUBJECT, field_column, row_fact, score_columns
from voronka.mart.views import shown_names, view_name
from voronka.testing import TestWorkspace, write_files

BASE = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/team.yaml": "roles: {seller: {label: Seller}}\npeople: {anna: {name: Anna, role: seller}}\n",
    "configs/funnels/f.yaml": "funnel: f\nfields: [own]\nstages:\n  first: {why: analytics}\n",
}
SAME = {"same", "rowid", "ctid", "xmin", "card", "total", "a_total", "s_a_total", "f_until", "f_f_until", "s_until"}


def _own_names(tmp_path: Path) -> set[str]:
    """Return the names of all tables, views and columns of a mart without anything declared."""
    write_files(tmp_path / "plain", {**BASE, "configs/fields/own.yaml": "set: own\nfields: {plain: {type: text}}\n"})
    with TestWorkspace(tmp_path / "plain", start="2026-03-02 10:00", zone="Europe/Moscow") as run:
        tables = Marts(run.client.engine.database, tmp_path, run.clock).fresh(run.client.engine.workspace).schema.tables
        columns = {column.name for table in tables.values() for column in table.columns}
        return columns | set(tables) | {view_name(name) for name in tables} | SAME


def _value(name: str) -> str:
    return "2026-04-01" if name in ("until", "since") else f"v {name}"


@pytest.mark.parametrize("of", [Subject.DEALS, Subject.ACCOUNTS, Subject.CONTACTS])
@pytest.mark.parametrize("shared", [False, True], ids=["duckdb", "postgresql"])
def test_a_field_called_as_anything_of_the_mart_has_its_value(
    of: Subject, shared: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    names = _own_names(tmp_path)
    free = sorted(names - BUILT_IN_NAMES[of] - set(BUILT_IN_COLLECTIONS) - set(Subject))
    fields = "".join(
        f"  {name}: {{of: {of.value}, type: {'date' if name in ('until', 'since') else 'text'}}}\n" for name in free
    )
    columns = ", ".join(f"{name}: {{type: text}}" for name in free)
    collections = (
        f"collections:\n  items: {{of: {of.value}, fields: {{{columns}}}}}\n"
        "  parts: {of: accounts, fields: {part: {type: text}}}\n"
        "  account_parts: {fields: {part: {type: text}}}\n  deal_account_parts: {fields: {part: {type: text}}}\n"
    )
    declared = f"set: own\nfields:\n{fields}{collections}"
    write_files(tmp_path / "w", {**BASE, "configs/fields/own.yaml": declared})
    database = emptied(request.getfixturevalue("postgresql")) if shared else None
    with TestWorkspace(tmp_path / "w", start="2026-03-02 10:00", zone="Europe/Moscow", database=database) as run:
        run.execute("account.create", fields={"name": "Acme"})
        run.execute("contact.create", fields={"name": "Olga"})
        run.execute("deal.create", funnel="f", fields={"account": "Acme", "contact": "Olga", "owner": "anna"})
        whose: dict[Subject, Mapping[str, Any]] = {
            Subject.DEALS: {"deal": 1},
            Subject.ACCOUNTS: {"account": "Acme"},
            Subject.CONTACTS: {"contact": "Olga"},
        }
        kind = of.value.removesuffix("s")
        values = {name: _value(name) for name in free}
        assert run.execute(f"{kind}.set", **whose[of], fields=values)["refusal"] is None
        texts = {name: f"v {name}" for name in free}
        assert run.execute("row.put", **whose[of], collection="items", fields=texts)["refusal"] is None
        engine = run.client.engine
        marts = Marts(engine.database, tmp_path, run.clock)
        try:
            mart = marts.fresh(engine.workspace)
            with mart.connect() as connection:
                for name in OF_SUBJECT[of][:1]:
                    row = connection.execute(select(mart.schema.tables[name])).mappings().one()
                    assert {each: row[field_column(each)] for each in free} == values
                row = connection.execute(select(mart.schema.tables[row_fact(of, "items")])).mappings().one()
                assert {each: row[field_column(each)] for each in free} == texts
            for table in mart.schema.tables.values():
                _apart(table)
            views = [view_name(name) for name in mart.schema.tables]
            assert len(set(views)) == len(views)
            assert {"rows_account_parts", "rows_deal_account_parts", "rows_deal_deal_account_parts"} <= set(views)
        finally:
            marts.close()
        run.work("mart.export", folder=str(tmp_path / "out"), format="csv")
        view = view_name(OF_SUBJECT[of][0])
        with (tmp_path / "out" / f"{view}.csv").open(encoding="utf-8", newline="") as file:
            (told,) = csv.DictReader(file)
        assert set(values.values()) <= set(told.values())


def _apart(table: Table) -> None:
    shown = list(shown_names(table).values())
    assert len(set(shown)) == len(shown), table.name


def test_a_score_has_columns_that_no_field_can_have() -> None:
    columns = {name for card in ("a", "a_total") for _, name in score_columns(card)}
    assert len(columns) == 4
    assert not any(name.startswith("f_") for name in columns)
