"""Personal values are sealed before anything is decided: a decision and its history see references only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from voronka.definition.fields import Field, Subject
from voronka.definition.values import ValueFault, as_text, take_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.process.checklist import is_link
from voronka.process.commands import (
    Command,
    CreateDeal,
    CreateParty,
    Envelope,
    Given,
    ImportHistory,
    LogInteraction,
    MoveDeal,
    ProcessNote,
    PutRow,
    Sealed,
    SetFields,
    SetParty,
    TickItem,
)
from voronka.process.state import DealState, Held, PartyState, State, Stream, StreamKind, VaultRef
from voronka.storage import Sealings, UnitOfWork

__all__ = ["Sealing"]

_SUBJECTS = {
    StreamKind.DEAL: Subject.DEALS,
    StreamKind.ACCOUNT: Subject.ACCOUNTS,
    StreamKind.CONTACT: Subject.CONTACTS,
}
_NOTHING: Mapping[str, Held] = {}
_NO_FIELDS: Mapping[str, Field] = {}
_Record = TypeVar("_Record")


def _personal(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    return {name: field for name, field in fields.items() if field.pii}


class Sealing:
    """Seals the personal values of commands. One per workspace definition: what is personal is worked out once."""

    def __init__(self, workspace: Workspace) -> None:
        self._fields = {
            kind: _personal({**BUILT_IN_FIELDS[subject], **workspace.fields.get(subject, {})})
            for kind, subject in _SUBJECTS.items()
        }
        collections = {
            (kind, name): collection
            for kind, subject in _SUBJECTS.items()
            for name, collection in {
                **(BUILT_IN_COLLECTIONS if kind is StreamKind.DEAL else {}),
                **workspace.collections.get(subject, {}),
            }.items()
        }
        self._columns = {name: _personal(collection.fields) for name, collection in collections.items()}
        self._keys = {name: collection.key for name, collection in collections.items() if collection.key is not None}

    def seal(
        self, work: UnitOfWork, sealings: Sealings, envelope: Envelope, states: Mapping[Stream, State | None]
    ) -> Envelope:
        """Return the envelope with each personal value among the `sealings` and its seal in its place.

        A value that the record holds already keeps its reference, so that setting it again is no change.
        """
        stream = envelope.stream
        state = states.get(stream)
        vault = _Vault(work, sealings, stream, state)
        command = _with_evidence(vault, self._sealed(vault, stream.kind, envelope.command))
        return envelope if command is envelope.command else replace(envelope, command=command)

    def _sealed(self, vault: _Vault, kind: StreamKind, command: Command) -> Command:
        fields = self._fields.get(kind, _NO_FIELDS)
        match command:
            case CreateDeal():
                return _with(command, "fields", vault.replaced(command.fields, fields, vault.owner(command.contact)))
            case SetFields() | SetParty() | ProcessNote():
                return _with(command, "values", vault.replaced(command.values, fields, vault.owner_by(command.values)))
            case CreateParty():
                return _with(command, "fields", vault.replaced(command.fields, fields, vault.owner()))
            case MoveDeal():
                return self._move(vault, fields, command)
            case LogInteraction():
                return _with(command, "values", self._interaction(vault, command.values))
            case PutRow():
                columns = self._columns.get((kind, command.collection), _NO_FIELDS)
                if columns.keys().isdisjoint(command.values):
                    return command
                key = command.values.get(self._keys.get((kind, command.collection), ""), command.key)
                known = vault.row(command.collection, key)
                return _with(command, "values", vault.replaced(command.values, columns, vault.owner(), known=known))
            case TickItem(evidence=str() as evidence):
                return self._tick(vault, command, evidence.strip())
            case ImportHistory():
                return self._import(vault, fields, command)
        return command

    def _tick(self, vault: _Vault, command: TickItem, evidence: str) -> TickItem:
        if not evidence:
            return replace(command, evidence=None)
        return replace(command, evidence=vault.put("evidence", evidence, vault.owner()), is_link=is_link(evidence))

    def _move(self, vault: _Vault, fields: Mapping[str, Field], command: MoveDeal) -> MoveDeal:
        owner = vault.owner_by(command.set)
        reason = command.override
        if isinstance(reason, str) and reason.strip():
            command = replace(command, override=vault.put("override", reason.strip(), owner))
        return _with(command, "set", vault.replaced(command.set, fields, owner))

    def _interaction(
        self, vault: _Vault, values: Mapping[str, Given], contact: bytes | None = None
    ) -> Mapping[str, Given]:
        columns = self._columns[StreamKind.DEAL, "interactions"]
        return vault.replaced(values, columns, vault.owner_by(values, contact), known=_NOTHING)

    def _import(self, vault: _Vault, fields: Mapping[str, Field], command: ImportHistory) -> ImportHistory:
        create = command.create
        if create is not None:
            create = _with(create, "fields", vault.replaced(create.fields, fields, vault.owner(create.contact)))
        contact = None if create is None else create.contact
        rows = tuple(
            _with(
                _with(row, "set", vault.replaced(row.set, fields, vault.owner_by(row.set, contact))),
                "interaction",
                None if row.interaction is None else self._interaction(vault, row.interaction, contact),
            )
            for row in command.rows
        )
        if create is command.create and all(new is old for new, old in zip(rows, command.rows, strict=True)):
            return command
        return replace(command, create=create, rows=rows)


class _Vault:
    """The vault as one command sees it."""

    def __init__(self, work: UnitOfWork, sealings: Sealings, stream: Stream, state: State | None) -> None:
        self._work = work
        self._sealings = sealings
        self._stream = stream
        self._state = state

    def owner(self, contact: bytes | None = None) -> bytes:
        """Return whose the values are: the contact's they are about, else the record's own."""
        if contact is not None:
            return contact
        if isinstance(self._state, DealState) and self._state.contact is not None:
            return self._state.contact
        return self._stream.id

    def owner_by(self, values: Mapping[str, Given], otherwise: bytes | None = None) -> bytes:
        """Return whose `values` are that may name a contact themselves; `otherwise`: the contact if they name none."""
        if self._stream.kind is not StreamKind.DEAL or "contact" not in values:
            return self.owner(otherwise)
        contact = values["contact"]
        return bytes.fromhex(contact) if isinstance(contact, str) else self._stream.id

    def row(self, collection: str, key: object) -> Mapping[str, Held | None]:
        """Return the values of a row of the record; nothing for one that is not there yet."""
        if key is None:
            return _NOTHING
        return self._work.rows(collection, [self._stream])[self._stream].get(str(key), _NOTHING)

    def replaced(
        self,
        values: Mapping[str, Given],
        personal: Mapping[str, Field],
        owner: bytes,
        known: Mapping[str, Held | None] | None = None,
    ) -> Mapping[str, Given]:
        """Return `values` with the personal ones sealed; the same mapping if none is personal.

        What does not fit its field stays as it is and is refused by the decision: a seal hides it from every check.
        """
        wanted = sorted(personal.keys() & values.keys())
        if not wanted:
            return values
        if known is None:
            known = self._state.fields if isinstance(self._state, (DealState, PartyState)) else _NOTHING
        sealed = dict(values)
        for name in wanted:
            value = values[name]
            if isinstance(value, VaultRef):  # copied from another record: kept anew, for whom it is about here
                text = self._work.vault_get([value]).get(value)
            elif value is None or isinstance(value, Sealed):
                continue
            else:
                try:
                    text = as_text(take_value(personal[name], value))
                except ValueFault:
                    continue
            sealed[name] = (
                None if text is None else self._kept(known.get(name), text, owner) or self.put(name, text, owner)
            )
        return sealed

    def put(self, name: str, value: str, owner: bytes) -> Sealed:
        """Seal a value under a reference that was never used."""
        return self._sealings.seal(owner, name, value, match=self._stream.kind is StreamKind.CONTACT)

    def _kept(self, held: Held | None, value: str, owner: bytes) -> Sealed | None:
        if not isinstance(held, VaultRef) or held.subject != owner or self._work.vault_get([held]).get(held) != value:
            return None
        return self._work.vault_seal(held)


def _with_evidence(vault: _Vault, command: Command) -> Command:
    """Return the command with the evidence for its values sealed: it may name a person."""
    if not isinstance(command, (CreateDeal, CreateParty, SetFields, SetParty)):
        return command
    evidence = command.origin.evidence
    if not isinstance(evidence, str):
        return command
    text = evidence.strip()
    sealed = vault.put("evidence", text, vault.owner()) if text else None
    return replace(command, origin=replace(command.origin, evidence=sealed))


def _with(record: _Record, name: str, value: object) -> _Record:
    """Return the frozen `record` with one part replaced; the same one if the part is the same."""
    return record if getattr(record, name) is value else replace(record, **{name: value})  # type: ignore[type-var] # all of them are dataclasses
