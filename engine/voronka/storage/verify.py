"""Verification: every chain recomputed, every history replayed, every table compared with what its history says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from voronka.errors import VoronkaError
from voronka.messages import Text
from voronka.process.codec import canonical, encode
from voronka.process.state import State, Stream, StreamKind, TimerKey
from voronka.storage import releases
from voronka.storage.chain import link
from voronka.storage.database import Database
from voronka.storage.dialects import integrity
from voronka.storage.faults import BrokenRecord
from voronka.storage.histories import recorded
from voronka.storage.replay import Expected
from voronka.storage.seals import Seals
from voronka.storage.stored import Tables, chunks_of_streams

__all__ = ["Damage", "VerifyReport", "verify"]


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
    """Check every stream: its numbering and chain, its snapshot and its rows in every table; the vault and releases.

    Only `evolve` is used, so a history written under any release is checked alike. Damages come in the order of
    streams, then those of the vault; a stream whose history cannot be read is not compared any further.
    """
    with database.read() as reader:
        connection = reader.connection
        damages = [Damage(stream=None, what=Text("{message}", message=line)) for line in integrity(connection)]
        damages += _releases(connection)
        seals = Seals()
        known: dict[bytes, tuple[Stream, int | None]] = {}
        streams = entries = 0
        for ids in chunks_of_streams(connection):
            tables = Tables(connection, ids)
            for stream in tables.streams:
                check = _Check(tables, stream)
                streams += 1
                entries += len(check.history)
                damages += check.damages()
                known[stream.id] = (stream, check.number)
                for row in check.history:
                    seals.add(row.events)
                seals.add_messages(stream.id, tables.effects.get(stream.id, ()))
        for subject, what in seals.damages(connection):
            about, number = known.get(subject, (None, None))
            damages.append(Damage(stream=about, number=number, what=what))
    return VerifyReport(streams=streams, entries=entries, damages=tuple(damages))


def _releases(connection: Connection) -> Iterator[Damage]:
    for release in releases.known(connection):
        try:
            releases.files(connection, release)
        except BrokenRecord as fault:
            yield Damage(stream=None, what=Text("{message}", message=fault.reason))


class _Check:
    """The check of one stream."""

    def __init__(self, tables: Tables, stream: Stream) -> None:
        self.tables = tables
        self.stream = stream
        self.history = tables.history.get(stream.id, [])
        self.expected = Expected()
        self.number = tables.numbers.get(stream.id)

    def damages(self) -> Iterator[Damage]:
        """Yield all that is wrong."""
        if not self.history:
            yield self._damage(Text("The record has no history."))
            return
        for row in self.history:
            yield from self._entry(row)
            if self.expected.seq != row.seq:
                return
        for seq, key in self.expected.ended_twice:
            yield self._damage(Text("The timer {timer} was armed or ended twice.", timer=_timer(key)), seq)
        yield from self._snapshot()
        if self.stream.kind is not StreamKind.WORKSPACE:
            yield from self._rows()
        if self.stream.kind is StreamKind.DEAL:
            yield from self._own()
            yield from self._timers()
            yield from self._outbox()
            yield from self._keys()
            yield from self._firings()
        yield from self._queued()

    def _damage(self, what: Text, seq: int | None = None) -> Damage:
        return Damage(stream=self.stream, number=self.number, what=what, seq=seq)

    def _entry(self, row: Row[Any]) -> Iterator[Damage]:
        expected = self.expected
        if row.seq != expected.seq + 1:
            yield self._damage(Text("Entry {seq} is missing from the history.", seq=expected.seq + 1), expected.seq + 1)
            return
        cells: Any = tuple(row)
        if link(expected.head, cells[:-1]) != row.hash:
            yield self._damage(Text("The hash of entry {seq} does not fit its content.", seq=row.seq), row.seq)
        try:
            expected.apply(recorded(row))
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError, VoronkaError) as error:
            what = Text("Entry {seq} cannot be read: {reason}.", seq=row.seq, reason=str(error) or repr(error))
            yield self._damage(what, row.seq)

    def _snapshot(self) -> Iterator[Damage]:
        stored, head = self.tables.snapshots.get(self.stream.id, (None, None))
        state = self.expected.state
        unreadable = self.tables.unreadable.get((self.stream.id, ""))
        if unreadable is not None:
            yield self._damage(Text("The record cannot be read: {reason}.", reason=unreadable))
        elif stored is None or state is None:
            yield self._damage(Text("The record is missing from its table."))
        elif head != self.expected.head:
            yield self._damage(Text("The record stands at another entry than its history."))
        elif stored != state or canonical(encode(stored)) != canonical(encode(state)):
            yield self._damage(
                Text("The record is not what its history makes of it: {names}.", names=_names(stored, state))
            )

    def _rows(self) -> Iterator[Damage]:
        stored = {name: rows for name, found in self.tables.rows.items() if (rows := found.get(self.stream))}
        for (id_, name), reason in self.tables.unreadable.items():
            if name and id_ == self.stream.id:
                yield self._damage(Text("The rows of {table} cannot be read: {reason}.", table=name, reason=reason))
        for name in sorted(stored.keys() | self.expected.rows.keys()):
            if (self.stream.id, name) in self.tables.unreadable:
                continue
            for key in _differing(self.expected.rows.get(name, {}), stored.get(name, {})):
                yield self._damage(Text("The row {key} of {table} is not what the history says.", key=key, table=name))

    def _own(self) -> Iterator[Damage]:
        for key in sorted(self.expected.own ^ self.tables.own.get(self.stream.id, set())):
            what = Text("The row {key} of {table} is not what the history says.", key=key, table="interactions")
            yield self._damage(what)

    def _timers(self) -> Iterator[Damage]:
        for key in _differing(self.expected.timers, self.tables.timers.get(self.stream.id, {})):
            yield self._damage(Text("The timer {timer} is not what the history says.", timer=_timer(key)))

    def _outbox(self) -> Iterator[Damage]:
        for key in _differing(self.expected.effects, self.tables.effects.get(self.stream.id, {})):
            yield self._damage(Text("The message {key} is not what the history says.", key=key))
        statuses = self.tables.statuses.get(self.stream.id, {})
        for key in sorted(self.expected.sent & statuses.keys()):
            if statuses[key] != "sent":
                yield self._damage(Text("The message {key} left, but waits in the outbox.", key=key))

    def _queued(self) -> Iterator[Damage]:
        for key, command in sorted(self.expected.queued.items()):
            if (stored := self.tables.queued.get(key)) is None:
                yield self._damage(Text("The queued command {key} is missing.", key=key))
            elif stored != command:
                yield self._damage(Text("The queued command {key} is not what the history says.", key=key))

    def _keys(self) -> Iterator[Damage]:
        for namespace, key in sorted(self.tables.keys.get(self.stream.id, set()) ^ self.expected.keys):
            what = Text("The key {key} of {namespace} is not what the history says.", key=key, namespace=namespace)
            yield self._damage(what)

    def _firings(self) -> Iterator[Damage]:
        for seq, _, rule in sorted(self.tables.firings.get(self.stream.id, set()) ^ self.expected.firings):
            yield self._damage(Text("The firing of the rule {rule} is not what the history says.", rule=rule), seq)


def _differing(expected: Mapping[Any, Any], stored: Mapping[Any, Any]) -> Iterable[Any]:
    if expected == stored:
        return ()
    return sorted(key for key in expected.keys() | stored.keys() if expected.get(key) != stored.get(key))


def _names(stored: State, expected: State) -> str:
    first, second = encode(stored), encode(expected)
    names = first.keys() | second.keys()
    return ", ".join(sorted(name for name in names if canonical(first.get(name)) != canonical(second.get(name))))


def _timer(key: TimerKey) -> str:
    return f"{key.event} ({key.visit}.{key.generation}.{key.occurrence}{'.' + key.row if key.row else ''})"
