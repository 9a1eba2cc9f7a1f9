"""Values and names as JSON that a program and a person can both read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from voronka.definition.absence import absent, stand_in
from voronka.definition.actions import Action, NotifyAction, SendAction, TaskAction
from voronka.definition.code_words import OPERATOR
from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.funnels import Stage, Variant
from voronka.definition.people import LOCAL_ACTOR, Absences
from voronka.definition.rights import ALL_RIGHTS, Rights
from voronka.definition.row_keys import written_key
from voronka.definition.timed import TimedSource
from voronka.definition.values import from_text, show_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.errors import VoronkaError
from voronka.messages import LANGUAGES, Label, Sentence, Text
from voronka.process.state import Held, PartyState, Stream, StreamKind, VaultRef
from voronka.runtime.words import Json, words
from voronka.storage import Reader

__all__ = ["Shown", "refs_of"]

_KINDS = {FieldType.ACCOUNT: StreamKind.ACCOUNT, FieldType.CONTACT: StreamKind.CONTACT}
_ID = re.compile("[0-9a-f]{32}")


def refs_of(values: Iterable[object]) -> list[VaultRef]:
    """Return the references to personal values among `values`."""
    return [value for value in values if isinstance(value, VaultRef)]


def _doing(action: Action) -> Sentence | None:
    """Return what an action does, as far as it has words of the consultant's own."""
    match action:
        case TaskAction():
            return Text("task “{title}”", title=action.title)
        case SendAction() | NotifyAction():
            return Text("message {template}", template=action.template)
    return None


class Shown:
    """Shows records of one state of the database to whoever has the `rights`; personal values and names of parties
    come from it on demand."""

    def __init__(self, reader: Reader, workspace: Workspace, rights: Rights = ALL_RIGHTS) -> None:
        self.reader = reader
        self.workspace = workspace
        self.rights = rights
        self._vault: dict[VaultRef, str | None] = {}
        self._parties: dict[Stream, PartyState | None] = {}
        self._absences: Absences | None = None

    def load(self, parties: Iterable[Stream], values: Iterable[object] = ()) -> None:
        """Load what many records will ask for, one query a kind."""
        missing = [stream for stream in dict.fromkeys(parties) if stream not in self._parties]
        found = self.reader.parties(missing) if missing else {}
        for stream in missing:
            self._parties[stream] = found.get(stream)
        held = [party.fields.get("name") for party in found.values()]
        refs = [ref for ref in refs_of((*values, *held)) if ref not in self._vault]
        kept = self.reader.vault_get(refs) if refs else {}
        self._vault.update((ref, kept.get(ref)) for ref in refs)

    def plain(self, held: Held | None) -> Json:
        """Return the value itself, a personal one out of the vault; None if it is missing or was erased."""
        if isinstance(held, VaultRef):
            if held not in self._vault:
                self.load((), (held,))
            return self._vault[held]
        return list(held) if isinstance(held, tuple) else held

    def field(self, field: Field, held: Held | None) -> dict[str, Any]:
        """Return a field with its label, its value as it is kept, and as people read it in each language.

        One that a formula gives is marked as `computed`.
        """
        value, shown = self._read(field, held)
        told = {"name": field.name, "label": words(field.label), "value": value, "shown": shown}
        return told if field.formula is None else {**told, "computed": True}

    def _read(self, field: Field, held: Held | None) -> tuple[Json, dict[str, str] | None]:
        """Return a value and its words; one that was kept when the field had another type reads as it is kept."""
        kept = self.plain(held)
        if kept is None:
            return None, None
        try:
            sealed = isinstance(held, VaultRef) and isinstance(kept, str)
            value = self.plain(from_text(field, kept)) if sealed else kept
            return value, self._shown(field, value)
        except (VoronkaError, ValueError, TypeError, OverflowError):
            return kept, {"": str(kept)}

    def fields(
        self, subject: Subject, values: Mapping[str, Held | None], owners: frozenset[str]
    ) -> list[dict[str, Any]]:
        """Return fields of a record of these owners in the order of their declaration, without the hidden ones.

        Those no longer declared stand last, under their names: who might see them is not known any more, so only
        who may see everything does.
        """
        declared = {**BUILT_IN_FIELDS[subject], **self.workspace.fields.get(subject, {})}
        hidden = self.rights.hidden(declared, owners)
        if not self.rights.all:
            hidden |= values.keys() - declared.keys()
        return self.listed(declared, {name: held for name, held in values.items() if name not in hidden})

    def row(
        self,
        collection: str,
        values: Mapping[str, Held | None],
        subject: Subject = Subject.DEALS,
        owners: frozenset[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the columns of a row of a record of these owners likewise; None: of a row that may be seen whole."""
        known = self._collection(collection, subject)
        declared = known.fields if known else {}
        if owners is not None and not self.rights.all:
            shown = declared.keys() - self.rights.hidden(declared, owners)
            values = {name: held for name, held in values.items() if name in shown}
        return self.listed(declared, values)

    def row_key(self, collection: str, key: str, subject: Subject = Subject.DEALS) -> str:
        """Return the key of a row as whoever asks may write it to name the row."""
        known = self._collection(collection, subject)
        return key if known is None else written_key(self.workspace, known, key)

    def collection(self, name: str, subject: Subject) -> dict[str, str]:
        """Return what people call a collection."""
        known = self._collection(name, subject)
        return words(Label.plain(name) if known is None else known.label)

    def _collection(self, name: str, subject: Subject) -> Collection | None:
        return self.workspace.collections.get(subject, {}).get(name) or BUILT_IN_COLLECTIONS.get(name)

    def listed(self, declared: Mapping[str, Field], values: Mapping[str, Held | None]) -> list[dict[str, Any]]:
        """Return the values of the declared fields in their order; others last, under their names."""
        shown = [self.field(field, values[name]) for name, field in declared.items() if name in values]
        for name in sorted(values.keys() - declared.keys()):
            value = self.plain(values[name])
            text = None if value is None else {"": str(value)}
            shown.append({"name": name, "label": {"": name}, "value": value, "shown": text})
        return shown

    def _shown(self, field: Field, value: Any) -> dict[str, str]:  # noqa: ANN401 - any kept value
        kind = _KINDS.get(field.type)
        if kind is not None:
            return {"": self.party_name(Stream(kind, bytes.fromhex(value)))}
        if field.type is FieldType.USER:
            return self._user_label(value)
        return {
            language: show_value(
                field,
                tuple(value) if isinstance(value, list) else value,
                language=language,
                currency=self.workspace.currency,
                timezone=self.workspace.timezone,
            )
            for language in LANGUAGES
        }

    def party_name(self, stream: Stream) -> str:
        """Return the name of an account or a contact; its id if it has none."""
        if stream not in self._parties:
            self.load((stream,))
        party = self._parties[stream]
        name = None if party is None else self.plain(party.fields.get("name"))
        return str(name) if name else stream.id.hex()

    def record_name(self, reference: str) -> str:
        """Return the name of the account or contact whose id it is; of anything else, such as a user, that itself."""
        if not _ID.fullmatch(reference):
            return reference
        streams = [Stream(kind, bytes.fromhex(reference)) for kind in _KINDS.values()]
        self.load(streams)
        return next((name for stream in streams if (name := self.party_name(stream)) != reference), reference)

    def party(self, kind: StreamKind, id_: bytes | None) -> dict[str, str] | None:
        """Return an account or a contact as its id and name."""
        return None if id_ is None else {"id": id_.hex(), "name": self.party_name(Stream(kind, id_))}

    def user(self, name: str) -> dict[str, Any]:
        """Return a user as name and label."""
        return {"name": name, "label": self._user_label(name)}

    def presence(self, user: str | None, now: int) -> dict[str, Any]:
        """Return whether a user is `away` at the moment `now`, and who is their `stand_in` then."""
        if self._absences is None:
            self._absences = self.reader.absences()
        if user is None or not absent(self.workspace, self._absences, user, now):
            return {"away": False, "stand_in": None}
        deputy = stand_in(self.workspace, self._absences, user, now)
        return {"away": True, "stand_in": None if deputy is None else self.user(deputy)}

    def role(self, name: str) -> dict[str, Any]:
        """Return a role as name and label."""
        role = self.workspace.roles.get(name)
        return {"name": name, "label": words(role.label if role else Label.plain(name))}

    def recipient(self, recipient: str) -> dict[str, str]:
        """Return whom a message is for: the name of a contact or a user, as an effect names him."""
        kind, _, name = recipient.partition(":")
        if kind == StreamKind.CONTACT.value:
            return {"": self.party_name(Stream(StreamKind.CONTACT, bytes.fromhex(name)))}
        return self._user_label(name) if name else words(Text("no recipient"))

    def _user_label(self, name: str) -> dict[str, str]:
        user = self.workspace.people.get(name)
        if user is None and name == LOCAL_ACTOR:
            return words(OPERATOR)
        return words(user.label if user else Label.plain(name))

    def funnel(self, name: str) -> dict[str, Any]:
        """Return a funnel as name and label."""
        funnel = self.workspace.funnels.get(name)
        return {"name": name, "label": words(funnel.label if funnel else Label.plain(name))}

    def stage(self, funnel: str, case: str | None, name: str) -> dict[str, Any]:
        """Return a stage as name and label."""
        stage = self._stage(funnel, case, name)
        return {"name": name, "label": words(stage.label if stage else Label.plain(name))}

    def checklist_item(self, funnel: str, case: str | None, stage: str, name: str) -> dict[str, Any]:
        """Return an item of a stage's checklist as name and label."""
        known = self._stage(funnel, case, stage)
        item = known.leave.checklist.get(name) or known.enter.checklist.get(name) if known else None
        return {"name": name, "label": words(item.label if item else Label.plain(name))}

    def way(self, funnel: str, case: str | None, transition: str) -> dict[str, Any]:
        """Return where a transition leads, as name and label."""
        way = next(
            (each.transitions[transition] for each in self._variants(funnel, case) if transition in each.transitions),
            None,
        )
        return self.stage(funnel, case, way.target) if way else {"name": transition, "label": {"": transition}}

    def timed_event(self, funnel: str, case: str | None, name: str) -> dict[str, Any]:
        """Return a timed event as name and label: what was agreed for a stage, else what it does first."""
        variant = next((each for each in self._variants(funnel, case) if name in each.timed), None)
        event = variant.timed[name] if variant else None
        label: Sentence = Label.plain(name)
        if variant is not None and event is not None:
            way = variant.transitions.get(event.transition or "")
            if event.source is TimedSource.SLA:
                label = Text("time agreed for “{stage}”", stage=variant.stages[next(iter(event.stages))].label)
            elif way is not None and way.target in variant.stages:
                label = Text("move to “{stage}”", stage=variant.stages[way.target].label)
            elif (action := next(iter(event.actions), None)) is not None:
                label = _doing(action) or label
        return {"name": name, "label": words(label)}

    def timer_row(self, funnel: str, case: str | None, name: str, key: str) -> str:
        """Return the row that a timer of the timed event is about, as `row_key` tells it."""
        each = next(
            (variant.timed[name].each for variant in self._variants(funnel, case) if name in variant.timed), None
        )
        return key if each is None else self.row_key(each, key)

    def _stage(self, funnel: str, case: str | None, name: str) -> Stage | None:
        return next((each.stages[name] for each in self._variants(funnel, case) if name in each.stages), None)

    def _variants(self, funnel: str, case: str | None) -> Iterator[Variant]:
        """Yield the variants of a funnel, first that of the case, then those that may know what it does not."""
        known = self.workspace.funnels.get(funnel)
        if known is not None:
            yield known.variant(case)
            yield from known.variants.values()
