"""Indexes by which records are selected: made when a release needs them, dropped when none does any more.

They are named by what they are on, so that rules share them and an index that is there already is left alone. Hidden
records are in none of them: nobody selects those, and their values may be of types that the release does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, text

from voronka.expressions import Expression
from voronka.process.state import StreamKind
from voronka.sql.columns import Columns
from voronka.storage.deal_columns import DealColumns
from voronka.storage.dialects import index_names, member
from voronka.storage.party_columns import PartyColumns
from voronka.storage.selection import backend_of, probed
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import deals

__all__ = ["settle"]

_TABLES: Mapping[StreamKind, Table] = {StreamKind.DEAL: deals, **PARTIES}


def settle(
    connection: Connection,
    conditions: Iterable[tuple[StreamKind, Expression]],
    keys: Iterable[tuple[StreamKind, str]] = (),
) -> None:
    """Give each kind of record one index for each condition that can use one, and for each of the `keys`: fields by
    which records are looked up. Take away those for which there is none of the two.
    """
    every, looked_up = list(conditions), list(keys)
    for kind, table in _TABLES.items():
        prefix = f"ix_{table.name}_where_"
        columns = _columns(connection, kind)
        found = [_probed(connection, columns, condition) for of, condition in every if of is kind]
        found += [[_held(connection, table, name)] for of, name in looked_up if of is kind]
        wanted = dict(_named(prefix, parts) for parts in found if parts)
        there = {name for name in index_names(connection, table) if name.startswith(prefix)}
        for name in sorted(there - wanted.keys()):
            connection.execute(text(f"DROP INDEX {name}"))
        for name in sorted(wanted.keys() - there):
            shown = _written(table.c.hidden.is_(False), connection)
            connection.exec_driver_sql(f"CREATE INDEX {name} ON {table.name} ({wanted[name]}) WHERE {shown}")


def _columns(connection: Connection, kind: StreamKind) -> Columns:
    backend = backend_of(connection)
    return DealColumns(backend, {}) if kind is StreamKind.DEAL else PartyColumns(kind, backend, {})


def _probed(connection: Connection, columns: Columns, condition: Expression) -> list[str]:
    return [_written(columns.read(read), connection) for read in probed(condition.node)]


def _held(connection: Connection, table: Table, name: str) -> str:
    return _written(member(connection.dialect, table.c.fields, name), connection)


def _named(prefix: str, parts: Iterable[str]) -> tuple[str, str]:
    """Return the name of an index and what it is on."""
    on = ", ".join(part if part.isidentifier() else f"({part})" for part in parts)
    return f"{prefix}shown_{sha256(on.encode()).hexdigest()[:12]}", on


def _written(expression: ColumnElement[Any], connection: Connection) -> str:
    """Return an expression as the database reads it in an index: columns without their table, values as they are."""
    written = expression.compile(
        dialect=connection.dialect, compile_kwargs={"include_table": False, "literal_binds": True}
    )
    return str(written)
