"""What stands in the cells of a row under a mapping: values of fields, times, names of records and of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from voronka.calendars import TimeError, in_iso, parse_datetime
from voronka.definition.fields import Field, FieldType
from voronka.definition.imports import ColumnValue, FileFormat
from voronka.definition.people import called_so
from voronka.definition.placeholders import names_nothing
from voronka.definition.values import ValueFault, read_value
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.expressions import Value, suggest
from voronka.hooks.importers import Row, RowFault
from voronka.messages import Text

__all__ = ["Cells", "Given", "PartyName", "UnreadRow", "sound", "together"]

# Clocks differ a little; more than this lies in the future.
_SKEW = 60_000_000
_CREATED_AT = "created_at"


class PartyName(NamedTuple):
    """An account or a contact as the file names it."""

    type: FieldType
    name: str


Given = Value | PartyName
_Read = TypeVar("_Read")


class UnreadRow(Exception):  # noqa: N818 - an answer, not an error
    """A row that says something which cannot stand: all its faults."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__(len(faults))
        self.faults = faults


class Cells:
    """Reads cells by the columns of one file. Raises `UsageFault` if one of the `columns` of a mapping is not there.

    `now`: a time later than this is refused. `hidden`: columns whose values are told nowhere.
    """

    def __init__(
        self,
        mapping: str,
        file: FileFormat,
        columns: Iterable[str],
        workspace: Workspace,
        header: Sequence[str],
        now: int,
        hidden: frozenset[str],
    ) -> None:
        self._workspace = workspace
        self._now = now
        self._zone = file.zone or workspace.timezone
        self._places = _places(mapping, frozenset(columns), header)
        self._hidden = hidden

    def told(self, column: str, value: str) -> str:
        """Return what may be told of `value`, which stands in a column or in several: nothing if it is personal."""
        return "" if column in self._hidden else value

    def _shown(self, value: ColumnValue, name: str) -> str:
        """Return a name as a reason tells it."""
        return "…" if value.column in self._hidden else name

    def _values(
        self,
        values: Mapping[str, ColumnValue],
        fields: Mapping[str, Field],
        row: Row,
        known: Mapping[str, object],
        newcomers: list[str],
        faults: list[RowFault],
    ) -> dict[str, Given]:
        found: dict[str, Given] = {}
        for name, value in values.items():
            if name != _CREATED_AT:
                read = sound(faults, self._value, fields[name], value, row, known, newcomers)
                if read is not None:
                    found[name] = read
        return found

    def _value(
        self, field: Field, value: ColumnValue, row: Row, known: Mapping[str, object], newcomers: list[str]
    ) -> Given | None:
        text = self._text(value, row)
        if text is None:
            return None
        if field.type in (FieldType.ACCOUNT, FieldType.CONTACT):
            return None if names_nothing(text) else PartyName(field.type, text)
        if value.column in self._hidden and not field.pii:  # what is wrong with it is told without the text
            field = replace(field, pii=True)
        try:
            read = read_value(field, text, currency=self._workspace.currency, timezone=self._zone, day_first=True)
        except ValueFault as fault:
            remedy = (None if field.pii else _mapped(value, text)) or fault.remedy
            raise RowFault(fault.reason, remedy, column=value.column or field.name, value=text) from None
        if field.type is FieldType.USER and isinstance(read, str) and read not in known:
            called = called_so(self._workspace.people.values(), read)
            if len(called) == 1:
                return called[0]
            if value.unknown != "add":
                raise _stranger(value, read, known, shown=self._shown(value, read))
            newcomers.append(read)
        return read

    def _moment(self, row: Row, value: ColumnValue) -> int | None:
        text = self._text(value, row)
        if text is None:
            return None
        try:
            at = parse_datetime(in_iso(text), self._zone)
        except TimeError as fault:
            raise RowFault(fault.reason, fault.remedy, column=value.column or "", value=text) from None
        self._refuse_future(at, value, text)
        return at

    def _refuse_future(self, at: int, value: ColumnValue, text: str) -> None:
        if at > self._now + _SKEW:
            raise RowFault(
                Text("The time lies in the future."),
                Text("History has happened: correct the time, or its zone in the mapping."),
                column=value.column or "",
                value=text,
            )

    def _text(self, value: ColumnValue, row: Row) -> str | None:
        if value.column is None:
            return value.constant
        written = row.cells[self._places[value.column]].strip()
        if not written:
            return value.default
        return value.map.get(written, written)


def sound(faults: list[RowFault], read: Callable[..., _Read], *args: object) -> _Read | None:
    """Return what `read` gives; None if it finds a fault, which is put to the others unless a cell has it already."""
    try:
        return read(*args)
    except RowFault as fault:
        if (fault.column, fault.reason) not in [(each.column, each.reason) for each in faults]:
            faults.append(fault)
        return None


def together(columns: Sequence[str]) -> str:
    """Return how several columns are told of."""
    return ", ".join(columns)


def _places(mapping: str, columns: frozenset[str], header: Sequence[str]) -> dict[str, int]:
    missing = sorted(columns - set(header))
    if missing:
        meant = {column: near for column in missing if (near := suggest(column, header)) is not None}
        other = next((sign for sign in ";\t,|" if len(header) == 1 and sign in header[0]), None)
        remedy = (
            Text("Its columns seem to be divided by “{sign}”: write `delimiter` under `rows`.", sign=other)
            if other
            else Text("Did you mean {meant}?", meant=_told(meant))
            if meant
            else Text("Its columns are: {columns}.", columns=", ".join(header[:30]))
        )
        raise UsageFault(Text("The file has no column {columns}.", columns=", ".join(missing)), remedy, place=mapping)
    twice = sorted(column for column in columns if header.count(column) > 1)
    if twice:
        raise UsageFault(
            Text("The column {column} stands twice in the header.", column=twice[0]),
            Text("Rename one of them in the file: nobody can tell which is meant."),
            place=mapping,
        )
    return {column: header.index(column) for column in columns}


def _told(meant: Mapping[str, str]) -> str:
    return (
        next(iter(meant.values())) if len(meant) == 1 else ", ".join(f"{one} → {near}" for one, near in meant.items())
    )


def _mapped(value: ColumnValue, text: str) -> Text | None:
    """Return the remedy of a value that differs from one of those in `map` by its letters' case or by a slip."""
    meant = suggest(text, value.map)
    return (
        Text("Did you mean “{meant}”, as under `map`? Add “{text}” there.", meant=meant, text=text) if meant else None
    )


def _stranger(value: ColumnValue, name: str, known: Mapping[str, object], *, shown: str) -> RowFault:
    meant = suggest(name, known)
    return RowFault(
        Text("There is no user {name}.", name=shown),
        Text("Did you mean {meant}? Map the name to the user in the mapping.", meant=meant)
        if meant
        else Text("Map the name to a user, or write `unknown: add` in the mapping."),
        column=value.column or "",
        value=name,
    )
