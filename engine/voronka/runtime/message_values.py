"""What the templates of messages say: the deal, its account, contact and owner, and the timed event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Self

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.guarded import counts_from
from voronka.definition.people import User
from voronka.definition.rights import rights_of
from voronka.definition.templates import SAID_OF_DEAL, SAID_OF_TIMED, said_of
from voronka.definition.values import ValueFault, from_text, show_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.state import DealState, Held, PartyState, Stream, StreamKind, VaultRef
from voronka.process.step import Row
from voronka.runtime.plugin_reasons import PluginReasons
from voronka.runtime.sending_hours import Hours, sending_hours
from voronka.runtime.viewer import hidden_names
from voronka.storage import WORKSPACE, Effect, EffectKey, Reader

__all__ = ["MessageFacts", "Said", "message_facts"]

_RECORDS = {FieldType.ACCOUNT: StreamKind.ACCOUNT, FieldType.CONTACT: StreamKind.CONTACT}
_SUBJECTS = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}


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


@frozen
class MessageFacts:
    """What a message needs: the deal's number, whom it goes to, and the names that a template may say.

    `address` is empty if the channel's is not known. `names` has no missing ones; they read as their words. `hours`:
    those in all of which it may leave. `personal`: the texts out of the vault that are among the names.
    """

    number: int
    name: str
    address: str
    names: Mapping[str, str]
    hours: tuple[Hours, ...] = ()
    personal: frozenset[str] = frozenset()


class _Words:
    """Values in one language; a missing one is None. `personal`: those that came out of the vault."""

    def __init__(
        self,
        workspace: Workspace,
        vault: Mapping[VaultRef, str],
        parties: Mapping[Stream, PartyState],
        language: str,
    ) -> None:
        self._workspace = workspace
        self._vault = vault
        self._parties = parties
        self.language = language
        self.personal: set[str] = set()

    def value(self, field: Field, held: Held | None) -> Said | None:
        kept = _opened(field, held, self._vault)
        if kept is None:
            return None
        words = self._shown(field, kept)
        if words is None:
            return None
        if isinstance(held, VaultRef):
            self.personal |= {words, self._vault[held]} - {""}
        return Said(words, true=bool(kept), compared=str(kept) if field.type is FieldType.CHOICE else words)

    def all(self, fields: Mapping[str, Field], values: Mapping[str, Held | None]) -> dict[str, str]:
        """Return the words of those `fields` that have a value, by name."""
        said = {name: self.value(fields[name], held) for name, held in values.items() if name in fields}
        return {name: words for name, words in said.items() if words is not None}

    def _shown(self, field: Field, kept: Value) -> str | None:
        if field.type is FieldType.USER:
            return self.user(str(kept))
        stream = _record(field, kept)
        if stream is not None:
            return self.party(stream)
        return show_value(
            field,
            kept,
            language=self.language,
            currency=self._workspace.currency,
            timezone=self._workspace.timezone,
        )

    def party(self, stream: Stream) -> str | None:
        """Return the name of an account or a contact."""
        party = self._parties.get(stream)
        name = BUILT_IN_FIELDS[_SUBJECTS[stream.kind]]["name"]
        return None if party is None else self.value(name, party.fields.get("name"))

    def user(self, name: str) -> str:
        user: User | None = self._workspace.people.get(name)
        return name if user is None else user.label.render(self.language)


def _opened(field: Field, held: Held | None, vault: Mapping[VaultRef, str]) -> Value | None:
    """Return a value as it is kept, a personal one out of the vault; one that the field cannot be reads as missing."""
    if not isinstance(held, VaultRef):
        return held
    text = vault.get(held)
    try:
        return None if text is None else from_text(field.unbounded, text)
    except ValueFault:
        return None


def _record(field: Field, kept: Value) -> Stream | None:
    """Return the account or the contact that a value names."""
    kind = _RECORDS.get(field.type)
    return Stream(kind, bytes.fromhex(kept)) if kind is not None and isinstance(kept, str) else None


class _Records:
    """The accounts and contacts of which messages speak, and the personal values in them and in the deals."""

    def __init__(self, reader: Reader, workspace: Workspace) -> None:
        self._reader = reader
        self._declared = workspace.fields
        self.said = said_of(workspace.fields)
        self.vault: dict[VaultRef, str] = {}
        self.parties: dict[Stream, PartyState] = {}

    def load(self, streams: Set[Stream]) -> None:
        """Load accounts and contacts."""
        if missing := streams - self.parties.keys():
            new = self._reader.parties(missing)
            self.parties |= new
            self.unseal(party.fields for party in new.values())

    def unseal(self, records: Iterable[Mapping[str, Held | None]]) -> None:
        """Take the personal values of records out of the vault."""
        refs = [held for values in records for held in values.values() if isinstance(held, VaultRef)]
        if refs:
            self.vault |= self._reader.vault_get(refs)

    def named(self, subject: Subject, values: Mapping[str, Held]) -> set[Stream]:
        """Return the accounts and contacts that the fields of a record name."""
        return self.held_in({**BUILT_IN_FIELDS[subject], **self._declared.get(subject, {})}, values)

    def held_in(self, declared: Mapping[str, Field], values: Mapping[str, Held | None]) -> set[Stream]:
        """Return the accounts and contacts that values of the `declared` fields name."""
        found = set()
        for name in values.keys() & declared.keys():
            kept = _opened(declared[name], values[name], self.vault)
            stream = None if kept is None else _record(declared[name], kept)
            if stream is not None:
                found.add(stream)
        return found


def message_facts(reader: Reader, workspace: Workspace, effects: Iterable[Effect]) -> dict[EffectKey, MessageFacts]:
    """Return what each effect's message needs, a few queries for all of them."""
    given = list(effects)
    effects = [effect for effect in given if effect.key.deal != WORKSPACE.id]
    deals = reader.deals({effect.key.deal for effect in effects})
    records = _Records(reader, workspace)
    records.unseal(deal.fields for deal in deals.values())
    rows = _rows(reader, effects)
    records.unseal(row for row in rows.values())
    own = {stream for deal in deals.values() for _, stream in _parties(deal)}
    records.load(
        own
        | {contact for effect in effects if (contact := _contact(effect)) is not None}
        | {stream for deal in deals.values() for stream in records.named(Subject.DEALS, deal.fields)}
        | {
            stream
            for effect in effects
            if (row := rows.get(effect.key)) is not None
            for stream in records.held_in(_columns(workspace, effect), row)
        }
    )
    # What their fields name is told by its own name, so here it ends.
    records.load(
        {
            stream
            for each in own & records.parties.keys()
            for stream in records.named(_SUBJECTS[each.kind], records.parties[each].fields)
        }
    )
    absences = reader.absences()

    def hidden(effect: Effect) -> frozenset[str]:
        kind, _, user = effect.recipient.partition(":")
        if kind != "user":
            return frozenset()
        rights = rights_of(workspace, absences, user, effect.at)
        return hidden_names(reader, workspace, rights, deals[effect.key.deal])

    # Of another release than its own it is not looked up what it declared: then nothing is open.
    reasons = PluginReasons(reader, lambda release: workspace if release == workspace.release else None)

    def of_deal(effect: Effect) -> MessageFacts:
        veiled = hidden(effect)
        open_ = reasons.open_notice(effect, veiled)
        return _facts(workspace, records, open_, deals[effect.key.deal], rows.get(effect.key, {}), veiled)

    return {
        effect.key: _of_workspace(workspace, effect) if effect.key.deal == WORKSPACE.id else of_deal(effect)
        for effect in given
    }


def _of_workspace(workspace: Workspace, effect: Effect) -> MessageFacts:
    """Return what a message says that is about no deal: it goes to a user, and its occasion is all it tells."""
    words = _Words(workspace, {}, {}, effect.locale or workspace.locale)
    user = effect.recipient.partition(":")[2]
    channel = workspace.channels.get(effect.channel)
    where = None if channel is None else channel.address
    address = user if where is None else _addresses(workspace, user).get(where, "")
    return MessageFacts(number=0, name=words.user(user), address=address, names=_occasion(words, effect))


def _rows(reader: Reader, effects: Iterable[Effect]) -> dict[EffectKey, Row]:
    """Return, by effect, the row for which a timed event asked for the message; one that was removed says nothing."""
    asked: dict[str, dict[EffectKey, str]] = {}
    for effect in effects:
        timed = effect.body.get("timed") or {}
        if "each" in timed:
            asked.setdefault(timed["each"], {})[effect.key] = timed["row"]
    found = {}
    for collection, keys in asked.items():
        rows = reader.rows(collection, {Stream(StreamKind.DEAL, key.deal) for key in keys})
        for key, row in keys.items():
            found[key] = rows[Stream(StreamKind.DEAL, key.deal)].get(row, {})
    return found


def _columns(workspace: Workspace, effect: Effect) -> Mapping[str, Field]:
    """Return the fields of the collection whose row a message speaks of."""
    name = (effect.body.get("timed") or {}).get("each", "")
    collection = workspace.collections.get(Subject.DEALS, {}).get(name) or BUILT_IN_COLLECTIONS.get(name)
    return {} if collection is None else collection.fields


def _parties(deal: DealState) -> Iterator[tuple[str, Stream]]:
    """Yield the deal's account and contact by the words for them."""
    if deal.account is not None:
        yield "account", Stream(StreamKind.ACCOUNT, deal.account)
    if deal.contact is not None:
        yield "contact", Stream(StreamKind.CONTACT, deal.contact)


def _contact(effect: Effect) -> Stream | None:
    kind, _, who = effect.recipient.partition(":")
    return Stream(StreamKind.CONTACT, bytes.fromhex(who)) if kind == "contact" and who else None


def _facts(
    workspace: Workspace, records: _Records, effect: Effect, deal: DealState, row: Row, hidden: frozenset[str]
) -> MessageFacts:
    """Return what a message says; what is `hidden` from its reader reads as missing."""
    words = _Words(workspace, records.vault, records.parties, effect.locale or workspace.locale)
    said = {**records.said, **_where(workspace, deal)}
    held = {**deal.fields, **_of_deal(words, deal)}
    for word, stream in _parties(deal):
        party = records.parties.get(stream)
        held[word] = stream.id.hex()
        held |= {f"{word}.{name}": value for name, value in (party.fields if party is not None else {}).items()}
    held = {name: value for name, value in held.items() if name not in hidden}
    names = words.all(said, held) | _occasion(words, effect)
    timed = effect.body.get("timed") or {}
    if "name" in timed and counts_from(workspace, deal.funnel, timed["name"], hidden):
        names.pop("timed.due", None)
    each = timed.get("each")
    told = {name: value for name, value in row.items() if f"{each}.{name}" not in hidden}
    names |= {f"row.{name}": value for name, value in words.all(_columns(workspace, effect), told).items()}
    hours = sending_hours(workspace, effect, deal, records.parties)
    recipient = _contact(effect)
    channel = workspace.channels.get(effect.channel)
    where = None if channel is None else channel.address
    if recipient is None:
        user = effect.recipient.partition(":")[2]
        address = user if where is None else _addresses(workspace, user).get(where, "")
        return MessageFacts(
            number=deal.number,
            name=words.user(user),
            address=address,
            names=names,
            hours=hours,
            personal=frozenset(words.personal),
        )
    contact = records.parties.get(recipient)
    declared = {**BUILT_IN_FIELDS[Subject.CONTACTS], **workspace.fields.get(Subject.CONTACTS, {})}
    fields = {} if contact is None else words.all(declared, contact.fields)
    address = (fields.get("email") or fields.get("phone") if where is None else fields.get(where)) or ""
    if contact is not None and where is not None and isinstance(number := contact.fields.get(where), int):
        address = str(number)  # not with the blanks by which people read a number
    name = fields.get("name", "")
    return MessageFacts(
        number=deal.number, name=name, address=address, names=names, hours=hours, personal=frozenset(words.personal)
    )


def _addresses(workspace: Workspace, user: str) -> Mapping[str, str]:
    return workspace.people[user].addresses if user in workspace.people else {}


def _where(workspace: Workspace, deal: DealState) -> dict[str, Field]:
    """Return funnel and stage as fields with the labels of where the deal stands."""
    funnel = workspace.funnels.get(deal.funnel)
    stage = funnel.variant(deal.case).stages.get(deal.stage) if funnel else None
    labels = {"funnel": (deal.funnel, funnel and funnel.label), "stage": (deal.stage, stage and stage.label)}
    return {
        name: replace(SAID_OF_DEAL[name], options={option: label} if label else {})
        for name, (option, label) in labels.items()
    }


def _of_deal(words: _Words, deal: DealState) -> dict[str, Held]:
    """Return what is known of a deal without anybody setting it, and its owner."""
    kept: dict[str, Held | None] = {
        "closed_at": deal.closed_at,
        "created_at": deal.created_at,
        "deal.number": str(deal.number),
        "entered_at": deal.entered_at,
        "funnel": deal.funnel,
        "last_interaction_at": deal.created_at if deal.last_interaction_at is None else deal.last_interaction_at,
        "number": str(deal.number),
        "owner": deal.owner,
        "owner.name": None if deal.owner is None else words.user(deal.owner),
        "stage": deal.stage,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _occasion(words: _Words, effect: Effect) -> dict[str, str]:
    """Return what the timed event or the notice that asked for the message tells."""
    timed = effect.body.get("timed") or {}
    notice = effect.body.get("notice") or {}
    names = {f"notice.{name}": str(value) for name, value in notice.items()}
    return names | words.all(SAID_OF_TIMED, {f"timed.{name}": value for name, value in timed.items()})
