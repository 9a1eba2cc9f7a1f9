"""What the rows of a file mean under a mapping: which event a row is, its key, its time, its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple, TypeVar

from voronka.calendars import TimeError, in_iso, parse_datetime
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.imports import CaseEvent, ColumnValue, Import
from voronka.definition.people import called_so
from voronka.definition.values import ValueFault, read_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.expressions import Env, Value, suggest
from voronka.hooks.importers import Row, RowFault
from voronka.messages import Text
from voronka.runtime.importing.keys import case_of, deal_key, keyed_hash
from voronka.runtime.importing.personal import personal_columns

__all__ = ["Meaning", "PartyName", "ReadRow", "UnreadRow"]

_LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields
_CREATED_AT = "created_at"
# Clocks differ a little; more than this lies in the future.
_SKEW = 60_000_000
_REMEMBERED = 10_000


class PartyName(NamedTuple):
    """An account or a contact as the file names it."""

    type: FieldType
    name: str


Given = Value | PartyName
_Read = TypeVar("_Read")


class ReadRow(NamedTuple):
    """A row that was understood. `key` names it for ever, `digest` tells its content.

    `case` names the deal in the file; it may be personal, so the history has `deal_key` in its place.
    `at`: its moment, in UTC microseconds. `created_at`: when the deal was opened, None if the row does not say.
    `deal`: values for a deal that is to be opened; None if the mapping opens none. `set`: values of the event.
    `newcomers`: users to be added.
    """

    number: int
    line: int
    key: str
    digest: str
    case: str
    deal_key: str
    at: int
    created_at: int | None
    stage: str | None
    deal: Mapping[str, Given] | None
    set: Mapping[str, Given]
    interaction: Mapping[str, Given] | None
    user: str | None
    newcomers: tuple[str, ...]


class UnreadRow(Exception):  # noqa: N818 - an answer, not an error
    """A row that says something which cannot stand: all its faults."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__(len(faults))
        self.faults = faults


class Meaning:
    """Reads rows by the columns of one file. Raises `UsageFault` if a column of the mapping is not there.

    `now`: a row later than this is refused. `secret`: under it the keys and hashes of rows are taken, which may hold
    personal values.
    """

    def __init__(self, mapping: Import, workspace: Workspace, header: Sequence[str], now: int, secret: bytes) -> None:
        self._secret = secret
        self._mapping = mapping
        self._workspace = workspace
        self._now = now
        self._zone = mapping.file.zone or workspace.timezone
        self._fields = {**BUILT_IN_FIELDS[Subject.DEALS], **workspace.fields.get(Subject.DEALS, {})}
        variants = workspace.funnels[mapping.funnel].variants.values()
        self._outcomes = {
            name: stage.outcome is not None for variant in variants for name, stage in variant.stages.items()
        }
        self._places = _places(mapping, header)
        self._own = [self._places[column] for column in mapping.key]
        self._key_cells = _picker(self._own or range(len(header)))
        self._content = _picker([self._places[column] for column in sorted(mapping.columns)])
        self._case = self._places[mapping.case] if mapping.case is not None else None
        asked = sorted({name for event in mapping.events if event.when is not None for name in event.when.reads.names})
        self._asked = tuple(asked)
        self._asked_cells = _picker([self._places[name] for name in asked])
        personal = personal_columns(mapping, workspace)
        joined = (columns for columns in (mapping.key, self._asked) if not personal.isdisjoint(columns))
        self._hidden = personal.union(map(_together, joined))
        self._events: dict[tuple[str, ...], CaseEvent | None] = {}
        self._ordinals: dict[int, int] = {}

    def event(self, row: Row) -> CaseEvent | None:
        """Return what the row is by the first event whose condition holds; None if none does."""
        asked = self._asked_cells(row.cells)
        if asked not in self._events:
            if len(self._events) >= _REMEMBERED:
                self._events.clear()
            self._events[asked] = self._event_of(asked)
        return self._events[asked]

    def key(self, row: Row) -> str:
        """Return the key of the row: what is in its key columns, and how many equal ones came before it."""
        own = self._key_cells(row.cells)
        digest = keyed_hash(self._secret, own)
        short = int(digest[:16], 16)
        ordinal = self._ordinals.get(short, 0) + 1
        self._ordinals[short] = ordinal
        if ordinal > 1 and self._mapping.case is None:
            raise RowFault(
                Text("The key stands in an earlier row of this file already."),
                Text("A row is a deal here: leave one row for each key."),
                column=_together(self._mapping.key),
                value=" / ".join(own),
            )
        return digest if ordinal == 1 else f"{digest}.{ordinal}"

    def read(self, number: int, row: Row, key: str, event: CaseEvent | None, known: Mapping[str, object]) -> ReadRow:
        """Return the row's time and values. `known`: the users by name. Raises `UnreadRow` with all that is wrong."""
        newcomers: list[str] = []
        faults: list[RowFault] = []
        mapping = self._mapping
        case = _sound(faults, self._case_of, row)
        created_at = _sound(faults, self._created_at, row)
        undated = bool(faults)

        def values(given: Mapping[str, ColumnValue], fields: Mapping[str, Field]) -> dict[str, Given]:
            return self._values(given, fields, row, known, newcomers, faults)

        deal = values(mapping.deal, self._fields) if mapping.deal or not event else None
        if event is not None:
            stage, at = event.stage, _sound(faults, self._event_time, row)
        else:
            stage = _sound(faults, self._stage, row)
            at = _sound(faults, self._stage_time, row, stage, None if undated else created_at)
        set_ = values(event.set, self._fields) if event else {}
        interaction = None if event is None or event.interaction is None else values(event.interaction, _LEDGER)
        user = _sound(faults, self._user, event, row, known, newcomers)
        if faults or case is None or at is None:
            raise UnreadRow(faults)
        return ReadRow(
            number=number,
            line=row.line,
            key=key,
            digest=self.digest(row),
            case=case,
            deal_key=deal_key(self._secret, case),
            at=at,
            created_at=created_at,
            stage=stage,
            deal=deal,
            set=set_,
            interaction=interaction,
            user=user,
            newcomers=tuple(newcomers),
        )

    def digest(self, row: Row) -> str:
        """Return a hash of what the mapping reads of the row: another one under the same key is another content."""
        return keyed_hash(self._secret, self._content(row.cells))

    def told(self, column: str, value: str) -> str:
        """Return what may be told of `value`, which stands in a column or in several: nothing if it is personal."""
        return "" if column in self._hidden else value

    def _event_of(self, asked: tuple[str, ...]) -> CaseEvent | None:
        values = {name: text.strip() or None for name, text in zip(self._asked, asked, strict=True)}
        env = Env(values=values, now=self._now, zone=self._zone, calendar=self._workspace.calendar)
        for event in self._mapping.events:
            if event.when is None or event.when.evaluate(env) is True:
                return event
        return None

    def _shown(self, value: ColumnValue, name: str) -> str:
        """Return a name as a reason tells it."""
        return "…" if value.column in self._hidden else name

    def _case_of(self, row: Row) -> str:
        places = self._own if self._case is None else [self._case]
        case = case_of([row.cells[place] for place in places])
        if not case.strip("/"):
            raise RowFault(
                Text("The row names no deal: the cell is empty."),
                Text("Fill the column, or leave the row out."),
                column=self._mapping.case or _together(self._mapping.key),
            )
        return case

    def _event_time(self, row: Row) -> int:
        column = self._mapping.at or ""
        at = self._moment(row, ColumnValue(column=column))
        if at is None:
            raise RowFault(Text("The row has no time."), Text("Fill the column, or leave the row out."), column=column)
        return at

    def _created_at(self, row: Row) -> int | None:
        value = self._mapping.deal.get(_CREATED_AT)
        if value is None:
            return None
        at = self._moment(row, value)
        if at is None:
            raise RowFault(
                Text("The row does not say when the deal was opened."),
                Text("Fill the column, or give `created_at` a `default` in the mapping."),
                column=value.column or "",
            )
        return at

    def place(self, row: Row, event: CaseEvent | None, gate: str) -> tuple[str, str]:
        """Return the column, and what stands in it, that a gate of the deal speaks of.

        It is that of the field at the end of the gate's name, else that of the stage; in a row that is an event, the
        columns by which it is one.
        """
        field = gate.rpartition(".")[2]
        value = (event.set if event else {}).get(field) or self._mapping.deal.get(field)
        if value is not None and value.column is not None:
            return value.column, row.cells[self._places[value.column]]
        if event is not None:
            return _together(self._asked), " / ".join(self._asked_cells(row.cells))
        column = None if self._mapping.stage is None else self._mapping.stage.value.column
        return ("", "") if column is None else (column, row.cells[self._places[column]])

    def _stage(self, row: Row) -> str | None:
        column = self._mapping.stage
        if column is None:
            return None
        stage = self._text(column.value, row)
        if stage is not None and stage not in self._outcomes:
            raise _unmapped(column.value, stage, list(self._outcomes), shown=self._shown(column.value, stage))
        return stage

    def _stage_time(self, row: Row, stage: str | None, created_at: int | None) -> int:
        """Return when the stage was entered; `created_at`: when the deal was opened, None if that is not known."""
        column = self._mapping.stage
        at = None if column is None or column.at is None else self._moment(row, column.at)
        if at is None and column is not None and column.at is not None and stage and self._outcomes[stage]:
            raise RowFault(
                Text("The deal has ended in {stage}, and the row does not say when.", stage=stage),
                Text("Fill the column, or leave the row out: a deal that ends as it is opened would belie the funnel."),
                column=column.at.column or "",
            )
        if created_at is None:
            return self._now if at is None else at
        if at is not None and at < created_at and column is not None and column.at is not None:
            raise RowFault(
                Text("The stage was entered before the deal was opened."),
                Text("Correct one of the two dates."),
                column=column.at.column or "",
                value=self._text(column.at, row) or "",
            )
        return created_at if at is None else at

    def _user(self, event: CaseEvent | None, row: Row, known: Mapping[str, object], newcomers: list[str]) -> str | None:
        if event is None or event.user is None:
            return None
        found = self._value(_LEDGER["user"], event.user, row, known, newcomers)
        return found if isinstance(found, str) else None

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
                read = _sound(faults, self._value, fields[name], value, row, known, newcomers)
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
            return PartyName(field.type, text)
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
        if at > self._now + _SKEW:
            raise RowFault(
                Text("The time lies in the future."),
                Text("History has happened: correct the time, or its zone in the mapping."),
                column=value.column or "",
                value=text,
            )
        return at

    def _text(self, value: ColumnValue, row: Row) -> str | None:
        if value.column is None:
            return value.constant
        written = row.cells[self._places[value.column]].strip()
        if not written:
            return value.default
        return value.map.get(written, written)


def _sound(faults: list[RowFault], read: Callable[..., _Read], *args: object) -> _Read | None:
    """Return what `read` gives; None if it finds a fault, which is put to the others."""
    try:
        return read(*args)
    except RowFault as fault:
        faults.append(fault)
        return None


def _together(columns: Sequence[str]) -> str:
    return ", ".join(columns)


def _places(mapping: Import, header: Sequence[str]) -> dict[str, int]:
    missing = sorted(mapping.columns - set(header))
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
        raise UsageFault(
            Text("The file has no column {columns}.", columns=", ".join(missing)), remedy, place=mapping.name
        )
    twice = sorted(column for column in mapping.columns if header.count(column) > 1)
    if twice:
        raise UsageFault(
            Text("The column {column} stands twice in the header.", column=twice[0]),
            Text("Rename one of them in the file: nobody can tell which is meant."),
            place=mapping.name,
        )
    return {column: header.index(column) for column in mapping.columns}


def _told(meant: Mapping[str, str]) -> str:
    return (
        next(iter(meant.values())) if len(meant) == 1 else ", ".join(f"{one} → {near}" for one, near in meant.items())
    )


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Return what takes these cells out of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)


def _unmapped(value: ColumnValue, stage: str, known: Sequence[str], *, shown: str) -> RowFault:
    return RowFault(
        Text("There is no stage {stage}.", stage=shown),
        Text("Map it to a stage in the mapping; the stages are {stages}.", stages=", ".join(dict.fromkeys(known))),
        column=value.column or "",
        value=stage,
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
