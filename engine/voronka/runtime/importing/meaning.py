"""What the rows of a file mean under a mapping: which event a row is, its key, its time, its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from voronka.definition.fields import Field, Subject
from voronka.definition.imports import CaseEvent, ColumnValue, Import
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.expressions import Env
from voronka.hooks.importers import Row, RowFault
from voronka.messages import Text
from voronka.runtime.importing.cells import Cells, Given, UnreadRow, sound, together
from voronka.runtime.importing.keys import case_of, deal_key, keyed_hash
from voronka.runtime.importing.personal import personal_columns

__all__ = ["Meaning", "ReadRow"]

_LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields
_CREATED_AT = "created_at"
_REMEMBERED = 10_000


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


class Meaning(Cells):
    """Reads rows by the columns of one file. Raises `UsageFault` if a column of the mapping is not there.

    `now`: a row later than this is refused. `secret`: under it the keys and hashes of rows are taken, which may hold
    personal values.
    """

    def __init__(self, mapping: Import, workspace: Workspace, header: Sequence[str], now: int, secret: bytes) -> None:
        personal = personal_columns(mapping, workspace)
        super().__init__(mapping.name, mapping.file, mapping.columns, workspace, header, now, personal)
        self._secret = secret
        self._mapping = mapping
        self._fields = {**BUILT_IN_FIELDS[Subject.DEALS], **workspace.fields.get(Subject.DEALS, {})}
        variants = workspace.funnels[mapping.funnel].variants.values()
        self._outcomes = {
            name: stage.outcome is not None for variant in variants for name, stage in variant.stages.items()
        }
        self._own = [self._places[column] for column in mapping.key]
        self._key_cells = _picker(self._own or range(len(header)))
        self._content = _picker([self._places[column] for column in sorted(mapping.columns)])
        self._case = self._places[mapping.case] if mapping.case is not None else None
        asked = sorted({name for event in mapping.events if event.when is not None for name in event.when.reads.names})
        self._asked = tuple(asked)
        self._asked_cells = _picker([self._places[name] for name in asked])
        joined = (columns for columns in (mapping.key, self._asked) if not personal.isdisjoint(columns))
        self._hidden = personal.union(map(together, joined))
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
                column=together(self._mapping.key),
                value=" / ".join(own),
            )
        return digest if ordinal == 1 else f"{digest}.{ordinal}"

    def read(self, number: int, row: Row, key: str, event: CaseEvent | None, known: Mapping[str, object]) -> ReadRow:
        """Return the row's time and values. `known`: the users by name. Raises `UnreadRow` with all that is wrong."""
        newcomers: list[str] = []
        faults: list[RowFault] = []
        mapping = self._mapping
        case = sound(faults, self._case_of, row)
        created_at = sound(faults, self._created_at, row)
        undated = bool(faults)

        def values(given: Mapping[str, ColumnValue], fields: Mapping[str, Field]) -> dict[str, Given]:
            return self._values(given, fields, row, known, newcomers, faults)

        deal = values(mapping.deal, self._fields) if mapping.deal or not event else None
        if event is not None:
            stage, at = event.stage, sound(faults, self._event_time, row)
        else:
            stage = sound(faults, self._stage, row)
            at = sound(faults, self._stage_time, row, stage, None if undated else created_at)
        set_ = values(event.set, self._fields) if event else {}
        interaction = None if event is None or event.interaction is None else values(event.interaction, _LEDGER)
        user = sound(faults, self._user, event, row, known, newcomers)
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

    def _event_of(self, asked: tuple[str, ...]) -> CaseEvent | None:
        values = {name: text.strip() or None for name, text in zip(self._asked, asked, strict=True)}
        env = Env(values=values, now=self._now, zone=self._zone, calendar=self._workspace.calendar)
        for event in self._mapping.events:
            if event.when is None or event.when.evaluate(env) is True:
                return event
        return None

    def _case_of(self, row: Row) -> str:
        places = self._own if self._case is None else [self._case]
        case = case_of([row.cells[place] for place in places])
        if not case.strip("/"):
            raise RowFault(
                Text("The row names no deal: the cell is empty."),
                Text("Fill the column, or leave the row out."),
                column=self._mapping.case or together(self._mapping.key),
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
            return together(self._asked), " / ".join(self._asked_cells(row.cells))
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
