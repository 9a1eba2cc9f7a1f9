"""What a new configuration takes away although it is in use: stages and what they mean, cases, fields, rows, users,
the currency, and what waits needs: templates and channels of messages, fields of stopped moves, funnels and fields of
commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import TypeVar

from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.funnels import Stage
from voronka.definition.values import still_fits
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.process.commands import Command, CreateDeal, Sealed, SetParty
from voronka.process.events import action_of
from voronka.process.state import DealState, Held, Stream, StreamKind, VaultRef
from voronka.runtime.conflict_sentences import REMEDIES, SENTENCES
from voronka.runtime.former_values import IN_OWN_UNITS, count_former_values, form_of
from voronka.runtime.waiting_answers import WaitingAnswer, waiting_answers
from voronka.storage import DealFilter, Reader

__all__ = ["Conflict", "conflicts"]

_CHUNK = 1_000
_PARTIES = {Subject.ACCOUNTS: StreamKind.ACCOUNT, Subject.CONTACTS: StreamKind.CONTACT}

_Declared = TypeVar("_Declared")
# A change of declarations: the old one and the new one, None where it is gone.
_Fields = Mapping[str, tuple[Field, Field | None]]
_Records = Mapping[Stream, Mapping[str, Held]]
_Uses = Counter[tuple[str, str, str]]
"""How many use what is taken away: by the funnel it is taken from ("" for none), what it is, and its name."""


@frozen
class Conflict:
    """One thing that is taken away. `told`: what it is and how many use it; `remedy`: what ends that, as an order.

    `kind` and `names` say what it is, for whoever looks for the place where it was written; empty: unknown.
    """

    told: Text
    remedy: Text
    kind: str = ""
    names: tuple[str, ...] = ()

    @property
    def reason(self) -> Text:
        """Why the configuration does not come into force."""
        return Text("The new configuration takes away what is in use: {first}", first=self.told)

    @property
    def way_out(self) -> Text:
        """What is to be done about it."""
        return Text("Put it back, or first {step}. Until then the old configuration runs on.", step=self.remedy)


@frozen(kw_only=False)
class _Change:
    """What becomes otherwise for one kind of record: fields, and the columns of collections (None: it is gone)."""

    fields: _Fields
    collections: Mapping[str, _Fields | None] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    """Collections whose rows are known by another column: those that are there keep the names they have."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.collections)


def _change(
    fields: Mapping[str, Field],
    new_fields: Mapping[str, Field],
    collections: Mapping[str, Collection],
    new_collections: Mapping[str, Collection],
) -> _Change:
    return _Change(
        _changed_fields(fields, new_fields),
        _changed_collections(collections, new_collections),
        frozenset(
            name
            for name, before in collections.items()
            if name in new_collections and new_collections[name].key != before.key
        ),
    )


def conflicts(reader: Reader, old: Workspace | None, new: Workspace) -> tuple[Conflict, ...]:
    """Return what `new` takes away although open deals, accounts, contacts or messages use it, each with how many do.

    Of closed deals those are counted whose values are of another type: conditions could not read them any more.
    Money is kept as a number of minor units, so another currency would change every amount, those of closed deals too.
    Without `old` the values of fields and the rows of collections are not looked at.
    """
    uses: _Uses = Counter()
    for (funnel, case, stage), count in reader.open_deals().items():
        for lost in _lost(new, funnel, case, stage):
            uses[(funnel, *lost)] += count
    _count_messages(reader, new, uses)
    _count_queued(reader, old, new, uses)
    if old is not None:
        _count_deals(reader, old, new, uses)
        _count_parties(reader, old, new, uses)
        _count_owned(reader, old, new, uses)
        _count_outcomes(reader, old, new, uses)
        uses.update(count_former_values(reader, old, new))
        if old.currency != new.currency:
            _count_money(reader, old, uses)
    return tuple(
        Conflict(
            told=SENTENCES[kind](where, name, count),
            remedy=REMEDIES[kind],
            kind=kind,
            names=tuple(filter(None, (name, where))),
        )
        for (where, kind, name), count in sorted(uses.items())
        if count
    )


def _lost(new: Workspace, funnel: str, case: str | None, stage: str) -> Iterator[tuple[str, str]]:
    """Yield what a deal of a case and in a stage no longer has."""
    known = new.funnels.get(funnel)
    if known is None:
        yield "funnel", funnel
        return
    variant = known.variants.get(case)
    if variant is None:
        yield "case", case or ""
        if all(stage not in each.stages and stage not in each.moves for each in known.variants.values()):
            yield "stage", stage
    elif stage not in variant.stages and stage not in variant.moves:
        yield "stage", stage


def _count_messages(reader: Reader, new: Workspace, uses: _Uses) -> None:
    """Count the messages that could not leave any more. One that was tried has its words already.

    Actions of plugins carry all they need, and are no part of the configuration: none is lost by a new one.
    """
    for (channel, template), (number, untried) in reader.waiting_effects().items():
        if action_of(channel) is not None:
            continue
        if channel not in new.channels:
            uses["", "channel", channel] += number
        if template not in new.templates and untried:
            uses["", "template", template] += untried


def _count_deals(reader: Reader, old: Workspace, new: Workspace, uses: _Uses) -> None:
    for name, before in old.funnels.items():
        after = new.funnels.get(name)
        if after is None:
            continue  # told as a whole
        change = _change(
            _some(old.fields, before.fields),
            _some(new.fields, after.fields),
            _some(old.collections, before.collections),
            _some(new.collections, after.collections),
        )
        if change:
            for records in _deals(reader, DealFilter(funnel=name, open=True)):
                _count(reader, change, records, uses, funnel=name)
        changed = {**change.fields, **_linked(old, new)}
        if changed:
            for deal in _live(reader, name):
                for stopped in deal.stopped.values():
                    uses.update((name, "stopped", lost) for lost, _ in _misfits(changed, stopped.set))


def _linked(old: Workspace, new: Workspace) -> dict[str, tuple[Field, Field | None]]:
    """Return the changed fields of accounts and contacts by the names deals have for them: ``account.turnover``."""
    return {
        f"{kind.value}.{name}": change
        for subject, kind in _PARTIES.items()
        for name, change in _changed_fields(old.fields.get(subject, {}), new.fields.get(subject, {})).items()
    }


def _live(reader: Reader, funnel: str | None = None) -> Iterator[DealState]:
    """Yield the deals that go over to a new release."""
    ids = reader.deal_ids(DealFilter(funnel=funnel, live=True))
    for start in range(0, len(ids), _CHUNK):
        yield from reader.deals(ids[start : start + _CHUNK]).values()


def _count_queued(reader: Reader, old: Workspace | None, new: Workspace, uses: _Uses) -> None:
    """Count the commands that entries queued and that could not be carried out any more."""
    for command, target in _queued(reader):
        if isinstance(command, CreateDeal):
            if not command.funnel and not new.routing:
                uses["", "queued.routed", ""] += 1
                continue
            if command.funnel and command.funnel not in new.funnels:
                uses["", "queued", command.funnel] += 1
                continue
            values: Mapping[str, object] = command.fields
        elif isinstance(command, SetParty):
            values = command.values
        else:
            continue
        if old is not None:
            changed = _changed_fields(_settable(old, command, target), _settable(new, command, target))
            uses.update(("", "queued.field", name) for name, _ in _misfits(changed, values))
    if old is not None:
        for answer in waiting_answers(reader):
            _count_answer(answer, old, new, uses)


def _count_answer(answer: WaitingAnswer, old: Workspace, new: Workspace, uses: _Uses) -> None:
    """Count what an answer of an action, that waits, is to set or where it is to move its deal."""
    name, case = answer.deal.funnel, answer.deal.case
    before, after = old.funnels.get(name), new.funnels.get(name)
    if before is None or after is None:
        return  # told as a whole
    fields = _some(old.fields, before.fields)
    changed = _changed_fields(fields, _some(new.fields, after.fields))
    uses.update(("", "queued.field", lost) for lost, _ in _misfits(changed, answer.values(fields, old)))
    known, knows = before.variants.get(case), after.variants.get(case)
    to = answer.to
    if known and knows and to is not None and to in known.stages and to not in knows.stages:
        uses[name, "queued.stage", to] += 1


def _settable(workspace: Workspace, command: CreateDeal | SetParty, target: StreamKind) -> Mapping[str, Field]:
    """Return the fields that a command may set in what it makes or changes."""
    if isinstance(command, SetParty):
        return _fields_of(workspace, next(each for each, kind in _PARTIES.items() if kind is target))
    names = {command.funnel} if command.funnel else {entry.funnel for entry in workspace.routing}
    funnels = [workspace.funnels[name] for name in sorted(names & workspace.funnels.keys())]
    return _some(workspace.fields, {field: None for funnel in funnels for field in funnel.fields})


def _fields_of(workspace: Workspace, subject: Subject) -> Mapping[str, Field]:
    """Return the fields of accounts or contacts; what a set says of a built-in one goes without its values."""
    return {**BUILT_IN_FIELDS[subject], **workspace.fields.get(subject, {})}


def _queued(reader: Reader) -> Iterator[tuple[Command, StreamKind]]:
    keys = reader.queued_keys(reader.queue_length())
    for start in range(0, len(keys), _CHUNK):
        for queued in reader.queued(keys[start : start + _CHUNK]):
            if isinstance(queued.command, Command):
                yield queued.command, queued.target.kind


def _some(declared: Mapping[Subject, Mapping[str, _Declared]], names: Iterable[str]) -> dict[str, _Declared]:
    of_deals = declared.get(Subject.DEALS, {})
    return {name: of_deals[name] for name in names if name in of_deals}


def _count_parties(reader: Reader, old: Workspace, new: Workspace, uses: _Uses) -> None:
    for subject, kind in _PARTIES.items():
        change = _change(
            _fields_of(old, subject),
            _fields_of(new, subject),
            old.collections.get(subject, {}),
            new.collections.get(subject, {}),
        )
        if change:
            for records in _parties(reader, kind):
                _count(reader, change, records, uses, subject=f"{subject}.")


def _count_owned(reader: Reader, old: Workspace, new: Workspace, uses: _Uses) -> None:
    """Count the open deals of people who are no users any more; those known from imports stay known."""
    for name in sorted(old.people.keys() - new.people.keys() - reader.users().keys()):
        if owned := len(reader.deal_ids(DealFilter(owner=name, open=True))):
            uses["", "user", name] += owned


def _count_outcomes(reader: Reader, old: Workspace, new: Workspace, uses: _Uses) -> None:
    """Count the deals in stages that mean another outcome now, or none: a release neither closes nor reopens a deal.

    An open deal of a stage that is gone comes where `moves` of its case says; a closed one stays.
    """
    changed: dict[str, set[str]] = {}
    for name, funnel in old.funnels.items():
        for case, variant in funnel.variants.items():
            for stage, before in variant.stages.items():
                after = _stage(new, name, case, stage, outcome=before.outcome)
                if after is not None and after.outcome is not before.outcome:
                    changed.setdefault(name, set()).add(stage)
    if not changed:
        return
    for (name, case, place, outcome), count in reader.outcomes(changed).items():
        after = _stage(new, name, case, place, outcome=outcome)
        if after is not None and after.outcome != outcome:
            uses[name, "outcome", place] += count


def _stage(
    workspace: Workspace, funnel: str, case: str | None, stage: str, *, outcome: str | None = None
) -> Stage | None:
    """Return where a deal of a stage and with an `outcome` stands under a release; None if that has no place for it."""
    known = workspace.funnels.get(funnel)
    variant = None if known is None else known.variants.get(case)
    if variant is None or stage in variant.stages or outcome is not None:
        return None if variant is None else variant.stages.get(stage)
    return variant.stages.get(variant.moves.get(stage, ""))


def _count_money(reader: Reader, old: Workspace, uses: _Uses) -> None:
    for subject, found in (
        (Subject.DEALS, _deals(reader, DealFilter())),
        *((subject, _parties(reader, kind)) for subject, kind in _PARTIES.items()),
    ):
        names = _money(old.fields.get(subject, {}))
        rows_of = {**(BUILT_IN_COLLECTIONS if subject is Subject.DEALS else {}), **old.collections.get(subject, {})}
        columns = {name: _money(each.fields) for name, each in rows_of.items()}
        for records in found:
            amounts = _held(names, records.values())
            for collection, money in columns.items():
                if money:
                    amounts += sum(_held(money, rows.values()) for rows in reader.rows(collection, records).values())
            if amounts:
                uses["", "currency", old.currency.code] += amounts
    if amounts := sum(_waiting_money(reader, old)):
        uses["", "currency", old.currency.code] += amounts


def _waiting_money(reader: Reader, old: Workspace) -> Iterator[int]:
    """Yield how many amounts each stopped move and each queued command is to set."""
    money = {subject: _money(old.fields.get(subject, {})) for subject in Subject}
    linked = [f"{kind.value}.{name}" for subject, kind in _PARTIES.items() for name in money[subject]]
    for deal in _live(reader):
        for stopped in deal.stopped.values():
            yield _held([*money[Subject.DEALS], *linked], [stopped.set])
    for answer in waiting_answers(reader):
        yield _held(money[Subject.DEALS], [answer.fields])
    for command, target in _queued(reader):
        if isinstance(command, CreateDeal):
            yield _held(money[Subject.DEALS], [command.fields])
        elif isinstance(command, SetParty):
            yield _held(
                [name for subject, kind in _PARTIES.items() if kind is target for name in money[subject]],
                [command.values],
            )


def _money(fields: Mapping[str, Field]) -> list[str]:
    return [name for name, each in fields.items() if each.type is FieldType.MONEY]


def _held(names: Iterable[str], records: Iterable[Mapping[str, object]]) -> int:
    return sum(values.get(name) is not None for values in records for name in names)


def _deals(reader: Reader, which: DealFilter) -> Iterator[_Records]:
    ids = reader.deal_ids(which)
    for start in range(0, len(ids), _CHUNK):
        found = reader.deals(ids[start : start + _CHUNK]).values()
        yield {Stream(StreamKind.DEAL, deal.id): deal.fields for deal in found}


def _parties(reader: Reader, kind: StreamKind) -> Iterator[_Records]:
    last = None
    while found := reader.list_parties(kind, limit=_CHUNK, after=last):
        last = found[-1].stream.id
        yield {party.stream: party.fields for party in found}


def _changed_fields(old: Mapping[str, Field], new: Mapping[str, Field]) -> dict[str, tuple[Field, Field | None]]:
    changed = {}
    for name, before in old.items():
        after = new.get(name)
        if after is None or form_of(after) != form_of(before):
            changed[name] = (before, after)
    return changed


def _changed_collections(old: Mapping[str, Collection], new: Mapping[str, Collection]) -> dict[str, _Fields | None]:
    changed: dict[str, _Fields | None] = {}
    for name, before in old.items():
        if name not in new:
            changed[name] = None
            continue
        columns = _changed_fields(before.fields, new[name].fields)
        if columns or new[name].key != before.key:
            changed[name] = columns
    return changed


def _count(
    reader: Reader,
    change: _Change,
    records: _Records,
    uses: _Uses,
    *,
    funnel: str = "",
    subject: str = "",
) -> None:
    for fields in records.values():
        uses.update((funnel, subject + kind, name) for name, kind in _misfits(change.fields, fields))
    for collection, columns in change.collections.items():
        for rows in reader.rows(collection, records).values():
            if columns is None:
                uses["", "collection", collection] += len(rows)
                continue
            if collection in change.keys:
                uses["", "key", collection] += len(rows)
            for row in rows.values():
                uses.update(("", "column", f"{collection}.{name}") for name, _ in _misfits(columns, row))


def _misfits(changed: _Fields, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, (before, after) in changed.items():
        held = values.get(name)
        if held is None:
            continue
        if after is None:
            yield name, "field"
        elif not _fits(before, after, held):
            yield name, "value"


def _fits(before: Field, after: Field, held: object) -> bool:
    """Tell whether a value that is kept is one of the new declaration too; a personal one only of the same type.

    Of types with units of their own the same number would say something else.
    """
    same = after.type is before.type
    if isinstance(held, (VaultRef, Sealed)) or after.pii:
        return after.pii and isinstance(held, (VaultRef, Sealed)) and same
    if not same and not IN_OWN_UNITS.isdisjoint((before.type, after.type)):
        return False
    return still_fits(after, held)
