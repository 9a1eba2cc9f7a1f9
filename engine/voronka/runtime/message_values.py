"""What the templates of messages say: the deal, its account, contact and owner, and the timed event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.people import User
from voronka.definition.values import from_text, show_value
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.messages import Label
from voronka.process.state import DealState, Held, PartyState, Stream, StreamKind, VaultRef
from voronka.storage import Effect, EffectKey, Reader

__all__ = ["MessageFacts", "Said", "message_facts"]

_OFFSET = Field(name="offset", type=FieldType.DURATION, label=Label.plain("offset"))
_MOMENT = Field(name="due", type=FieldType.DATETIME, label=Label.plain("due"))


class Said(str):
    """A value as a message says it: its words, yet as `true` as the value is (“no” and 0 are not), and equal to the
    text that it is `compared` with in expressions: an option, a stage or a funnel to its name, else to the words."""

    __slots__ = ("compared", "true")

    compared: str
    true: bool

    def __new__(cls, words: str, *, true: bool, compared: str) -> Self:
        """Return `words` with what a condition makes of them."""
        said = super().__new__(cls, words)
        said.true = true
        said.compared = compared
        return said

    def __bool__(self) -> bool:
        return self.true

    def __eq__(self, other: object) -> bool:
        return self.compared == (other.compared if isinstance(other, Said) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.compared)


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageFacts:
    """What a message needs: the deal's number, whom it goes to, and the names that a template may say. `names` has
    no missing ones; they read as their words."""

    number: int
    name: str
    address: str
    names: Mapping[str, str]


class _Words:
    """Values in one language; a missing one is None."""

    def __init__(self, workspace: Workspace, vault: Mapping[VaultRef, str], language: str) -> None:
        self._workspace = workspace
        self._vault = vault
        self.language = language

    def value(self, field: Field, held: Held | None) -> Said | None:
        if isinstance(held, VaultRef):
            text = self._vault.get(held)
            held = None if text is None else from_text(field, text)
        if held is None:
            return None
        words = show_value(
            field,
            held,
            language=self.language,
            currency=self._workspace.currency,
            timezone=self._workspace.timezone,
        )
        return Said(words, true=bool(held), compared=str(held) if field.type is FieldType.CHOICE else words)

    def fields(self, subject: Subject, values: Mapping[str, Held]) -> dict[str, str]:
        declared = {**BUILT_IN_FIELDS[subject], **self._workspace.fields.get(subject, {})}
        return _present({name: self.value(declared[name], held) for name, held in values.items() if name in declared})

    def user(self, name: str | None) -> str:
        user: User | None = self._workspace.people.get(name or "")
        return (name or "") if user is None else user.label.render(self.language)


def _present(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def message_facts(reader: Reader, workspace: Workspace, effects: Iterable[Effect]) -> dict[EffectKey, MessageFacts]:
    """Return what each effect's message needs, one query a kind of record for all of them."""
    effects = list(effects)
    deals = reader.deals({effect.key.deal for effect in effects})
    wanted = [party for effect in effects for party in _parties(deals[effect.key.deal], effect)]
    parties = reader.parties(wanted)
    refs = [
        held
        for values in [*(deal.fields for deal in deals.values()), *(party.fields for party in parties.values())]
        for held in values.values()
        if isinstance(held, VaultRef)
    ]
    vault = reader.vault_get(refs)
    return {effect.key: _facts(workspace, vault, effect, deals[effect.key.deal], parties) for effect in effects}


def _parties(deal: DealState, effect: Effect) -> list[Stream]:
    found = [
        Stream(kind, id_)
        for kind, id_ in ((StreamKind.ACCOUNT, deal.account), (StreamKind.CONTACT, deal.contact))
        if id_ is not None
    ]
    recipient = _contact(effect)
    return [*found, recipient] if recipient is not None else found


def _contact(effect: Effect) -> Stream | None:
    kind, _, who = effect.recipient.partition(":")
    return Stream(StreamKind.CONTACT, bytes.fromhex(who)) if kind == "contact" and who else None


def _facts(
    workspace: Workspace,
    vault: Mapping[VaultRef, str],
    effect: Effect,
    deal: DealState,
    parties: Mapping[Stream, PartyState],
) -> MessageFacts:
    words = _Words(workspace, vault, effect.locale or workspace.locale)
    names = words.fields(Subject.DEALS, deal.fields)
    names |= _built_in(workspace, words, deal)
    for word, kind, subject, id_ in (
        ("account", StreamKind.ACCOUNT, Subject.ACCOUNTS, deal.account),
        ("contact", StreamKind.CONTACT, Subject.CONTACTS, deal.contact),
    ):
        party = parties.get(Stream(kind, id_)) if id_ is not None else None
        if party is not None:
            names |= {f"{word}.{name}": text for name, text in words.fields(subject, party.fields).items()}
            names[word] = names.get(f"{word}.name", "")
    names |= _occasion(words, effect)
    recipient = _contact(effect)
    if recipient is None:
        user = effect.recipient.partition(":")[2]
        return MessageFacts(number=deal.number, name=words.user(user), address=user, names=names)
    contact = parties.get(recipient)
    said = {} if contact is None else words.fields(Subject.CONTACTS, contact.fields)
    address = said.get("email") or said.get("phone") or ""
    return MessageFacts(number=deal.number, name=said.get("name", ""), address=address, names=names)


def _built_in(workspace: Workspace, words: _Words, deal: DealState) -> dict[str, str]:
    funnel = workspace.funnels.get(deal.funnel)
    stage = funnel.variant(deal.case).stages.get(deal.stage) if funnel else None
    owner = words.user(deal.owner)
    moments = {
        "created_at": deal.created_at,
        "entered_at": deal.entered_at,
        "closed_at": deal.closed_at,
        "last_interaction_at": deal.last_interaction_at,
    }
    return {
        "deal.number": str(deal.number),
        "number": str(deal.number),
        "funnel": Said(funnel.label.render(words.language) if funnel else deal.funnel, true=True, compared=deal.funnel),
        "stage": Said(stage.label.render(words.language) if stage else deal.stage, true=True, compared=deal.stage),
        "owner": owner,
        "owner.name": owner,
        **_present({name: words.value(_MOMENT, moment) for name, moment in moments.items()}),
    }


def _occasion(words: _Words, effect: Effect) -> dict[str, str]:
    """Return what the timed event or the notice that asked for the message tells."""
    timed = effect.body.get("timed") or {}
    notice = effect.body.get("notice") or {}
    names = {f"notice.{name}": str(value) for name, value in notice.items()}
    if timed:
        names["timed.name"] = str(timed.get("name", ""))
        names |= _present(
            {
                "timed.offset": words.value(_OFFSET, timed.get("offset")),
                "timed.due": words.value(_MOMENT, timed.get("due")),
            }
        )
    return names
