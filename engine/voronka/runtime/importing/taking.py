"""How the rows of a mapping are named, read, written and remembered: those of deals, and those of other records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from voronka.definition.imports import CaseEvent, Import, ImportMode, RowImport
from voronka.hooks.importers import Row, RowFault
from voronka.runtime.engine import Engine
from voronka.runtime.importing.batch import BatchResult
from voronka.runtime.importing.cells import UnreadRow
from voronka.runtime.importing.history import PastRows
from voronka.runtime.importing.live import LiveRows
from voronka.runtime.importing.meaning import Meaning, ReadRow
from voronka.runtime.importing.record_rows import RecordMeaning, RecordRow
from voronka.runtime.importing.records import RecordRows
from voronka.storage import UnitOfWork

__all__ = ["NamedRow", "Taking", "taking_of"]

_Understood = TypeVar("_Understood")


class NamedRow(NamedTuple):
    """A row on its way: its number under the header, what it is and its key, or why it has none.

    Without a key and without a fault it means nothing here.
    """

    number: int
    row: Row
    event: CaseEvent | None
    key: str | None
    fault: RowFault | None


class Taking(Protocol):
    """Takes the rows of one mapping out of one file."""

    in_bulk: bool

    def named(self, number: int, row: Row) -> NamedRow:
        """Return a sound row with what names it. Every row is named once, in the order of the file."""

    def write(
        self, work: UnitOfWork, rows: Sequence[tuple[NamedRow, str]], at: int
    ) -> tuple[BatchResult, Mapping[str, int], list[tuple[NamedRow, RowFault]]]:
        """Write rows under their keys at the moment `at` and remember them.

        Return what came of them, how many are known and how many of these say something else, and what cannot be read.
        """

    def place(self, row: NamedRow, gate: str) -> tuple[str, str]:
        """Return the column, and what stands in it, that a gate speaks of."""

    def told(self, column: str, value: str) -> str:
        """Return what may be told of a value."""


def taking_of(
    engine: Engine, mapping: Import | RowImport, header: Sequence[str], import_id: str, actor: str, secret: bytes
) -> Taking:
    """Return what takes the rows of a mapping. Raises `UsageFault` if the file lacks a column."""
    now = engine.clock.now()
    if isinstance(mapping, RowImport):
        meaning = RecordMeaning(mapping, engine.workspace, header, now, secret)
        return _Records(engine, meaning, RecordRows(engine, mapping, import_id, actor))
    rows: PastRows | LiveRows = (
        PastRows(engine, mapping, import_id)
        if mapping.mode is ImportMode.HISTORY
        else LiveRows(engine, mapping, import_id, actor)
    )
    return _Deals(engine, mapping, Meaning(mapping, engine.workspace, header, now, secret), rows)


class _Deals:
    """Deals and events of deals: a row that was taken is known for ever, and never taken again."""

    def __init__(self, engine: Engine, mapping: Import, meaning: Meaning, rows: PastRows | LiveRows) -> None:
        self.in_bulk = mapping.mode is ImportMode.HISTORY
        self._engine = engine
        self._meaning = meaning
        self._rows = rows
        self._by_event = mapping.case is not None
        self._source = f"import:{mapping.name}"

    def named(self, number: int, row: Row) -> NamedRow:
        event = self._meaning.event(row) if self._by_event else None
        try:
            key = self._meaning.key(row) if event is not None or not self._by_event else None
        except RowFault as fault:
            return NamedRow(number, row, event, None, fault)
        return NamedRow(number, row, event, key, None)

    def write(
        self, work: UnitOfWork, rows: Sequence[tuple[NamedRow, str]], at: int
    ) -> tuple[BatchResult, Mapping[str, int], list[tuple[NamedRow, RowFault]]]:
        seen = work.inbox_seen(self._source, [key for _, key in rows])
        changed = 0
        fresh = []
        for row, key in rows:
            if (earlier := seen.get(key)) is None:
                fresh.append((row, key))
            else:
                changed += earlier.digest != self._meaning.digest(row.row)
        people = _people(self._engine, work)

        def read(row: NamedRow, key: str) -> ReadRow:
            return self._meaning.read(row.number, row.row, key, row.event, people)

        found, unread = _understood(fresh, read)
        result = self._rows.write(work, found) if found else BatchResult()
        work.inbox_record(self._source, result.taken, at=at)
        return result, {"known": len(rows) - len(fresh), "changed": changed}, unread

    def place(self, row: NamedRow, gate: str) -> tuple[str, str]:
        return self._meaning.place(row.row, row.event, gate)

    def told(self, column: str, value: str) -> str:
        return self._meaning.told(column, value)


class _Records:
    """Other records: each row is held against what is there now, so that nothing need be remembered of it."""

    in_bulk = False

    def __init__(self, engine: Engine, meaning: RecordMeaning, rows: RecordRows) -> None:
        self._engine = engine
        self._meaning = meaning
        self._rows = rows

    def named(self, number: int, row: Row) -> NamedRow:
        try:
            return NamedRow(number, row, None, self._meaning.key(row), None)
        except RowFault as fault:
            return NamedRow(number, row, None, None, fault)

    def write(
        self, work: UnitOfWork, rows: Sequence[tuple[NamedRow, str]], at: int
    ) -> tuple[BatchResult, Mapping[str, int], list[tuple[NamedRow, RowFault]]]:
        people = _people(self._engine, work)

        def read(row: NamedRow, key: str) -> RecordRow:
            return self._meaning.read(row.number, row.row, key, people)

        found, unread = _understood(rows, read)
        result = self._rows.write(work, found)
        return result, {"known": result.known}, unread

    def place(self, row: NamedRow, gate: str) -> tuple[str, str]:
        return self._meaning.place(row.row, gate)

    def told(self, column: str, value: str) -> str:
        return self._meaning.told(column, value)


def _people(engine: Engine, work: UnitOfWork) -> Mapping[str, object]:
    return {**engine.workspace.people, **work.users()}


def _understood(
    rows: Sequence[tuple[NamedRow, str]], read: Callable[[NamedRow, str], _Understood]
) -> tuple[list[_Understood], list[tuple[NamedRow, RowFault]]]:
    found, unread = [], []
    for row, key in rows:
        try:
            found.append(read(row, key))
        except UnreadRow as faults:
            unread += [(row, fault) for fault in faults.faults]
    return found, unread
