"""Accounts and contacts: made, changed, hidden; and the word to the deals that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from voronka.definition.absence import gone
from voronka.definition.fields import Collection, Field, Subject
from voronka.definition.rights import NOBODY, owners_of_deal
from voronka.definition.sources import KNOWN_AT
from voronka.definition.vocabulary import BUILT_IN_FIELDS, COMPUTED_NAMES
from voronka.expressions import RowsNotLoaded
from voronka.messages import Text
from voronka.process.chronology import check_chronology
from voronka.process.commands import (
    CarryOver,
    Chain,
    Command,
    CreateParty,
    FollowMerge,
    HideParty,
    MergeParty,
    Origin,
    PutRow,
    RemoveRow,
    SetParty,
)
from voronka.process.events import (
    DealsConcerned,
    Event,
    Kept,
    PartyChanged,
    PartyCreated,
    PartyHidden,
    PartyMerged,
    RowPut,
    RowRemoved,
    ValuesObserved,
)
from voronka.process.evolve import evolve_entry
from voronka.process.fields import check, differences, refuse_failures
from voronka.process.following import following, following_rows, following_words
from voronka.process.permissions import check_change, forbidden_columns, forbidden_fields
from voronka.process.plan import WorkspacePlan
from voronka.process.provenance import Telling, check_newer, check_origin, check_sums, fresh_since, observed, telling
from voronka.process.records import put_row, remove_row
from voronka.process.refusals import CHAIN_LIMIT, Refused, chain_too_long, refused
from voronka.process.state import Held, Observation, PartyState, StreamKind
from voronka.process.step import Facts, Failure, Link, Moment, Row, Step
from voronka.process.successors import left

__all__ = ["decide_party"]

_SUBJECTS = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}


def decide_party(plan: WorkspacePlan, facts: Facts, command: Command, moment: Moment) -> Step:
    """Decide a command about an account or a contact."""
    stream = moment.stream
    party = facts.parties.get(stream)
    at = min(moment.occurred_at, moment.now)
    subject = _SUBJECTS[stream.kind]
    workspace = plan.workspace
    fields = {**BUILT_IN_FIELDS[subject], **workspace.fields.get(subject, {})}
    rights = moment.rights
    if isinstance(command, CreateParty):
        if party is not None:
            raise refused("exists", "party", Text("This record is there already."), Text("Change it instead."))
        return _step(plan, moment, None, _create(plan, facts, fields, command, at, moment))
    if party is not None and party.hidden and isinstance(command, FollowMerge):
        return Step(events=(), state=party)
    if party is None or party.hidden:
        raise _unknown()
    if not rights.all:
        check_change(workspace, rights, facts.owners, partial(_unknown, forbidden=True))
    check_chronology(party, command, moment, workspace.timezone)
    return _step(plan, moment, party, _changes(plan, facts, party, fields, command, at, moment))


def _changes(
    plan: WorkspacePlan,
    facts: Facts,
    party: PartyState,
    fields: Mapping[str, Field],
    command: Command,
    at: int,
    moment: Moment,
) -> list[Event]:
    """Return what happens to a record that is there."""
    match command:
        case CarryOver():
            return _carry_over(plan, party, fields, command, at, moment)
        case SetParty():
            return _set(plan, facts, party, fields, command, at, moment)
        case FollowMerge():
            return _follow(plan, facts, party, command, at, moment)
        case PutRow() | RemoveRow():
            return _rows(plan, facts, party, command, moment)
        case HideParty() | MergeParty():
            return [_end(party, command, at)]
    raise TypeError(f"{command.kind} is no command for {moment.stream.kind}")


def _create(
    plan: WorkspacePlan, facts: Facts, fields: Mapping[str, Field], command: CreateParty, at: int, moment: Moment
) -> list[Event]:
    stream, workspace, rights = moment.stream, plan.workspace, moment.rights
    subject = _SUBJECTS[stream.kind]
    values, failures = check(fields, command.fields, place="create", computed=COMPUTED_NAMES[subject])
    kept = {name: value for name, value in values.items() if value is not None}
    if command.import_id is None:
        failures += _given_to_leaver(plan, facts, kept.get("owner"), moment, "create")
    if not rights.all:
        check_change(workspace, rights, frozenset({NOBODY}), partial(_unknown, forbidden=True))
        owners = facts.owners
        if stream.kind is StreamKind.ACCOUNT:
            kept.setdefault("owner", moment.actor)
            owner = kept.get("owner")
            owners = owners_of_deal(owner if isinstance(owner, str) else None)
        failures += forbidden_fields(workspace, fields, values, rights, owners, "create")
    if not failures and kept.keys().isdisjoint(_KNOWN_BY[stream.kind]):
        failures.append(_nameless(stream.kind, fields, "create"))
    refuse_failures(failures)
    told, _ = _observed(plan, fields, {}, kept, command.origin, moment, "create")
    made = PartyCreated(stream=stream, at=at, fields=kept, import_id=command.import_id)
    return [made, *told]


def _given_to_leaver(plan: WorkspacePlan, facts: Facts, owner: object, moment: Moment, place: str) -> list[Failure]:
    """Return why an account is not given by hand to a declared user who has left."""
    if not isinstance(owner, str) or owner not in plan.workspace.people or moment.chain.step:
        return []
    if not gone(plan.workspace, facts.absences, owner, moment.now):
        return []
    return [left(plan.workspace, facts.absences, owner, moment.now, gate=f"{place}.owner")]


_KNOWN_BY = {
    StreamKind.ACCOUNT: frozenset({"name"}),
    StreamKind.CONTACT: frozenset({"name", "email", "phone"}),
}
"""What one of them must have when it is made, so that people know who is meant: somebody who calls or writes to us may
not have said a name yet."""


def _nameless(kind: StreamKind, fields: Mapping[str, Field], place: str) -> Failure:
    label = fields["name"].label
    if place == "create" and kind is StreamKind.CONTACT:
        return Failure(
            gate=f"{place}.name",
            reason=Text("Nobody would know who this contact is."),
            unblock=Text("Give “{field}”, or an email or a phone at least.", field=label),
        )
    return Failure(
        gate=f"{place}.name",
        reason=Text("“{field}” is missing: people know an account and a contact by it.", field=label),
        unblock=Text("Give “{field}”.", field=label),
    )


def _unknown(*, forbidden: bool = False) -> Refused:
    return refused(
        "unknown_party",
        "party",
        Text("There is no such account or contact."),
        Text("Look it up by its name: an import that was undone takes its records away."),
        forbidden=forbidden,
    )


def _step(plan: WorkspacePlan, moment: Moment, party: PartyState | None, events: list[Event]) -> Step:
    if not events:
        return Step(events=(), state=party)
    seq = 1 if party is None else party.seq + 1
    state = evolve_entry(party, events, seq=seq, release=plan.workspace.release)
    return Step(events=tuple(events), state=state, links=(Link(by=moment.actor, first=0),))


def _set(
    plan: WorkspacePlan,
    facts: Facts,
    party: PartyState,
    fields: Mapping[str, Field],
    command: SetParty,
    at: int,
    moment: Moment,
) -> list[Event]:
    subject = _SUBJECTS[party.stream.kind]
    values, failures = check(fields, command.values, computed=COMPUTED_NAMES[subject])
    failures += forbidden_fields(plan.workspace, fields, values, moment.rights, facts.owners, "set")
    if moment.import_id is None and values.get("owner") != party.fields.get("owner"):
        failures += _given_to_leaver(plan, facts, values.get("owner"), moment, "set")
    if "name" in values and values["name"] is None and party.fields.get("name") is not None:
        failures.append(_nameless(party.stream.kind, fields, "set"))
    refuse_failures(failures)
    told, values = _observed(plan, fields, party.observed, values, command.origin, moment, "set")
    return [*told, *_changed(plan, party, values, told, at, moment)]


def _carry_over(
    plan: WorkspacePlan, party: PartyState, fields: Mapping[str, Field], command: CarryOver, at: int, moment: Moment
) -> list[Event]:
    """Take over what another record was told. A word of long ago that the field would not take today is left there.

    What it holds stands for ever, though its bounds became narrower: so it does where it comes to. A sum that nobody
    held is given now.
    """
    unbound = {name: fields[name].unbounded for name in command.values if name in fields}
    values, failures = check(unbound, command.values)
    told: list[ValuesObserved] = []
    if command.by is None:
        refuse_failures(failures)
    else:
        told, values = observed(
            values,
            unbound,
            party.observed,
            command.origin,
            when=Telling(at),
            by=command.by,
            since=lambda field: fresh_since(field, plan.workspace, moment.now),
            each_alone=True,
        )
        # What both come to together nobody has held yet: that is given now, and the bounds are for it.
        standing = {name: (command.values[name], party.fields.get(name)) for name in values}
        judged = {name: unbound[name] if value in standing[name] else fields[name] for name, value in values.items()}
        refuse_failures(check_sums(judged, values, "set"))
    return [*told, *_changed(plan, party, values, told, moment.now, moment)]


def _follow(
    plan: WorkspacePlan, facts: Facts, party: PartyState, command: FollowMerge, at: int, moment: Moment
) -> list[Event]:
    values: dict[str, Kept] = dict.fromkeys(following(command, party.fields.get), command.stays.hex())
    collections = plan.workspace.collections.get(_SUBJECTS[party.stream.kind], {})
    rows = [*following_rows(command, collections, lambda name: _known_rows(facts, party, name))]
    words = following_words(command, party.observed, party.known_at)
    changed, before = _difference(party, values, at)
    seen = {**before, **dict.fromkeys(row.collection for row in rows)}
    return [*words, *changed, *rows, *(_concern(plan, party, seen, moment) if seen else [])]


def _changed(
    plan: WorkspacePlan,
    party: PartyState,
    values: Mapping[str, Kept],
    told: Sequence[ValuesObserved],
    at: int,
    moment: Moment,
) -> list[Event]:
    """Return what becomes of a record of which `told` was just said, and the word of it to the deals."""
    changed, before = _difference(party, values, at)
    times = {f"{name}.{KNOWN_AT}": party.known_at.get(name) for event in told for name in event.values}
    if not told and not changed:
        return []
    return [*changed, *_concern(plan, party, {**before, **times}, moment)]


def _difference(
    party: PartyState, values: Mapping[str, Kept], at: int
) -> tuple[list[PartyChanged], dict[str, Held | None]]:
    """Return what changes of a record that is to hold these values, and what the fields of it held before."""
    old: dict[str, Held | None] = {name: party.fields.get(name) for name in values}
    new = differences(values, old)
    before = {name: old[name] for name in new}
    return [PartyChanged(new=new, old=before, at=at)] if new else [], before


def _observed(
    plan: WorkspacePlan,
    fields: Mapping[str, Field],
    known: Mapping[str, Sequence[Observation]],
    values: Mapping[str, Kept],
    origin: Origin,
    moment: Moment,
    place: str,
) -> tuple[list[ValuesObserved], dict[str, Kept]]:
    """Return what is to be remembered of where values come from, and what the fields hold by it."""
    workspace, when = plan.workspace, telling(moment)
    refuse_failures(check_origin(workspace, fields, values, origin, place))
    refuse_failures(check_newer(workspace, fields, values, known, origin, when, place))
    told, after = observed(
        values,
        fields,
        known,
        origin,
        when=when,
        by=moment.actor,
        since=lambda field: fresh_since(field, workspace, moment.now),
    )
    refuse_failures(check_sums(fields, after, place))
    return told, after


def _concern(plan: WorkspacePlan, party: PartyState, old: Mapping[str, Held | None], moment: Moment) -> list[Event]:
    """Tell the deals of the funnels that read what has changed: once an entry, all of it."""
    kind = party.stream.kind.value
    seen = {f"{kind}.{name}": value for name, value in old.items()}
    names = frozenset(seen)
    funnels = plan.concerned(names)
    if not funnels:
        return []
    chain = moment.chain
    links = (*chain.links, f"{kind} {', '.join(old)}")
    if chain.step >= CHAIN_LIMIT:
        raise chain_too_long(links)
    onward = Chain(chain.origin, chain.step + 1, links)
    closed = plan.concerned_closed(names)
    return [DealsConcerned(n=1, funnels=funnels, names=tuple(sorted(seen)), old=seen, chain=onward, closed=closed)]


def _rows(
    plan: WorkspacePlan, facts: Facts, party: PartyState, command: PutRow | RemoveRow, moment: Moment
) -> list[Event]:
    collections: Mapping[str, Collection] = plan.workspace.collections.get(_SUBJECTS[party.stream.kind], {})

    def rows(collection: str) -> Mapping[str, Row]:
        return _known_rows(facts, party, collection)

    changed: RowPut | RowRemoved | None
    forbidden = forbidden_columns(plan.workspace, moment.rights, facts.owners)
    if isinstance(command, PutRow):
        changed = put_row(plan.workspace, collections, rows, command, f"{party.seq + 1}.1", forbidden)
    else:
        changed = remove_row(plan.workspace, collections, rows, command, forbidden)
    if changed is None:
        return []
    return [changed, *_concern(plan, party, {changed.collection: None}, moment)]


def _known_rows(facts: Facts, party: PartyState, collection: str) -> Mapping[str, Row]:
    found = facts.rows.get((party.stream, collection))
    if found is None:
        raise RowsNotLoaded(collection)
    return found


def _end(party: PartyState, command: HideParty | MergeParty, at: int) -> PartyHidden | PartyMerged:
    if isinstance(command, MergeParty):
        return PartyMerged(other=command.other, stays=command.stays, at=at)
    if party.import_id != command.import_id or party.touched:
        raise refused(
            "changed_since_import",
            "import",
            Text("The record has been changed since the import."),
            Text("Keep it, or clear it by hand."),
        )
    return PartyHidden(import_id=command.import_id)
