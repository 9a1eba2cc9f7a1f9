"""Records and rows that hold a value of some field, whatever the configuration says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Column, ColumnElement, Connection, or_, select

from voronka.process.state import Held, StreamKind
from voronka.storage.dialects import member
from voronka.storage.rows import values_of
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import deals, records

__all__ = ["records_holding", "rows_holding"]

_DONE = deals.c.closed_at.is_not(None) | deals.c.hidden


def records_holding(
    connection: Connection, kind: StreamKind, names: Iterable[str], *, done: bool
) -> Iterator[Mapping[str, Held | None]]:
    """Yield the fields of the records of a kind that hold any of `names`, hidden ones too; `done`: see `Reader`."""
    table = PARTIES.get(kind, deals)
    query = select(table.c.fields).where(_any(connection, table.c.fields, names))
    return map(values_of, connection.execute(query.where(_DONE) if done else query).scalars())


def rows_holding(
    connection: Connection, collection: str, names: Iterable[str], *, done: bool
) -> Iterator[Mapping[str, Held | None]]:
    """Yield the rows of a declared collection that hold any of `names`; `done` likewise, of their owners."""
    query = select(records.c.fields).where(
        records.c.collection == collection, _any(connection, records.c.fields, names)
    )
    if done:
        query = query.where(records.c.owner.in_(select(deals.c.id).where(_DONE)))
    return map(values_of, connection.execute(query).scalars())


def _any(connection: Connection, document: Column[str], names: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(member(connection.dialect, document, name).is_not(None) for name in names))
