"""What happens next: a command on what is known becomes a step, or a request to know more.

Nothing here reads a clock, a file or a random number: the same arguments give the same answer for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from voronka.definition.catalogs import LINES
from voronka.definition.fields import PROCESSED_AT, Subject
from voronka.definition.rights import NOBODY, owners_of_deal
from voronka.definition.routing import RoutingEntry
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, ORDERS
from voronka.definition.workspace import Workspace
from voronka.expressions import RowsNotLoaded
from voronka.frozen import maker
from voronka.messages import Text
from voronka.process import commands as asked
from voronka.process.assigning import NotCounted
from voronka.process.automatic import settle
from voronka.process.checklist import tick
from voronka.process.chronology import check_chronology
from voronka.process.commands import Command
from voronka.process.creation import birth, open_deal
from voronka.process.deliveries import record_delivery, record_refusal, retry_effect
from voronka.process.draft import Draft
from voronka.process.environment import NotLoaded, party_stream, rows_key
from voronka.process.events import (
    DealHidden,
    FieldsChanged,
    HistoryImported,
    OrderImported,
    RowPut,
    RowsFollowed,
    TransitionRefused,
)
from voronka.process.fields import change, check_deal, present
from voronka.process.firing import fail_timer, fire_timer
from voronka.process.following import followed, following, following_rows, following_words
from voronka.process.handing import hand_over
from voronka.process.history import import_history
from voronka.process.interactions import check_interaction, log
from voronka.process.moves import MoveRefused, move
from voronka.process.opening import NotListed, tell_followers
from voronka.process.parties import decide_party
from voronka.process.permissions import acting_roles, check_change, deal_owners, forbidden_columns
from voronka.process.plan import FunnelPlan, WorkspacePlan, plan_of
from voronka.process.pricing import price_line
from voronka.process.records import put_row, remove_row
from voronka.process.refusals import CHAIN_LIMIT, Refused, chain_too_long, refused
from voronka.process.releases import apply_release
from voronka.process.routing import holds, no_funnel, within
from voronka.process.scheduled import run_rule
from voronka.process.state import DealState, State, Stream, StreamKind
from voronka.process.step import Facts, Moment, Need, Refusal, Row, RowsKey, Step
from voronka.process.tasks import complete_task
from voronka.process.timers import Ending, cancel_event, carry_over
from voronka.process.workspaces import decide_workspace

__all__ = ["decide"]

_made_step = maker(Step)
_DEAL = StreamKind.DEAL  # a member costs much to look up in its class before Python 3.12


def decide(workspace: Workspace, facts: Facts, command: Command, moment: Moment) -> Step | Need:
    """Return what `command` brings about under the definition `workspace`, or what must be loaded to tell."""
    plan = plan_of(workspace)
    kind = moment.stream.kind
    try:
        if moment.chain.step > CHAIN_LIMIT:
            raise chain_too_long(moment.chain.links)
        if kind is _DEAL:
            return _decide_deal(plan, facts, command, moment)
        if kind is StreamKind.WORKSPACE:
            return decide_workspace(plan, facts, command, moment)
        if moment.stream not in facts.parties:
            return Need(parties=frozenset({moment.stream}))
        return decide_party(plan, facts, command, moment)
    except RowsNotLoaded as missing:
        return Need(rows=frozenset({(moment.stream, missing.collection)}))
    except Refused as refusal:
        unseen = refusal.refusal.code.startswith("unknown_") and refusal.refusal.failures[0].forbidden
        state = None if unseen else _present(facts, moment.stream)
        return Step(events=(), state=state, refusal=refusal.refusal)


def _present(facts: Facts, stream: Stream) -> State | None:
    if stream.kind is StreamKind.DEAL:
        return facts.deal
    return facts.workspace if stream.kind is StreamKind.WORKSPACE else facts.parties.get(stream)


def _decide_deal(plan: WorkspacePlan, facts: Facts, command: Command, moment: Moment) -> Step | Need:
    deal = facts.deal
    if not moment.rights.changes_of(None if deal is None else deal.owner):
        _refuse_rights(plan, deal, moment)
    if deal is None and isinstance(command, asked.CreateDeal) and not command.funnel:
        return _decide_routed(plan, facts, command, moment)
    funnel = _funnel(plan, deal, command)
    if funnel is None:
        return Step(events=(), state=deal)
    if deal is not None and moment.occurred_at < moment.now:
        check_chronology(deal, command, moment, plan.workspace.timezone)
    old = command.old if isinstance(command, asked.FactsChanged) else None
    return _decided(Draft(plan, funnel, facts, moment, old), command, _HANDLERS[type(command)])


def _decided(draft: Draft, command: Command, handle: Callable[[Draft, Any], None]) -> Step | Need:
    """Return what becomes of a deal as a command is handled and all that follows is done."""
    facts = draft.facts
    refused_by = None
    try:
        try:
            handle(draft, command)
            if type(command) not in _QUIET:
                settle(draft)
        except MoveRefused as refusal:
            again = Draft(draft.plan, draft.funnel, facts, draft.moment)
            again.explain_again(draft)
            draft = again
            draft.add(TransitionRefused(transition=refusal.transition, target=refusal.target, gates=refusal.gates))
            settle(draft)
            refused_by = refusal.refusal
        if draft.plan.followed:
            tell_followers(draft)
        return _step(draft, refused_by)
    except RowsNotLoaded as missing:
        return _need(draft, command, rows_key(draft.deal, missing.collection))
    except NotLoaded as missing:
        return _need(draft, command, missing.stream)
    except NotListed as missing:
        children = frozenset() if missing.children is None else frozenset({missing.children})
        return Need(segments=frozenset({missing.segment} if missing.segment else ()), children=children)
    except NotCounted as missing:
        return Need(pools=frozenset({missing.pool}), loads=missing.loads and facts.loads is None)
    except Refused as refusal:
        draft.close_link()
        return Step(events=(), state=facts.deal, links=tuple(draft.links), refusal=refusal.refusal, read=draft.read)


def _decide_routed(plan: WorkspacePlan, facts: Facts, command: asked.CreateDeal, moment: Moment) -> Step | Need:
    """Open a deal in the funnel that the routing chooses."""
    entry = _routed(plan, facts, command, moment)
    if isinstance(entry, Need):
        return entry
    command = replace(command, funnel=entry.funnel)
    funnel = _funnel(plan, None, command)
    if funnel is None:
        return Step(events=(), state=None)
    return _decided(Draft(plan, funnel, facts, moment), command, partial(open_deal, entry=entry))


def _routed(plan: WorkspacePlan, facts: Facts, command: asked.CreateDeal, moment: Moment) -> RoutingEntry | Need:
    """Return the first entry of the routing that takes the deal to be opened, or what must be loaded to tell.

    `Refused` if none does.
    """
    for entry in plan.workspace.routing:
        funnel = plan.funnel(entry.funnel)
        if funnel is None:
            continue
        inside = within(command, funnel)
        draft = Draft(plan, funnel, facts, moment)
        try:
            draft.add(birth(draft, inside, at=draft.at, unowned=True))
            if holds(draft, entry):
                return entry
        except RowsNotLoaded as missing:
            return _need(draft, inside, rows_key(draft.deal, missing.collection))
        except NotLoaded as missing:
            return _need(draft, inside, missing.stream)
    raise no_funnel(plan.workspace.funnels, routing=bool(plan.workspace.routing))


def _step(draft: Draft, refusal: Refusal | None) -> Step:
    draft.close_link()
    if not draft.events:
        return Step(events=(), state=draft.base, links=tuple(draft.links), refusal=refusal, read=draft.read)
    if draft.moment.import_id is not None:
        draft.add(HistoryImported(import_id=draft.moment.import_id, rows=1))
    return _made_step(
        events=tuple(draft.events),
        state=draft.deal.build(draft.seq, draft.workspace.release, draft.events),
        links=tuple(draft.links),
        refusal=refusal,
        read=draft.read,
    )


def _refuse_rights(plan: WorkspacePlan, deal: DealState | None, moment: Moment) -> None:
    """Raise `Refused`: the actor may not change the deal, or open one; what is not to be seen is not there."""
    owners = frozenset({NOBODY}) if deal is None else owners_of_deal(deal.owner)
    check_change(plan.workspace, moment.rights, owners, _unseen_deal)


def _unseen_deal() -> Refused:
    return _unknown_deal(forbidden=True)


def _unknown_deal(*, forbidden: bool = False) -> Refused:
    return refused(
        "unknown_deal",
        "deal",
        Text("There is no such deal."),
        Text("Look it up by its number: voronka deal list."),
        forbidden=forbidden,
    )


def _funnel(plan: WorkspacePlan, deal: DealState | None, command: Command) -> FunnelPlan | None:
    """Return the funnel of the deal that a command is about, None if the command has nothing to do with it any more.

    `Refused` for a deal that is not there, not to be seen, or closed to the command.
    """
    if deal is None:
        creation = command if isinstance(command, asked.CreateDeal) else getattr(command, "create", None)
        if creation is None:
            raise _unknown_deal()
        name = creation.funnel
    elif isinstance(command, asked.CreateDeal):
        raise refused(
            "exists",
            "deal",
            Text("The deal is there already."),
            Text("Change it instead, or open another under a new id."),
        )
    else:
        name = deal.funnel
    funnel = plan.funnel(name)
    if funnel is None and deal is not None and isinstance(command, (*_BY_ITSELF, *_OF_EFFECTS, asked.HideDeal)):
        funnel = plan.gone(name, deal.stage)
    if funnel is None:
        raise refused(
            "unknown_funnel",
            "funnel",
            Text("There is no funnel {funnel}.", funnel=name),
            Text("The funnels are: {funnels}.", funnels=", ".join(plan.workspace.funnels) or "—"),
        )
    if deal is not None and deal.hidden and not isinstance(command, asked.RecordDelivery):
        if isinstance(command, _BY_ITSELF):
            return None
        raise refused(
            "hidden_deal",
            "deal",
            Text("The import that made the deal was undone."),
            Text("Import it again, or open a new deal."),
        )
    if deal is not None and deal.outcome is not None and isinstance(command, asked.TickItem):
        raise refused(
            "closed_deal",
            "deal",
            Text("The deal is closed: its checklists are done with."),
            Text("Reopen it first, if a transition leads back."),
        )
    return funnel


_BY_ITSELF = (
    asked.FireTimer,
    asked.FailTimer,
    asked.RunRule,
    asked.FactsChanged,
    asked.ApplyRelease,
    asked.RecordRefusal,
    asked.FollowMerge,
)
"""Commands that nobody gives: there is nobody to refuse them to."""

_OF_EFFECTS = (asked.RecordDelivery, asked.RetryEffect)


def _set(draft: Draft, command: asked.SetFields) -> None:
    change(draft, check_deal(draft, command.values), origin=command.origin)


def _log(draft: Draft, command: asked.LogInteraction) -> None:
    values = check_interaction(command.values)
    if draft.names.user(draft.moment.actor) is not None:
        values.setdefault("user", draft.moment.actor)
    log(draft, values, at=draft.at)


def _rows(draft: Draft, collection: str) -> Mapping[str, Row]:
    found = draft.rows.of((draft.moment.stream, collection))
    if found is None:
        raise RowsNotLoaded(collection)
    return found


def _keep_out_of_inbox(draft: Draft, collection: str) -> None:
    if collection == draft.funnel.inbox:
        raise refused(
            "inbox",
            collection,
            Text("The rows of {collection} follow the notes; nobody writes them by hand.", collection=collection),
            Text("Write a note down (voronka deal log) or process one (voronka note process)."),
        )


def _put(draft: Draft, command: asked.PutRow) -> None:
    _keep_out_of_inbox(draft, command.collection)
    key = f"{draft.seq}.{draft.n + 1}"
    forbidden = forbidden_columns(draft.workspace, draft.moment.rights, deal_owners(draft))
    event = put_row(draft.workspace, draft.funnel.collections, lambda name: _rows(draft, name), command, key, forbidden)
    if event is not None and event.collection == LINES:
        roles = None if draft.moment.rights.all else acting_roles(draft)
        before = _rows(draft, LINES).get(event.key)
        event = price_line(draft.workspace, event, before, command.values, roles)
    if event is not None:
        draft.child()
        draft.add(event)


def _import_row(draft: Draft, command: asked.ImportRow) -> None:
    if command.collection != ORDERS.name:
        return _put(draft, command)
    known = _rows(draft, ORDERS.name)
    event = put_row(draft.workspace, {ORDERS.name: ORDERS}, lambda _: known, command, "", lambda *_: [])
    if event is not None:
        draft.add(OrderImported(key=event.key, values=event.values, at=draft.at, new=event.key not in known))
    return None


def _follow(draft: Draft, command: asked.FollowMerge) -> None:
    old = following(command, lambda name: present(draft, name))
    for word in list(following_words(command, draft.deal.observed, draft.deal.known_at)):
        draft.add(word)
    if old:
        draft.add(FieldsChanged(new=dict.fromkeys(old, command.stays.hex()), old=old, at=draft.at))
    collections = {**BUILT_IN_COLLECTIONS, **draft.workspace.collections.get(Subject.DEALS, {})}
    rows = list(following_rows(command, collections, lambda name: _rows(draft, name)))
    names = followed(draft, rows)
    for event in rows:
        draft.add(event)
    if names:
        draft.add(RowsFollowed(progress=names))
        carry_over(draft, names)


def _process_note(draft: Draft, command: asked.ProcessNote) -> None:
    inbox = draft.funnel.inbox
    waiting = {} if inbox is None else _rows(draft, inbox)
    row = waiting.get(command.note)
    if inbox is None or row is None or row.get(PROCESSED_AT) is not None:
        open_ = [key for key, each in waiting.items() if each.get(PROCESSED_AT) is None]
        raise refused(
            "unknown_note",
            "note",
            Text("No note {note} waits here.", note=command.note),
            Text("These wait: {notes}.", notes=", ".join(open_))
            if open_
            else Text(
                "Notes of deals of the funnel {funnel} do not wait: it has no inbox. Declare a collection with "
                "`inbox: true` in one of its field sets.",
                funnel=draft.funnel.funnel.name,
            )
            if inbox is None
            else Text("A note waits until it is processed, and none of this deal waits now: voronka note list"),
        )
    if command.values:
        origin = asked.Origin(command.source, f"interaction {command.note}")
        change(draft, check_deal(draft, command.values), origin=origin)
    values = {name: value for name, value in row.items() if value is not None}
    draft.add(RowPut(collection=inbox, key=command.note, values={**values, PROCESSED_AT: draft.at}))


def _remove(draft: Draft, command: asked.RemoveRow) -> None:
    _keep_out_of_inbox(draft, command.collection)
    forbidden = forbidden_columns(draft.workspace, draft.moment.rights, deal_owners(draft))
    rows, collections = partial(_rows, draft), draft.funnel.collections
    draft.add(remove_row(draft.workspace, collections, rows, command, forbidden))


def _facts(draft: Draft, command: asked.FactsChanged) -> None:
    draft.told = frozenset(command.names)


def _apply_release(draft: Draft, command: asked.ApplyRelease) -> None:
    apply_release(draft, command.former_zone)


def _hide(draft: Draft, command: asked.HideDeal) -> None:
    deal = draft.deal
    if deal.imports[:1] != (command.import_id,) or deal.touched:
        raise refused(
            "changed_since_import",
            "import",
            Text("Deal {number} has been changed since the import.", number=deal.number),
            Text("Close it by hand, or leave it."),
        )
    for name in {key.event for key in deal.timers}:
        cancel_event(draft, name, Ending.UNDONE)
    draft.add(DealHidden(import_id=command.import_id))


_HANDLERS: Mapping[type[Command], Callable[[Draft, Any], None]] = {
    asked.CreateDeal: open_deal,
    asked.SetFields: _set,
    asked.MoveDeal: move,
    asked.LogInteraction: _log,
    asked.PutRow: _put,
    asked.ImportRow: _import_row,
    asked.RemoveRow: _remove,
    asked.TickItem: tick,
    asked.ProcessNote: _process_note,
    asked.CompleteTask: complete_task,
    asked.HandOver: hand_over,
    asked.FireTimer: fire_timer,
    asked.FailTimer: fail_timer,
    asked.RunRule: run_rule,
    asked.FactsChanged: _facts,
    asked.RecordDelivery: record_delivery,
    asked.RecordRefusal: record_refusal,
    asked.RetryEffect: retry_effect,
    asked.ApplyRelease: _apply_release,
    asked.ImportHistory: import_history,
    asked.HideDeal: _hide,
    asked.FollowMerge: _follow,
}
_QUIET = frozenset({asked.ImportHistory, asked.HideDeal, asked.ApplyRelease})
"""Commands that trigger nothing by themselves: the past is never done again. What follows a deal is told of them."""


def _need(draft: Draft, command: Command, missing: Stream | RowsKey | None) -> Need:
    """Return what was missing with all else that the command may read, so that one more call is enough."""
    facts = draft.facts
    deal = draft.deal
    stages = draft.variant.stages
    names = [
        deal.stage,
        draft.base.stage if draft.base else "",
        command.to if isinstance(command, asked.MoveDeal) else "",
    ]
    parties: set[Stream] = set()
    rows: set[RowsKey] = set()
    if isinstance(missing, Stream):
        parties.add(missing)
    elif missing is not None:
        rows.add(missing)
    reads = [stages[name].reads for name in names if name in stages]
    if draft.funnel.rules.listens or isinstance(command, asked.RunRule):
        reads += [draft.funnel.rules.facts(name) for name in names]
    reads += [plan.facts for plan in draft.funnel.scores]
    for read in reads:
        parties |= {stream for kind in read.parties if (stream := party_stream(deal, kind)) is not None}
        rows |= {key for name in read.collections if (key := rows_key(deal, name)) is not None}
    if draft.base is None:
        rows = {key for key in rows if key[0] != draft.moment.stream}
    return Need(parties=frozenset(parties.difference(facts.parties)), rows=frozenset(rows.difference(facts.rows)))
