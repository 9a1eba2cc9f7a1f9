"""What stands in the tables about some hundreds of streams, one query a table: the one side of verification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from voronka.process.state import State, Stream, StreamKind, TimerKey
from voronka.process.step import Row as Values
from voronka.storage import deals as deal_queries
from voronka.storage import parties, rows
from voronka.storage.inbox import QUEUE
from voronka.storage.replay import BUILT_IN, TimerEnd
from voronka.storage.tables import accounts, contacts, deals, history, inbox, keys, outbox, records, timers

__all__ = ["Tables", "chunks_of_streams"]

_CHUNK = 500


def chunks_of_streams(connection: Connection) -> Iterator[list[Stream]]:
    """Yield every stream that has a record or a history, some hundreds at a time."""
    found: dict[bytes, StreamKind] = {}
    for id_, kind in connection.execute(select(history.c.stream, history.c.kind).distinct()):
        found[id_] = StreamKind(kind)
    for table, kind in (
        (deals, StreamKind.DEAL),
        (accounts, StreamKind.ACCOUNT),
        (contacts, StreamKind.CONTACT),
    ):
        for id_ in connection.execute(select(table.c.id)).scalars():
            found.setdefault(id_, kind)
    streams = [Stream(found[id_], id_) for id_ in sorted(found)]
    for start in range(0, len(streams), _CHUNK):
        yield streams[start : start + _CHUNK]


class Tables:
    """The rows of `streams`, by the id of the stream; `rows` by collection, then by stream."""

    def __init__(self, connection: Connection, streams: list[Stream]) -> None:
        self.streams = streams
        ids = [stream.id for stream in streams]
        self.history: dict[bytes, list[Row[Any]]] = {}
        found = select(history).where(history.c.stream.in_(ids)).order_by(history.c.stream, history.c.seq)
        for row in connection.execute(found):
            self.history.setdefault(row.stream, []).append(row)
        self.snapshots: dict[bytes, tuple[State, bytes]] = {}
        self.numbers: dict[bytes, int] = {}
        for deal, head in deal_queries.load(connection, ids):
            self.snapshots[deal.id] = (deal, head)
            self.numbers[deal.id] = deal.number
        for party, head in parties.load(connection, streams):
            self.snapshots[party.stream.id] = (party, head)
        for stream in streams:
            if stream.kind is StreamKind.WORKSPACE:
                known = parties.workspace(connection, stream)
                if known is not None:
                    self.snapshots[stream.id] = known
        names = select(records.c.collection).where(records.c.owner.in_(ids)).distinct()
        collections = {*BUILT_IN, *connection.execute(names).scalars()}
        self.rows: Mapping[str, Mapping[Stream, Mapping[str, Values]]] = {
            name: rows.load(connection, name, streams) for name in sorted(collections)
        }
        self.timers: dict[bytes, dict[TimerKey, TimerEnd]] = {}
        for row in connection.execute(select(timers).where(timers.c.deal.in_(ids))):
            key = TimerKey(row.visit, row.event, row.generation, row.row, row.occurrence)
            end = (row.state, row.due_at, row.offset, row.through, row.ended_at, row.reason)
            self.timers.setdefault(row.deal, {})[key] = end
        self.effects: dict[bytes, dict[str, tuple[str, str]]] = {}
        for row in connection.execute(select(outbox).where(outbox.c.deal.in_(ids))):
            self.effects.setdefault(row.deal, {})[f"{row.seq}.{row.n}"] = (row.channel, row.status)
        self.keys: dict[bytes, set[tuple[str, str]]] = {}
        for row in connection.execute(select(keys).where(keys.c.deal.in_(ids))):
            self.keys.setdefault(row.deal, set()).add((row.namespace, row.key))
        # A key begins with its stream, and the streams come in order: one range of the primary key.
        first, last = min(ids).hex(), max(ids).hex() + "~"
        queued = select(inbox.c.key).where(inbox.c.source == QUEUE, inbox.c.key.between(first, last))
        self.queued = set(connection.execute(queued).scalars())
