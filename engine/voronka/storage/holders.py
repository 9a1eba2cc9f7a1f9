"""Records and rows that hold a value of some field, whatever the configuration says of it; hidden ones never."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Column, ColumnElement, Connection, or_, select, union_all

from voronka.process.state import Held, StreamKind
from voronka.storage.dialects import member
from voronka.storage.rows import values_of
from voronka.storage.snapshots import PARTIES
from voronka.storage.tables import deals, records

__all__ = ["records_holding", "rows_holding"]

_CLOSED = deals.c.closed_at.is_not(None)
_HIDDEN = union_all(*(select(table.c.id).where(table.c.hidden.is_(True)) for table in (deals, *PARTIES.values())))


def records_holding(
    connection: Connection, kind: StreamKind, names: Iterable[str], *, closed: bool
) -> Iterator[Mapping[str, Held | None]]:
    """Yield the fields of the records of a kind that hold any of `names`. `closed`: only of closed deals."""
    table = PARTIES.get(kind, deals)
    query = select(table.c.fields).where(table.c.hidden.is_(False), _any(connection, table.c.fields, names))
    return map(values_of, connection.execute(query.where(_CLOSED) if closed else query).scalars())


def rows_holding(
    connection: Connection, collection: str, names: Iterable[str], *, closed: bool
) -> Iterator[Mapping[str, Held | None]]:
    """Yield the rows of a declared collection that hold any of `names`. `closed`: only those of closed deals."""
    query = select(records.c.fields).where(
        records.c.collection == collection,
        records.c.owner.not_in(_HIDDEN),
        _any(connection, records.c.fields, names),
    )
    if closed:
        query = query.where(records.c.owner.in_(select(deals.c.id).where(_CLOSED)))
    return map(values_of, connection.execute(query).scalars())


def _any(connection: Connection, document: Column[str], names: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(member(connection.dialect, document, name).is_not(None) for name in names))
