"""Reading histories back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from voronka.process.codec import decode_event
from voronka.process.state import Stream, StreamKind
from voronka.storage.entry import Recorded
from voronka.storage.tables import history

__all__ = ["read", "recorded"]


def recorded(row: Sequence[Any]) -> Recorded:
    """Return the entry of a row of `history`, its columns in their order."""
    stream, seq, kind, release, actor, source, cause, occurred_at, recorded_at, events, links, hash_ = row
    return Recorded(
        stream=Stream(StreamKind(kind), stream),
        seq=seq,
        release=release,
        actor=actor,
        source=source,
        cause=json.loads(cause),
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        events=tuple(decode_event(event) for event in json.loads(events)),
        links=tuple(json.loads(links)),
        hash=hash_,
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
