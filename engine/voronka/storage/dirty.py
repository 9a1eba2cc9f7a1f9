"""Which records have changed since the mart was refreshed: a mark for each, made in the transaction that changes it.

A mark names the last entry written. Whoever has taken a record over takes the mark away only if it still names the
entry that was seen: what was committed meanwhile, even by a transaction that began earlier, stays marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, select, tuple_

from voronka.process.state import Stream, StreamKind
from voronka.storage.bulk import Row, upsertion
from voronka.storage.dialects import has_row_locks
from voronka.storage.tables import mart_dirty

__all__ = ["Marks", "clean", "count", "mark", "marked"]

Marks = Mapping[Stream, int]
"""Streams that have changed, each with the number of its last entry."""

_MARK = upsertion(mart_dirty)
_CHUNK = 400


def mark(connection: Connection, rows: Iterable[tuple[bytes, StreamKind, int]]) -> None:
    """Mark streams, each given once with the number of its last entry."""
    # In one order everywhere: of two transactions none then waits for the other.
    marks: list[Row] = [(id_, kind.value, seq) for id_, kind, seq in sorted(rows)]
    _MARK.run(connection, marks)


def marked(connection: Connection) -> dict[Stream, int]:
    """Return what is marked."""
    rows = connection.execute(select(mart_dirty.c.stream, mart_dirty.c.kind, mart_dirty.c.seq))
    return {Stream(StreamKind(kind), id_): seq for id_, kind, seq in rows}


def count(connection: Connection) -> int:
    """Return how many streams are marked."""
    return connection.execute(select(func.count()).select_from(mart_dirty)).scalar_one()


def clean(connection: Connection, marks: Marks) -> None:
    """Take marks away that still stand as they were read; one that somebody is changing now stays."""
    key = tuple_(mart_dirty.c.stream, mart_dirty.c.seq)
    wanted = sorted((stream.id, seq) for stream, seq in marks.items())
    for start in range(0, len(wanted), _CHUNK):
        those = key.in_(wanted[start : start + _CHUNK])
        if has_row_locks(connection.dialect):
            free = select(mart_dirty.c.stream).where(those).with_for_update(skip_locked=True)
            connection.execute(delete(mart_dirty).where(mart_dirty.c.stream.in_(free)))
        else:
            connection.execute(delete(mart_dirty).where(those))
