"""What stands in the tables about some hundreds of streams, one query a table: the one side of verification."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select

from voronka.process.codec import canonical
from voronka.process.state import State, Stream, StreamKind, TimerKey
from voronka.process.step import Row as Values
from voronka.storage import deals as deal_queries
from voronka.storage import parties, rows
from voronka.storage.inbox import QUEUE
from voronka.storage.replay import BUILT_IN, TimerEnd
from voronka.storage.tables import (
    accounts,
    contacts,
    deals,
    firings,
    history,
    inbox,
    interactions,
    keys,
    outbox,
    records,
    timers,
)

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


_Read = TypeVar("_Read")
_UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What decoding raises at a text that the engine has not written."""


class Tables:
    """The rows of `streams`, by the id of the stream; `rows` by collection, then by stream.

    `unreadable`: why a snapshot ("") or the rows of a collection cannot be decoded, by stream and collection.
    """

    def __init__(self, connection: Connection, streams: list[Stream]) -> None:
        self.streams = streams
        ids = [stream.id for stream in streams]
        self.history: dict[bytes, list[Row[Any]]] = {}
        found = select(history).where(history.c.stream.in_(ids)).order_by(history.c.stream, history.c.seq)
        for row in connection.execute(found):
            self.history.setdefault(row.stream, []).append(row)
        self.snapshots: dict[bytes, tuple[State, bytes]] = {}
        self.numbers = deal_queries.names(connection, ids)
        self.unreadable: dict[tuple[bytes, str], str] = {}
        for deal, head in self._decoded("", lambda some: deal_queries.load(connection, _ids(some)), streams):
            self.snapshots[deal.id] = (deal, head)
        for party, head in self._decoded("", lambda some: parties.load(connection, some), streams):
            self.snapshots[party.stream.id] = (party, head)
        for stream in streams:
            if stream.kind is StreamKind.WORKSPACE:
                known = parties.workspace(connection, stream)
                if known is not None:
                    self.snapshots[stream.id] = known
        names = select(records.c.collection).where(records.c.owner.in_(ids)).distinct()
        collections = {*BUILT_IN, *connection.execute(names).scalars()}
        self.rows: Mapping[str, Mapping[Stream, Mapping[str, Values]]] = {
            name: dict(self._decoded(name, partial(_rows, connection, name), streams)) for name in sorted(collections)
        }
        self.timers: dict[bytes, dict[TimerKey, TimerEnd]] = {}
        for row in connection.execute(select(timers).where(timers.c.deal.in_(ids))):
            key = TimerKey(row.visit, row.event, row.generation, row.row, row.occurrence)
            end = (row.state, row.anchor, row.due_at, row.offset, row.through, row.ended_at, row.reason)
            self.timers.setdefault(row.deal, {})[key] = end
        self._read_outbox(connection, ids)
        self._read_own(connection, ids)
        self.firings = _firings(connection, ids)
        self.keys: dict[bytes, set[tuple[str, str]]] = {}
        for row in connection.execute(select(keys).where(keys.c.deal.in_(ids))):
            self.keys.setdefault(row.deal, set()).add((row.namespace, row.key))
        # A key begins with its stream, and the streams come in order: one range of the primary key.
        first, last = min(ids).hex(), max(ids).hex() + "~"
        queued = select(inbox.c.key, inbox.c.command).where(inbox.c.source == QUEUE, inbox.c.key.between(first, last))
        self.queued = {key: _text(command) for key, command in connection.execute(queued)}

    def _read_outbox(self, connection: Connection, ids: list[bytes]) -> None:
        self.effects: dict[bytes, dict[str, tuple[str | int, ...]]] = {}
        self.statuses: dict[bytes, dict[str, str]] = {}
        for row in connection.execute(select(outbox).where(outbox.c.deal.in_(ids))):
            child = f"{row.seq}.{row.n}"
            said = (row.channel, row.recipient, row.locale, row.template, row.at, _text(row.body))
            self.effects.setdefault(row.deal, {})[child] = said
            self.statuses.setdefault(row.deal, {})[child] = row.status

    def _read_own(self, connection: Connection, ids: list[bytes]) -> None:
        self.own: dict[bytes, set[str]] = {}
        own = select(interactions.c.deal, interactions.c.seq, interactions.c.n).where(interactions.c.own)
        for deal_id, seq, n in connection.execute(own.where(interactions.c.deal.in_(ids))):
            self.own.setdefault(deal_id, set()).add(f"{seq}.{n}")

    def _decoded(
        self, what: str, load: Callable[[list[Stream]], Iterable[_Read]], streams: list[Stream]
    ) -> Iterable[_Read]:
        """Return what `load` reads of the streams; if it cannot be read, of each for itself, noting which fail."""
        try:
            return load(streams)
        except _UNREADABLE as error:
            if len(streams) == 1:
                self.unreadable[streams[0].id, what] = f"{type(error).__name__}: {error}"
                return []
        return [found for stream in streams for found in self._decoded(what, load, [stream])]


def _firings(connection: Connection, ids: list[bytes]) -> dict[bytes, set[tuple[int, int, str]]]:
    found: dict[bytes, set[tuple[int, int, str]]] = {}
    for row in connection.execute(select(firings).where(firings.c.deal.in_(ids))):
        found.setdefault(row.deal, set()).add((row.seq, row.n, row.rule))
    return found


def _text(stored: str | None) -> str:
    """Return JSON as `canonical` writes it, however the database keeps it; what is no JSON as it is."""
    try:
        return canonical(json.loads(stored or "null"))
    except ValueError:
        return stored or ""


def _ids(streams: list[Stream]) -> list[bytes]:
    return [stream.id for stream in streams]


def _rows(connection: Connection, name: str, streams: list[Stream]) -> Iterable[tuple[Stream, Mapping[str, Values]]]:
    return rows.load(connection, name, streams).items()
