"""Verification: every chain recomputed, every history replayed, every table compared with what its history says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from voronka.errors import VoronkaError
from voronka.messages import Text
from voronka.process.codec import canonical, encode
from voronka.process.state import DealState, PartyState, State, Stream, StreamKind, TimerKey
from voronka.process.step import Row as Values
from voronka.storage import parties, rows, snapshots
from voronka.storage.chain import link
from voronka.storage.database import Database
from voronka.storage.dialects import integrity
from voronka.storage.histories import recorded
from voronka.storage.inbox import QUEUE
from voronka.storage.replay import Expected, TimerEnd
from voronka.storage.tables import (
    accounts,
    contacts,
    deals,
    history,
    inbox,
    keys,
    outbox,
    records,
    timers,
)

__all__ = ["Damage", "VerifyReport", "verify"]

_CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """One contradiction. `number`: of the deal, None for other records. `seq`: the entry where it shows, if one."""

    stream: Stream | None
    what: Text
    number: int | None = None
    seq: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyReport:
    """What was looked at, and what is wrong with it."""

    streams: int
    entries: int
    damages: tuple[Damage, ...]

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.damages


def verify(database: Database) -> VerifyReport:
    """Check every stream: its numbering and chain, its snapshot and its rows in every table.

    Only `evolve` is used, so a history written under any release is checked alike. Damages come in the order of
    streams; a stream whose history cannot be read is not compared any further.
    """
    with database.read() as reader:
        connection = reader.connection
        damages = [Damage(stream=None, what=Text("{message}", message=line)) for line in integrity(connection)]
        streams = entries = 0
        for ids in _all_streams(connection):
            for stream, history_rows in _histories(connection, ids):
                streams += 1
                entries += len(history_rows)
                damages += _Stream(connection, stream, history_rows).damages()
    return VerifyReport(streams=streams, entries=entries, damages=tuple(damages))


def _all_streams(connection: Connection) -> Iterator[dict[bytes, StreamKind]]:
    """Yield every record and every history, some hundreds at a time."""
    found: dict[bytes, StreamKind] = {}
    for id_, kind in connection.execute(select(history.c.stream, history.c.kind).distinct()):
        found[id_] = StreamKind(kind)
    for table, kind in ((deals, StreamKind.DEAL), (accounts, StreamKind.ACCOUNT), (contacts, StreamKind.CONTACT)):
        for id_ in connection.execute(select(table.c.id)).scalars():
            found.setdefault(id_, kind)
    ids = sorted(found)
    for start in range(0, len(ids), _CHUNK):
        yield {id_: found[id_] for id_ in ids[start : start + _CHUNK]}


def _histories(connection: Connection, ids: Mapping[bytes, StreamKind]) -> Iterator[tuple[Stream, list[Row[Any]]]]:
    query = select(history).where(history.c.stream.in_(ids)).order_by(history.c.stream, history.c.seq)
    every = {id_: list(found) for id_, found in groupby(connection.execute(query), lambda row: row.stream)}
    for id_, kind in ids.items():
        yield Stream(kind, id_), every.get(id_, [])


class _Stream:
    """The check of one stream."""

    def __init__(self, connection: Connection, stream: Stream, history_rows: list[Row[Any]]) -> None:
        self.connection = connection
        self.stream = stream
        self.history = history_rows
        self.expected = Expected()
        self.number: int | None = None
        if stream.kind is StreamKind.DEAL:
            query = select(deals.c.number).where(deals.c.id == stream.id)
            self.number = connection.execute(query).scalar_one_or_none()

    def damages(self) -> Iterator[Damage]:
        """Yield all that is wrong."""
        if not self.history:
            yield self.damage(Text("The record has no history."))
            return
        broken = False
        for row in self.history:
            for damage in self._entry(row):
                broken = True
                yield damage
            if broken and self.expected.seq != row.seq:
                return
        for seq, key in self.expected.ended_twice:
            yield self.damage(Text("The timer {timer} was armed or ended twice.", timer=_timer(key)), seq)
        yield from self._snapshot()
        if self.stream.kind is not StreamKind.WORKSPACE:
            yield from self._rows()
        if self.stream.kind is StreamKind.DEAL:
            yield from self._timers()
            yield from self._outbox()
            yield from self._keys()
        yield from self._queue()

    def damage(self, what: Text, seq: int | None = None) -> Damage:
        """Return a damage of this stream."""
        return Damage(stream=self.stream, number=self.number, what=what, seq=seq)

    def _entry(self, row: Row[Any]) -> Iterator[Damage]:
        expected = self.expected
        if row.seq != expected.seq + 1:
            yield self.damage(Text("Entry {seq} is missing from the history.", seq=expected.seq + 1), expected.seq + 1)
            return
        if link(expected.head, tuple(row)[:-1]) != row.hash:
            yield self.damage(Text("The hash of entry {seq} does not fit its content.", seq=row.seq), row.seq)
        try:
            expected.apply(recorded(row))
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError, VoronkaError) as error:
            what = Text("Entry {seq} cannot be read: {reason}.", seq=row.seq, reason=str(error) or repr(error))
            yield self.damage(what, row.seq)

    def _snapshot(self) -> Iterator[Damage]:
        stored, head, state = self._stored()
        if stored is None:
            yield self.damage(Text("The record is missing from its table."))
        elif head != self.expected.head:
            yield self.damage(Text("The record stands at another entry than its history."))
        elif stored != state or canonical(encode(stored)) != canonical(encode(state)):
            yield self.damage(
                Text("The record is not what its history makes of it: {names}.", names=_names(stored, state))
            )

    def _stored(self) -> tuple[Any, bytes | None, Any]:
        match self.expected.state:
            case DealState() as state:
                row = self.connection.execute(select(deals).where(deals.c.id == state.id)).first()
                return (None, None, state) if row is None else (snapshots.deal_of(row), row.hash, state)
            case PartyState() as state:
                found = parties.load(self.connection, [state.stream])
                return (*found[0], state) if found else (None, None, state)
            case state:
                known = parties.workspace(self.connection, self.stream)
                return (None, None, state) if known is None else (*known, state)

    def _rows(self) -> Iterator[Damage]:
        stored: dict[str, Mapping[str, Values]] = {}
        query = select(records.c.collection).where(records.c.owner == self.stream.id).distinct()
        names = set(self.connection.execute(query).scalars()) | set(self.expected.rows)
        for collection in sorted(names):
            stored[collection] = rows.load(self.connection, collection, [self.stream])[self.stream]
            expected = self.expected.rows.get(collection, {})
            for key in _differing(expected, stored[collection]):
                yield self.damage(
                    Text("The row {key} of {table} is not what the history says.", key=key, table=collection)
                )

    def _timers(self) -> Iterator[Damage]:
        stored: dict[TimerKey, TimerEnd] = {}
        for row in self.connection.execute(select(timers).where(timers.c.deal == self.stream.id)):
            key = TimerKey(row.visit, row.event, row.generation, row.row, row.occurrence)
            stored[key] = (row.state, row.due_at, row.offset, row.through, row.ended_at, row.reason)
        for key in _differing(self.expected.timers, stored):
            yield self.damage(Text("The timer {timer} is not what the history says.", timer=_timer(key)))

    def _outbox(self) -> Iterator[Damage]:
        stored: dict[str, str] = {}
        for row in self.connection.execute(select(outbox).where(outbox.c.deal == self.stream.id)):
            key = f"{row.seq}.{row.n}"
            stored[key] = row.channel
            if key in self.expected.sent and row.status != "sent":
                yield self.damage(Text("The message {key} left, but waits in the outbox.", key=key))
        for key in _differing(self.expected.effects, stored):
            yield self.damage(Text("The message {key} is not what the history says.", key=key))

    def _keys(self) -> Iterator[Damage]:
        query = select(keys.c.namespace, keys.c.key).where(keys.c.deal == self.stream.id)
        stored = {(namespace, key) for namespace, key in self.connection.execute(query)}
        for namespace, key in sorted(stored ^ self.expected.keys):
            what = Text("The key {key} of {namespace} is not what the history says.", key=key, namespace=namespace)
            yield self.damage(what)

    def _queue(self) -> Iterator[Damage]:
        wanted = sorted(self.expected.queued)
        if not wanted:
            return
        query = select(inbox.c.key).where(inbox.c.source == QUEUE, inbox.c.key.in_(wanted))
        stored = set(self.connection.execute(query).scalars())
        for key in wanted:
            if key not in stored:
                yield self.damage(Text("The queued command {key} is missing.", key=key))


def _differing(expected: Mapping[Any, Any], stored: Mapping[Any, Any]) -> Iterable[Any]:
    return sorted(key for key in expected.keys() | stored.keys() if expected.get(key) != stored.get(key))


def _names(stored: State, expected: State) -> str:
    first, second = encode(stored), encode(expected)
    names = first.keys() | second.keys()
    return ", ".join(sorted(name for name in names if canonical(first.get(name)) != canonical(second.get(name))))


def _timer(key: TimerKey) -> str:
    return f"{key.event} ({key.visit}.{key.generation}.{key.occurrence}{'.' + key.row if key.row else ''})"
