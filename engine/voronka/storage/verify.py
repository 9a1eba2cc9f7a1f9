"""Verification: every chain recomputed, every history replayed, every table compared with what its history says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from voronka.errors import VoronkaError
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.process.codec import canonical
from voronka.process.state import WORKSPACE, DealState, Stream, StreamKind, WorkspaceState
from voronka.storage import beside, releases, stored
from voronka.storage.chain import link
from voronka.storage.database import Database
from voronka.storage.derivation import OF_RECORDS, OF_WORKSPACE, SNAPSHOTS, Derived, OfRecord
from voronka.storage.dialects import integrity, text_as_it_is
from voronka.storage.faults import BrokenRecord
from voronka.storage.histories import recorded
from voronka.storage.inbox import unreadable
from voronka.storage.replay import UNTOLD, Expected, OneOf
from voronka.storage.seals import Seals
from voronka.storage.stored import Row, Tables
from voronka.storage.tables import assignments, history, inbox
from voronka.storage.types import Json

__all__ = ["Damage", "VerifyReport", "verify"]


@frozen
class Damage:
    """One contradiction. `number`: of the deal, None for other records. `seq`: the entry where it shows, if one."""

    stream: Stream | None
    what: Text
    number: int | None = None
    seq: int | None = None


@frozen
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

    Only `evolve` and the projection that writes are used, so a history written under any release is checked alike.
    Damages come in the order of streams, then those of what belongs to none; a stream whose history cannot be read is
    not compared any further. Whatever stands in the database is a finding at worst: nothing of it is decoded unproved.
    """
    with database.read() as reader, text_as_it_is(reader.connection):
        return _Verification(reader.connection).run()


class _Verification:
    """The check of a database. What one stream alone cannot tell is gathered on the way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seals = Seals()
        self._known: dict[bytes, tuple[Stream, int | None]] = {}
        self._workspace = Expected()
        self._assigned: list[Row] = []
        self._carried_out: set[str] = set()
        self._answered: dict[tuple[str, str], tuple[Stream, int, list[str]]] = {}
        self._number = 0
        self._newest = 0

    def run(self) -> VerifyReport:
        connection = self._connection
        damages = [Damage(stream=None, what=Text("{message}", message=line)) for line in integrity(connection)]
        damages += self._files()
        entries = 0
        for chunk in stored.streams(connection):
            tables = Tables(connection, chunk)
            for stream in chunk:
                check = _Check(tables, stream)
                damages += check.damages()
                entries += len(check.history)
                self._take(check)
            damages += self._of_answers()
        damages += self._of_workspace()
        for what in beside.numbers(connection, deal=self._number, newest=self._newest):
            damages.append(Damage(stream=None, what=what))
        for key in stored.carried_out_but_waiting(connection, self._carried_out):
            what = Text("The queued command {key} was carried out, but waits in the inbox.", key=key)
            damages.append(Damage(stream=None, what=what))
        for source, key, origin in unreadable(connection):
            about, number = self._known.get(origin, (None, None))
            what = Text("What the inbox keeps under the key {key} of {source} cannot be read.", key=key, source=source)
            damages.append(Damage(stream=about, number=number, what=what))
        for subject, what in self._seals.damages(connection):
            about, number = self._known.get(subject, (None, None))
            damages.append(Damage(stream=about, number=number, what=what))
        for stray in stored.strays(connection, self._known):
            what = Text("There is no record {id}, of which {table} has rows.", id=_shown(stray.id), table=stray.table)
            damages.append(Damage(stream=None, what=what))
        return VerifyReport(streams=len(self._known), entries=entries, damages=tuple(damages))

    def _take(self, check: _Check) -> None:
        self._known[check.stream.id] = (check.stream, check.number)
        self._assigned += check.expected.assigned
        self._carried_out |= check.expected.carried_out
        self._answered |= check.expected.answered
        self._newest = max(self._newest, check.expected.newest)
        if isinstance(check.expected.state, DealState):
            self._number = max(self._number, check.expected.state.number)
        for row in check.history:
            self._seals.add(row[_EVENTS])
        self._seals.add_messages(check.stream.id, check.expected.children)
        if check.stream == WORKSPACE:
            self._workspace = check.expected

    def _of_answers(self) -> list[Damage]:
        """Return what is wrong with the answers to requests of the streams looked at last."""
        found = [
            Damage(stream=stream, number=self._known[stream.id][1], what=what)
            for stream, what in beside.answers(self._connection, self._answered)
        ]
        self._answered.clear()
        return found

    def _files(self) -> Iterator[Damage]:
        for release in releases.known(self._connection):
            try:
                releases.files(self._connection, release)
            except BrokenRecord as fault:
                yield Damage(stream=None, what=Text("{message}", message=fault.reason))

    def _of_workspace(self) -> Iterator[Damage]:
        told = self._workspace.of_workspace()
        for derived in OF_WORKSPACE:
            if derived.table.name in told:
                rows = stored.whole(self._connection, derived)
                for what in _differences(derived, told[derived.table.name], rows):
                    yield Damage(stream=WORKSPACE, what=what)
            elif derived.table is assignments:
                # Which of the deals was the last in turn is told by no history: it is one of those that were.
                rows = stored.whole(self._connection, derived)
                turns = {row[0]: row for row in [*self._assigned, *(row for row in rows if row in self._assigned)]}
                for what in _differences(derived, list(turns.values()), rows):
                    yield Damage(stream=WORKSPACE, what=what)
        state = self._workspace.state
        active = state.release if isinstance(state, WorkspaceState) else ""
        for release, mark in ({active: None} | stored.active_releases(self._connection)).items():
            if release and not _same(release == active, mark):
                what = Text(
                    "The row {key} of {table} is not what the history says: {names}.",
                    key=_shown(release),
                    table="releases",
                    names="active",
                )
                yield Damage(stream=WORKSPACE, what=what)


_SEQ, _EVENTS = (tuple(history.c.keys()).index(name) for name in ("seq", "events"))
_STATUS = tuple(inbox.c.keys()).index("status")


class _Check:
    """The check of one stream."""

    def __init__(self, tables: Tables, stream: Stream) -> None:
        self.tables = tables
        self.stream = stream
        self.history = tables.history.get(stream.id, [])
        self.expected = Expected()

    @property
    def number(self) -> int | None:
        """The deal's number: as its history tells it, else as it stands in its row."""
        if isinstance(self.expected.state, DealState):
            return self.expected.state.number
        rows = self.tables.of(self.stream, "deals")
        return rows[0][1] if rows and isinstance(rows[0][1], int) else None

    def damages(self) -> list[Damage]:
        """Return all that is wrong."""
        found = [(seq, what) for seq, what in self._all()]
        return [Damage(stream=self.stream, number=self.number, what=what, seq=seq) for seq, what in found]

    def _all(self) -> Iterator[tuple[int | None, Text]]:
        if not self.history:
            yield None, Text("The record has no history.")
            return
        for row in self.history:
            yield from self._entry(row)
            if self.expected.seq != row[_SEQ]:
                return
        if self.stream.kind is not StreamKind.WORKSPACE:
            for row in self.tables.of(self.stream, inbox.name):
                if row[_STATUS] != "done":
                    self.expected.await_end(str(row[1]))
            expected = self.expected.of_record()
            for derived in OF_RECORDS:
                rows = self.tables.of(self.stream, derived.table.name)
                told = expected.get(derived.table.name, [])
                if derived.table is inbox:
                    told = [*told, *self._concerned(rows)]
                for what in _differences(derived, told, rows):
                    yield None, what

    def _concerned(self, rows: Sequence[Row]) -> Iterator[Row]:
        for row in rows:
            try:
                told = self.expected.perhaps_queued(row[1])
            except (ValueError, AttributeError):
                continue
            if told is not None:
                yield told

    def _entry(self, row: Row) -> Iterator[tuple[int | None, Text]]:
        seq = self.expected.seq + 1
        if row[_SEQ] != seq:
            yield seq, Text("Entry {seq} is missing from the history.", seq=seq)
            return
        cells: Any = row
        try:
            fits = link(self.expected.head, cells[:-1]) == row[-1]
        except _UNREADABLE:
            fits = False
        if not fits:
            yield seq, Text("The hash of entry {seq} does not fit its content.", seq=seq)
        try:
            self.expected.apply(recorded(row))
        except VoronkaError as fault:
            yield seq, Text("Entry {seq} cannot be read: {reason}.", seq=seq, reason=fault.reason)
        except _UNREADABLE as error:
            yield seq, Text("Entry {seq} cannot be read: {reason}.", seq=seq, reason=str(error) or repr(error))


_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What reading an entry raises that the engine has not written."""


def _differences(derived: Derived, expected: Sequence[Row], rows: Sequence[Row]) -> Iterator[Text]:
    """Yield in which rows a table is not what the history says, and in which of their columns."""
    name, key = derived.table.name, derived.key
    told = {_key(row, key): row for row in expected}
    found = {_key(row, key): row for row in rows}
    whole = derived in SNAPSHOTS
    for which in sorted(told.keys() | found.keys()):
        row, stands = told.get(which), found.get(which)
        shown = ".".join(_shown(cell) for cell in _named(derived, row or stands or ()))
        if row is None:
            yield Text("No entry tells of the row {key} of {table}.", key=shown, table=name)
        elif stands is None and whole:
            yield Text("The record is missing from its table.")
        elif stands is None:
            yield Text("The row {key} of {table} is missing.", key=shown, table=name)
        elif names := list(_columns(derived, row, stands)):
            if whole and "hash" in names:
                yield Text("The record stands at another entry than its history.")
            elif whole:
                yield Text("The record is not what its history makes of it: {names}.", names=", ".join(names))
            else:
                yield Text(
                    "The row {key} of {table} is not what the history says: {names}.",
                    key=shown,
                    table=name,
                    names=", ".join(names),
                )


def _key(row: Row, places: tuple[int, ...]) -> tuple[str, ...]:
    # By their writing, so that 1 and "1" are two, and any two can be put in order.
    return tuple(repr(row[place]) for place in places)


def _named(derived: Derived, row: Row) -> list[object]:
    """Return what a person knows a row by: its key without the record that it belongs to."""
    columns = list(derived.table.columns)
    owner = derived.owner if isinstance(derived, OfRecord) else None
    return [row[place] for place in derived.key if columns[place] is not owner] if row else []


def _columns(derived: Derived, expected: Row, found: Row) -> Iterator[str]:
    """Yield the names of the columns that differ; of a JSON object, the names of its members."""
    for column, told, stands in zip(derived.table.columns, expected, found, strict=True):
        if told is UNTOLD or column.name in derived.untold:
            continue
        if isinstance(told, OneOf):
            if stands not in told:
                yield column.name
        elif not isinstance(column.type, Json):
            if not _same(told, stands):
                yield column.name
        elif _text(told) != _text(stands):
            yield from _members(column.name, told, stands)


def _same(told: object, stands: object) -> bool:
    """Tell whether a value is the one told, type included; SQLite keeps a truth as 0 or 1."""
    if isinstance(told, bool):
        told = int(told)
    if isinstance(stands, bool):
        stands = int(stands)
    return type(told) is type(stands) and told == stands


def _members(name: str, told: object, stands: object) -> Iterator[str]:
    first, second = _json(told), _json(stands)
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        yield name
        return
    for member in sorted(first.keys() | second.keys()):
        if member not in first or member not in second or canonical(first[member]) != canonical(second[member]):
            yield f"{name}.{member}"


def _json(text: object) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _text(value: object) -> object:
    """Return JSON as `canonical` writes it, however the database keeps it; what is no JSON as it is."""
    try:
        return canonical(json.loads(value)) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _shown(value: object) -> str:
    """Return a value of a key as it can be printed anywhere."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text.encode("utf-8", "backslashreplace").decode()
