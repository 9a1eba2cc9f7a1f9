"""Reading histories back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from voronka.frozen import frozen
from voronka.process.codec import decode_event
from voronka.process.events import Event
from voronka.process.state import Stream, StreamKind
from voronka.storage import counters
from voronka.storage.entry import Recorded
from voronka.storage.tables import history

__all__ = ["Ahead", "ahead", "caused", "having", "read", "recorded"]


@frozen
class Ahead:
    """Entries that were recorded at a time to come. `stream` and `at`: those of the newest of them."""

    entries: int
    stream: Stream
    at: int


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


_FOLLOWING = ("chain", "outbox", "release", "rule", "timer")
"""The sources of what the engine does by itself, following what people and other systems have done."""

_CAUSED = select(func.count()).where(history.c.source.not_in(_FOLLOWING))


def caused(connection: Connection) -> int:
    """Return how many entries tell of what people and other systems have done."""
    return int(connection.execute(_CAUSED).scalar_one())


def read(connection: Connection, stream: Stream, *, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
    """Yield a stream's entries in order, those after entry `after`."""
    query = _AFTER if limit is None else _AFTER.limit(limit)
    for row in connection.execute(query, {"id": stream.id, "after": after}):
        yield recorded(row)


def having(connection: Connection, stream: Stream, kind: type[Event]) -> Iterator[Recorded]:
    """Yield the entries of a stream in which an event of a kind stands, in order; the others are not decoded."""
    within = history.c.events.contains(f'"{kind.kind}"', autoescape=True)
    query = select(history).where(history.c.stream == stream.id, within).order_by(history.c.seq)
    for row in connection.execute(query):
        entry = recorded(row)
        if any(isinstance(event, kind) for event in entry.events):
            yield entry


def ahead(connection: Connection, now: int) -> Ahead | None:
    """Return what was recorded after `now`, None if nothing was, to a minute: only else the history is searched."""
    known = counters.read(connection, counters.REACH)
    if known is None or known <= now:
        return None
    later = history.c.recorded_at > now
    entries = connection.execute(select(func.count()).select_from(history).where(later)).scalar_one()
    newest = select(history.c.stream, history.c.kind, history.c.recorded_at).where(later)
    row = connection.execute(newest.order_by(history.c.recorded_at.desc(), history.c.seq.desc()).limit(1)).first()
    if row is None:
        return None
    return Ahead(entries=entries, stream=Stream(StreamKind(row.kind), row.stream), at=row.recorded_at)
