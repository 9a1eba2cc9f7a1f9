"""Reading histories back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from voronka.process.codec import decode_event
from voronka.process.state import Stream, StreamKind
from voronka.storage.entry import Recorded
from voronka.storage.tables import history

__all__ = ["read", "recorded"]


def recorded(row: Row[Any]) -> Recorded:
    """Return the entry of a row of `history`."""
    return Recorded(
        stream=Stream(StreamKind(row.kind), row.stream),
        seq=row.seq,
        release=row.release,
        actor=row.actor,
        source=row.source,
        cause=json.loads(row.cause),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        events=tuple(decode_event(event) for event in json.loads(row.events)),
        links=tuple(json.loads(row.links)),
        hash=row.hash,
    )


_AFTER = (
    select(history)
    .where(history.c.stream == bindparam("id"), history.c.seq > bindparam("after"))
    .order_by(history.c.seq)
)


def read(connection: Connection, stream: Stream, *, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
    """Yield a stream's entries in order, those after entry `after`."""
    query = _AFTER if limit is None else _AFTER.limit(limit)
    for row in connection.execute(query, {"id": stream.id, "after": after}):
        yield recorded(row)
