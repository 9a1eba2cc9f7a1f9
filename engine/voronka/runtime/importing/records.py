"""Rows as they stand now: accounts, contacts and rows of collections that are made or changed, each by a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from voronka.definition.fields import Field, Subject
from voronka.definition.imports import Keep, RowImport
from voronka.definition.values import ValueFault, from_text
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.expressions import Value
from voronka.hooks.importers import RowFault
from voronka.messages import Text
from voronka.process.commands import AddUser, Command, CreateParty, Envelope, ImportRow, Origin, SetParty
from voronka.process.events import FieldsChanged, Kept, PartyChanged, PartyCreated
from voronka.process.evolve import held
from voronka.process.state import Held, PartyState, Stream, StreamKind, VaultRef
from voronka.runtime.engine import Engine
from voronka.runtime.importing.batch import BatchResult, RowsRefused, fault_of
from voronka.runtime.importing.cells import PartyName, together
from voronka.runtime.importing.parties import Parties
from voronka.runtime.importing.record_rows import RecordRow
from voronka.storage import WORKSPACE, Entry, Received, UnitOfWork
from voronka.storage.vault import fold

__all__ = ["RecordRows"]

_KINDS = {
    Subject.DEALS: StreamKind.DEAL,
    Subject.ACCOUNTS: StreamKind.ACCOUNT,
    Subject.CONTACTS: StreamKind.CONTACT,
}

_Reading = Callable[[str], Held | None]
"""What a record holds, by the name of the field."""


class RecordRows:
    """Carries out rows of a mapping, one by one. `actor`: who does what the rows say."""

    def __init__(self, engine: Engine, mapping: RowImport, import_id: str, actor: str) -> None:
        self._engine = engine
        self._mapping = mapping
        self._import_id = import_id
        self._actor = actor
        self._origin = Origin(mapping.source)
        self._meant: dict[tuple[Stream, str], tuple[int, int]] = {}
        self._merged: set[Stream] = set()

    def write(self, work: UnitOfWork, rows: Sequence[RecordRow]) -> BatchResult:
        """Carry out rows, in the caller's unit of work; those that say nothing new change nothing."""
        result = BatchResult()
        known = _Known(work, self._engine, self._mapping, rows)
        added: set[str] = set()
        for row in rows:
            try:
                with work.part():
                    entries = self._carry_out(work, row, known, added, result)
            except RowFault as fault:
                result.refused.append((row, fault))
            except RowsRefused as found:
                result.refused += found.faults
            else:
                known.learn(entries)
        return result

    def _carry_out(
        self, work: UnitOfWork, row: RecordRow, known: _Known, added: set[str], result: BatchResult
    ) -> Sequence[Entry]:
        """Carry out a row and return what happened to records by it; nothing, if it says nothing new."""
        mapping = self._mapping
        found = known.find(row)
        if found is None and mapping.collection is not None:
            raise _nobody(mapping)
        new = found is None
        stream = Stream(_KINDS[mapping.subject], self._engine.new_id()) if found is None else found.stream
        parties = self._parties(work, row, stream if new else None)
        values = parties.resolve(row.values)
        if parties.merged or (found is not None and found.merged):
            self._merged.add(stream)
        collection = mapping.collection
        key = "" if collection is None else str(values[collection.key or ""])
        said_before = self._said_before(row, stream, key)
        command: Command
        if collection is not None:
            new = key not in work.rows(collection.name, [stream])[stream]
            command = ImportRow(collection=collection.name, values=values)
        elif found is None:
            command = CreateParty(fields=values, import_id=self._import_id, origin=self._origin)
        else:
            told = self._news(work, work.parties([stream])[stream], values, found.merged)
            if not told:
                result.known += 1
                return ()
            command = SetParty(values=told, origin=self._origin)
            # Whom a value names that is not told is not made for it.
            parties.made = [each for each in parties.made if each.stream.id.hex() in told.values()]
        newcomers = [name for name in dict.fromkeys(row.newcomers) if name not in added]
        users = [AddUser(name=name, label=name, import_id=self._import_id) for name in newcomers]
        envelopes = [*(self._envelope(user, WORKSPACE) for user in users), *parties.made]
        entries = self._perform(work, row, [*envelopes, self._envelope(command, stream)])
        if any(entry.stream == stream for entry in entries):
            if said_before is not None:
                raise said_before
            made = {"added" if new else "updated": 1, **parties.counts, "users": len(newcomers)}
            if mapping.collection is None and new:
                made[mapping.subject.value] = made[mapping.subject.value] + 1
            result.made.update(made)
            result.taken.append(Received(key=row.key, digest=row.digest, import_id=self._import_id))
            added.update(newcomers)
        else:
            result.known += 1
        return entries

    def _parties(self, work: UnitOfWork, row: RecordRow, new: Stream | None) -> Parties:
        """Return whom the row names; a record that is to be `new` may be named by itself: a holding of its own."""
        names = [value for value in row.values.values() if isinstance(value, PartyName)]
        parties = Parties(self._engine, work, names, self._import_id, self._actor)
        if new is not None:
            parties.include(new, str(row.values.get("name", "")))
        return parties

    def _said_before(self, row: RecordRow, stream: Stream, key: str = "") -> RowFault | None:
        """Return what is wrong with the row if an earlier one of the file means the same, however its key is written.

        `key`: of a row of a collection. A batch that is written once more meets its own rows: they are no others.

        Raises it, unless records that were merged are told of in a row each, as where the file comes from they still
        are: there it counts only if the row has something to say.
        """
        number, line = self._meant.setdefault((stream, key), (row.number, row.line))
        if number == row.number:
            return None
        fault = RowFault(
            Text("Line {line} of this file means the same already.", line=line),
            Text("Nobody can tell which of them holds: leave one row for each key."),
            column=together([each.value.column or each.field for each in self._mapping.match]),
        )
        if stream not in self._merged:
            raise fault
        return fault

    def _perform(self, work: UnitOfWork, row: RecordRow, envelopes: Sequence[Envelope]) -> Sequence[Entry]:
        """Carry out the commands of a row; raise `RowsRefused` with all that is in the way of one of them."""
        answers, entries = self._engine.perform(work, envelopes)
        for answer in answers:
            if answer.refusal is not None:
                raise RowsRefused([(row, fault_of(failure, failure.gate)) for failure in answer.refusal.failures])
        return entries

    def _news(
        self, work: UnitOfWork, party: PartyState, values: Mapping[str, Value], merged: frozenset[str]
    ) -> dict[str, Value]:
        """Return those values of a row that the record is to be told. `merged`: as a `_Meant` has them."""
        return {
            name: value
            for name, value in values.items()
            if self._is_news(work, party, name, value, merged=name in merged)
        }

    def _is_news(self, work: UnitOfWork, party: PartyState, name: str, value: Value, *, merged: bool) -> bool:
        """Tell whether the record is to be told a value.

        A field with sources weighs by itself what they say: it is told what this one has not said. Of another field
        counts what it holds now: what it lacks is told, and what differs if `keep` gives the value of the file its
        place. What either has heard before is told again where values grow old: that confirms it. By what one was known
        that was `merged` into the record, the record is not called from now on.
        """
        subject = self._mapping.subject
        field = self._engine.workspace.fields.get(subject, {}).get(name) or BUILT_IN_FIELDS[subject].get(name)
        weighs = field is not None and bool(field.sources)
        heard = self._said(party, name) if weighs else party.fields.get(name)
        if isinstance(heard, VaultRef):
            text = work.vault_get([heard]).get(heard)
            heard = text if text is None or field is None else _read(field, text)
        if heard is None:
            return True
        if heard == value:
            return field is not None and field.ttl is not None
        return not merged and (weighs or _wins(self._mapping.keep.get(name, Keep.OURS), heard, value))

    def _said(self, party: PartyState, name: str) -> Held | None:
        """Return what the source of the mapping has said last of a field of the record."""
        return next((one.value for one in party.observed.get(name, ()) if one.source == self._origin.source), None)

    def _envelope(self, command: Command, stream: Stream) -> Envelope:
        return Envelope(
            command=command,
            stream=stream,
            actor=self._actor,
            source="import",
            import_id=self._import_id if stream.kind is StreamKind.DEAL else None,
        )


def _read(field: Field, text: str) -> Value:
    """Return what was kept of a personal field; as it stands there if it is none of the field by now."""
    try:
        return from_text(field.unbounded, text)
    except ValueFault:
        return text


class _Meant(NamedTuple):
    """The record that a row means. `merged`: the keys under which the row says what one had that was merged into it."""

    stream: Stream
    merged: frozenset[str]


class _Known:
    """The records that the rows of a batch mean, by what they hold at that row: what earlier rows of it have made or
    changed counts as if each row were a batch by itself. What nobody holds may be what a record held that was merged.
    """

    def __init__(self, work: UnitOfWork, engine: Engine, mapping: RowImport, rows: Sequence[RecordRow]) -> None:
        self._work = work
        self._mapping = mapping
        self._kind = _KINDS[mapping.subject]
        fields = {**BUILT_IN_FIELDS[mapping.subject], **engine.workspace.fields.get(mapping.subject, {})}
        self._found: list[dict[str, list[bytes]]] = []
        self._merged: list[dict[str, list[bytes]]] = []
        self._folded: list[bool] = []
        self._changed: dict[bytes, tuple[str | None, ...]] = {}
        for place, key in enumerate(mapping.match):
            field = fields.get(key.field)
            personal = field is not None and field.pii
            self._folded.append(personal or (key.field == "name" and self._kind is StreamKind.ACCOUNT))
            values = [value for row in rows if (value := row.match[place]) is not None]
            for merged, known in ((False, self._found), (True, self._merged)):
                if merged and self._kind is StreamKind.DEAL:
                    continue  # nobody merges deals
                found = work.found_by(self._kind, key.field, values, personal=personal, merged=merged)
                known.append({self._form(place, value): ids for value, ids in found.items()})

    def find(self, row: RecordRow) -> _Meant | None:
        """Return the record that the row means by the first of its keys that finds one, None if there is none.

        What another key, tried before, says otherwise is another record. Raises `RowFault` if there are several.
        """
        for place, value in enumerate(row.match):
            if value is None:
                continue
            form = self._form(place, value)
            streams = self._agreeing(row, place, self._holding(place, form))
            streams = streams or self._agreeing(row, place, self._had(place, form))
            if len(streams) > 1:
                raise _several(self._mapping, place, len(streams))
            if streams:
                return _Meant(streams[0], self._of_merged(row, streams[0]))
        return None

    def _agreeing(self, row: RecordRow, place: int, ids: Sequence[bytes]) -> list[Stream]:
        streams = [Stream(self._kind, id_) for id_ in ids]
        return [stream for stream in streams if self._agrees(stream, row, place)] if place else streams

    def _of_merged(self, row: RecordRow, stream: Stream) -> frozenset[str]:
        """Return the keys under which a row says what one had that was merged into the record."""
        return frozenset(
            key.field
            for place, (key, value) in enumerate(zip(self._mapping.match, row.match, strict=True))
            if value is not None and stream.id in self._had(place, self._form(place, value))
        )

    def _had(self, place: int, form: str) -> Sequence[bytes]:
        """Return the ids of those into which records were merged that held a value under one of the keys."""
        return self._merged[place].get(form, ()) if self._merged else ()

    def learn(self, entries: Sequence[Entry]) -> None:
        """Remember by which values the records are found from now on of which this is told."""
        for entry in entries:
            held_now = self._held_now(entry) if entry.stream.kind is self._kind else None
            if held_now is None:
                continue
            id_ = entry.stream.id
            forms = tuple(self._form_held(place, held_now(key.field)) for place, key in enumerate(self._mapping.match))
            self._changed[id_] = forms
            for found, form in zip(self._found, forms, strict=True):
                if form is not None and id_ not in found.setdefault(form, []):
                    found[form].append(id_)

    def _held_now(self, entry: Entry) -> _Reading | None:
        """Return how to read what a record holds if an entry may have changed by which values it is found."""
        names = {key.field for key in self._mapping.match}
        for event in entry.events:
            if isinstance(event, PartyCreated):
                return partial(_given, event.fields)
            if isinstance(event, (FieldsChanged, PartyChanged)) and not names.isdisjoint(event.new):
                return self._state(entry.stream)
        return None

    def _state(self, stream: Stream) -> _Reading:
        """Return how to read what a record holds."""
        if stream.kind is not StreamKind.DEAL:
            return self._work.parties([stream])[stream].fields.get
        deal = self._work.deals([stream.id])[stream.id]
        return {**deal.fields, "number": deal.number}.get

    def _holding(self, place: int, form: str) -> list[bytes]:
        """Return the ids of the records that hold a value now under one of the keys."""
        ids = self._found[place].get(form, ())
        return [id_ for id_ in ids if id_ not in self._changed or self._changed[id_][place] == form]

    def _agrees(self, stream: Stream, row: RecordRow, place: int) -> bool:
        """Tell whether the record holds nothing else under the keys before this one: by them it was not found."""
        holds = self._state(stream)
        return not any(
            row.match[each] is not None and holds(self._mapping.match[each].field) is not None for each in range(place)
        )

    def _form_held(self, place: int, held: Held | None) -> str | None:
        value = self._work.vault_get([held]).get(held) if isinstance(held, VaultRef) else held
        return None if value is None else self._form(place, str(value))

    def _form(self, place: int, value: str) -> str:
        return fold(value) if self._folded[place] else value


def _given(fields: Mapping[str, Kept], name: str) -> Held | None:
    return held(fields.get(name))


def _wins(keep: Keep, held: Held, value: Value) -> bool:
    """Tell whether a value of the file takes the place of one that the record holds."""
    if keep is Keep.THEIRS:
        return True
    if keep is Keep.OURS or type(held) is not type(value):
        return False
    return held < value if keep is Keep.GREATER else value < held  # type: ignore[operator] # of one type, and ordered


def _nobody(mapping: RowImport) -> RowFault:
    key = mapping.match[0]
    return RowFault(
        Text("No record has this value of {field}.", field=key.field),
        Text("Correct the cell, or bring the record in before."),
        column=key.value.column or "",
    )


def _several(mapping: RowImport, place: int, count: int) -> RowFault:
    key = mapping.match[place]
    return RowFault(
        Text(
            "{count} records have this value of {field}: nobody can tell which is meant.", count=count, field=key.field
        ),
        Text("Merge those that are the same, or find it by a surer key."),
        column=key.value.column or "",
    )
