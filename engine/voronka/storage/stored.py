"""What stands in the tables, as it stands there: the one side of verification. Nothing is decoded, so nothing fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Connection, LargeBinary, Select, select, type_coerce
from sqlalchemy.types import NullType

from voronka.frozen import frozen
from voronka.process.state import Stream, StreamKind
from voronka.storage.derivation import OF_RECORDS, SNAPSHOTS, Derived
from voronka.storage.inbox import QUEUE
from voronka.storage.tables import counters, history, imported, inbox, releases

__all__ = [
    "Row",
    "Stray",
    "Tables",
    "active_releases",
    "answers",
    "carried_out_but_waiting",
    "numbers",
    "strays",
    "streams",
    "whole",
]

_CHUNK = 500
_ID = 16

Row = tuple[Any, ...]


@frozen
class Stray:
    """Rows of a table under an id of which there is no record."""

    table: str
    id: object


def streams(connection: Connection) -> Iterator[list[Stream]]:
    """Yield every stream that has a record or a history, some hundreds at a time."""
    found: dict[bytes, StreamKind] = {}
    for id_, kind in connection.execute(select(_raw(history.c.stream), history.c.kind).distinct()):
        if _is_id(id_) and kind in list(StreamKind):
            found[id_] = StreamKind(kind)
    for derived, kind in zip(SNAPSHOTS, (StreamKind.DEAL, StreamKind.ACCOUNT, StreamKind.CONTACT), strict=True):
        for id_ in connection.execute(select(_raw(derived.table.c.id))).scalars():
            if _is_id(id_):
                found.setdefault(id_, kind)
    every = [Stream(found[id_], id_) for id_ in sorted(found)]
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


class Tables:
    """The rows that belong to some streams, by the stream's id: `history` in its order, `rows` by table."""

    def __init__(self, connection: Connection, of: list[Stream]) -> None:
        ids = [stream.id for stream in of]
        found = _rows(connection, history.columns, history.c.stream.in_(ids), history.c.stream, history.c.seq)
        self.history = _by_owner(found, 0)
        self.rows: dict[str, Mapping[bytes, list[Row]]] = {}
        for derived in OF_RECORDS:
            if derived.table is inbox:
                self.rows[inbox.name] = _queued(connection, ids)
                continue
            which: ColumnElement[bool] = derived.owner.in_(ids)
            if derived.table is imported:
                # Its key begins with the import, of which there are few: so it is searched, not read as a whole.
                which &= imported.c.import_id.in_(connection.execute(select(imported.c.import_id).distinct()).scalars())
            place = list(derived.table.columns).index(derived.owner)
            self.rows[derived.table.name] = _by_owner(_rows(connection, derived.table.columns, which), place)

    def of(self, stream: Stream, table: str) -> list[Row]:
        """Return a stream's rows of a table, the columns in their order."""
        return self.rows[table].get(stream.id, [])


def strays(connection: Connection, known: Mapping[bytes, object]) -> Iterator[Stray]:
    """Yield what stands under ids that are none of the `known` streams."""
    columns = [history.c.stream, *(derived.owner for derived in OF_RECORDS if derived.table is not inbox)]
    for column in columns:
        for id_ in connection.execute(select(_raw(column)).distinct()).scalars():
            if id_ not in known:
                yield Stray(table=column.table.name, id=id_)
    for key in connection.execute(select(_raw(inbox.c.key)).where(inbox.c.source == QUEUE)).scalars():
        if _stream_of(key) not in known:
            yield Stray(table=inbox.name, id=key)


def whole(connection: Connection, derived: Derived) -> list[Row]:
    """Return all rows of a table."""
    return [tuple(row) for row in _rows(connection, derived.table.columns)]


def active_releases(connection: Connection) -> dict[object, object]:
    """Return of every release whether it is marked as active: 1 or 0, if nobody has written anything else."""
    found = connection.execute(select(_raw(releases.c.release), _raw(releases.c.active)))
    return {row[0]: row[1] for row in found}


def carried_out_but_waiting(connection: Connection, keys: Iterable[str]) -> Iterator[str]:
    """Yield those of the queued commands with these keys that wait to be carried out."""
    every = sorted(keys)
    for start in range(0, len(every), _CHUNK):
        query = select(inbox.c.key).where(
            inbox.c.source == QUEUE, inbox.c.key.in_(every[start : start + _CHUNK]), inbox.c.status == "pending"
        )
        yield from connection.execute(query).scalars()


def numbers(connection: Connection) -> list[tuple[str, object]]:
    """Return the counters with what stands there."""
    return [(row[0], row[1]) for row in _rows(connection, counters.columns)]


def answers(connection: Connection, requests: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, object]]:
    """Yield of those of these requests, by source and key, that are remembered with an answer what stands there."""
    keys: dict[str, list[str]] = {}
    for source, key in requests:
        keys.setdefault(source, []).append(key)
    columns = (inbox.c.source, inbox.c.key, inbox.c.answer)
    for source, every in keys.items():
        for start in range(0, len(every), _CHUNK):
            which = (inbox.c.source == source) & inbox.c.key.in_(every[start : start + _CHUNK])
            for row in _rows(connection, columns, which & inbox.c.answer.is_not(None)):
                yield row[0], row[1], row[2]


def _queued(connection: Connection, ids: list[bytes]) -> dict[bytes, list[Row]]:
    # A key begins with its stream, and the streams come in order: one range of the primary key.
    first, last = min(ids).hex(), max(ids).hex() + "~"
    found: dict[bytes, list[Row]] = {}
    wanted = set(ids)
    for row in _rows(connection, inbox.columns, (inbox.c.source == QUEUE) & inbox.c.key.between(first, last)):
        stream = _stream_of(row[1])
        if stream in wanted:
            found.setdefault(stream, []).append(row)
    return found


def _stream_of(key: object) -> bytes:
    """Return the id with which the key of a queued command begins; of what is no such key, what is no id."""
    try:
        return bytes.fromhex(str(key).partition(".")[0])
    except ValueError:
        return b""


def _rows(
    connection: Connection,
    columns: Iterable[Column[Any]],
    which: ColumnElement[bool] | None = None,
    *order: Column[Any],
) -> Iterator[Row]:
    query: Select[Any] = select(*(_raw(column) for column in columns)).order_by(*order)
    for row in connection.execute(query if which is None else query.where(which)):
        yield tuple(row)


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column that is read as it is: the processors of these types would hide what it holds, or fail."""
    return type_coerce(column, NullType()) if isinstance(column.type, (Boolean, LargeBinary)) else column


def _by_owner(rows: Iterable[Row], place: int) -> dict[bytes, list[Row]]:
    found: dict[bytes, list[Row]] = {}
    for row in rows:
        found.setdefault(row[place], []).append(row)
    return found


def _is_id(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == _ID
