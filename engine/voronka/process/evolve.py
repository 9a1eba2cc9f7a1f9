"""From events to state: the only thing that replay, verification and storage need to know of the process.

`evolve` needs no definition and cannot fail on a history that was written by `decide`. `DealBuilder` applies the events
of an entry one after the other and builds the frozen snapshot once; `decide` works on the same builder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from voronka.process import events as happened
from voronka.process.commands import Sealed
from voronka.process.events import Event, Kept
from voronka.process.evolve_workspace import evolve_workspace
from voronka.process.progress import after_arming, after_ending, after_entering, after_following
from voronka.process.state import (
    DealState,
    Firing,
    Held,
    Observation,
    PartyState,
    Progress,
    Scored,
    State,
    Stopped,
    StreamKind,
    Timer,
    TimerKey,
    VaultRef,
    WorkspaceState,
)

__all__ = ["APPLY", "DealBuilder", "evolve", "evolve_entry", "held"]


def held(value: Kept) -> Held | None:
    """Return what a snapshot holds for a value of an event: of a personal one the reference alone."""
    return VaultRef(value.subject, value.ref) if type(value) is Sealed else value  # type: ignore[return-value] # mypy narrows no union by `type is`


def _merged(old: Mapping[str, Held], new: Mapping[str, Kept]) -> Mapping[str, Held]:
    fields = dict(old)
    for name, value in new.items():
        kept = held(value)
        if kept is None:
            fields.pop(name, None)
        else:
            fields[name] = kept
    return fields


class DealBuilder:
    """A deal while the events of one entry are applied to it. Its mappings are replaced, never changed in place.

    It has the slots of `DealState`, and `build` makes it one without copying them: creating the frozen value anew
    would cost more than all else in a step.
    """

    __slots__ = tuple(part.name for part in fields(DealState))

    id: bytes
    number: int
    seq: int
    release: str
    funnel: str
    case: str | None
    stage: str
    visit: int
    created_at: int
    entered_at: int
    owner: str | None
    account: bytes | None
    contact: bytes | None
    closed_at: int | None
    outcome: str | None
    last_interaction_at: int | None
    replied: bool
    contacted: bool
    hidden: bool
    parent: bytes | None
    fields: Mapping[str, Held]
    ticks: frozenset[str]
    visits: Mapping[str, int]
    timers: Mapping[TimerKey, Timer]
    progress: Mapping[str, Progress]
    tasks: Mapping[str, int | None]
    stopped: Mapping[str, Stopped]
    imports: tuple[str, ...]
    touched: bool
    rules: Mapping[str, Firing]
    scores: Mapping[str, Scored]
    observed: Mapping[str, tuple[Observation, ...]]
    known_at: Mapping[str, int]

    def __init__(self, state: DealState | None) -> None:
        if state is None:
            self.seq = 0
        else:
            self.become(state)

    def copy(self) -> DealBuilder:
        """Return a builder that goes on from here by itself."""
        twin = DealBuilder(None)
        twin.become(self)
        return twin

    def become(self, other: DealBuilder | DealState) -> None:
        """Take over where `other` stands."""
        self.id = other.id
        self.number = other.number
        self.seq = other.seq
        self.release = other.release
        self.funnel = other.funnel
        self.case = other.case
        self.stage = other.stage
        self.visit = other.visit
        self.created_at = other.created_at
        self.entered_at = other.entered_at
        self.owner = other.owner
        self.account = other.account
        self.contact = other.contact
        self.closed_at = other.closed_at
        self.outcome = other.outcome
        self.last_interaction_at = other.last_interaction_at
        self.replied = other.replied
        self.contacted = other.contacted
        self.hidden = other.hidden
        self.parent = other.parent
        self.fields = other.fields
        self.ticks = other.ticks
        self.visits = other.visits
        self.timers = other.timers
        self.progress = other.progress
        self.tasks = other.tasks
        self.stopped = other.stopped
        self.imports = other.imports
        self.touched = other.touched
        self.rules = other.rules
        self.scores = other.scores
        self.observed = other.observed
        self.known_at = other.known_at

    def build(self, seq: int, release: str, events: Sequence[Event]) -> DealState:
        """Return the snapshot after entry `seq` of these `events`, decided under `release`; the builder is used up."""
        self.seq = seq
        self.release = release
        if self.imports and not self.touched:
            self.touched = _touches(events)
        return self.freeze()

    def freeze(self) -> DealState:
        """Return the builder as a snapshot; it is used up."""
        self.__class__ = DealState  # type: ignore[assignment] # the same slots, as told above
        return self  # type: ignore[return-value] # it is one now


_OF_NOBODY = frozenset({happened.HistoryImported, happened.ReleaseApplied})
_OUTWARD = frozenset({happened.EffectRequested, happened.ActionRequested, happened.CommandQueued})


def _touches(events: Sequence[Event]) -> bool:
    """Tell whether an undo of the import that made the deal would take away more than the import with this entry.

    It would if the entry is neither an import's nor a release's, unless nothing came of it: a refused move, a timer
    that did not fire. It would, too, if anything has left the deal: a message, a command to another record.
    """
    kinds = {type(event) for event in events}
    if not kinds.isdisjoint(_OUTWARD):
        return True
    return kinds.isdisjoint(_OF_NOBODY) and not all(_idle(event) for event in events)


def _idle(event: Event) -> bool:
    if isinstance(event, happened.TimerEnded):
        return event.result in ("skipped", "cancelled")
    if isinstance(event, happened.RuleFired):
        return event.shadow
    return isinstance(
        event, (happened.TransitionRefused, happened.TimerArmed, happened.RuleReset, happened.ScoreChanged)
    )


def _created(deal: DealBuilder, event: happened.DealCreated) -> None:
    deal.id = event.id
    deal.number = event.number
    deal.release = ""
    deal.funnel = event.funnel
    deal.case = event.case
    deal.stage = ""
    deal.visit = 0
    deal.created_at = deal.entered_at = event.at
    deal.owner = event.owner
    deal.account = event.account
    deal.contact = event.contact
    deal.closed_at = deal.outcome = deal.last_interaction_at = None
    deal.replied = deal.contacted = deal.hidden = deal.touched = False
    deal.parent = event.parent
    deal.fields = _merged({}, event.fields)
    deal.ticks = frozenset()
    deal.visits = {}
    deal.timers = {}
    deal.progress = {}
    deal.tasks = {}
    deal.stopped = {}
    deal.imports = () if event.import_id is None else (event.import_id,)
    deal.rules = {}
    deal.scores = {}
    deal.observed = {}
    deal.known_at = {}


def _fields_changed(deal: DealBuilder, event: happened.FieldsChanged) -> None:
    new = event.new
    if "owner" in new or "account" in new or "contact" in new:
        rest = dict(new)
        if "owner" in rest:
            owner = rest.pop("owner")
            deal.owner = owner if isinstance(owner, str) else None
        if "account" in rest:
            deal.account = _id(rest.pop("account"))
        if "contact" in rest:
            deal.contact = _id(rest.pop("contact"))
        new = rest
    if new:
        deal.fields = _merged(deal.fields, new)


def _id(reference: Kept) -> bytes | None:
    return bytes.fromhex(reference) if isinstance(reference, str) else None


def _case_changed(deal: DealBuilder, event: happened.CaseChanged) -> None:
    deal.case = event.case


def _stage_entered(deal: DealBuilder, event: happened.StageEntered) -> None:
    stage = deal.stage = event.stage
    deal.visit = event.visit
    deal.entered_at = event.at
    deal.visits = {**deal.visits, stage: deal.visits.get(stage, 0) + 1}
    deal.replied = deal.contacted = False
    if event.forget:
        deal.ticks = deal.ticks.difference(event.forget)
    if deal.progress:
        deal.progress = after_entering(deal.progress, deal.timers.values(), event.visit - 1)
    if event.outcome is not None:
        deal.outcome = event.outcome
        deal.closed_at = event.at


def _reopened(deal: DealBuilder, event: happened.DealReopened) -> None:
    deal.closed_at = deal.outcome = None


def _stopped(deal: DealBuilder, event: happened.TransitionStopped) -> None:
    values = {name: held(value) for name, value in event.set.items()}
    deal.stopped = {**deal.stopped, event.transition: Stopped(event.gates, event.reads, values, event.lost)}


def _resumed(deal: DealBuilder, event: happened.TransitionResumed) -> None:
    deal.stopped = {name: stopped for name, stopped in deal.stopped.items() if name != event.transition}


def _ticked(deal: DealBuilder, event: happened.ChecklistTicked) -> None:
    deal.ticks = deal.ticks | {event.item} if event.done else deal.ticks - {event.item}


def _interaction(deal: DealBuilder, event: happened.InteractionLogged) -> None:
    deal.last_interaction_at = event.last_interaction_at
    deal.replied = event.replied
    deal.contacted = event.contacted


def _task_opened(deal: DealBuilder, event: happened.TaskOpened) -> None:
    deal.tasks = {**deal.tasks, f"{deal.seq + 1}.{event.n}": event.due}


def _task_done(deal: DealBuilder, event: happened.TaskDone) -> None:
    deal.tasks = {key: due for key, due in deal.tasks.items() if key != event.task}


def _armed(deal: DealBuilder, event: happened.TimerArmed) -> None:
    timer = event.timer
    deal.timers = {**deal.timers, timer.key: timer}
    deal.progress = after_arming(deal.progress, event)


def _ended(deal: DealBuilder, event: happened.TimerEnded) -> None:
    timer = None
    if event.armed:
        timers = dict(deal.timers)
        timer = timers.pop(event.key, None)
        deal.timers = timers
    deal.progress = after_ending(deal.progress, event, timer)


def _rows_followed(deal: DealBuilder, event: happened.RowsFollowed) -> None:
    deal.progress = after_following(deal.progress, event.progress)


def _release_applied(deal: DealBuilder, event: happened.ReleaseApplied) -> None:
    if event.anchors:
        moved = {name: deal.progress[name]._replace(anchor=anchor) for name, anchor in event.anchors.items()}
        deal.progress = {**deal.progress, **moved}


def _imported(deal: DealBuilder, event: happened.HistoryImported) -> None:
    if not deal.imports and deal.seq:
        deal.touched = True  # it was there before any import
    if event.import_id not in deal.imports:
        deal.imports = (*deal.imports, event.import_id)


def _hidden(deal: DealBuilder, event: happened.DealHidden) -> None:
    deal.hidden = True


def _rule_ended(deal: DealBuilder, event: happened.RuleFired | happened.RuleFailed) -> None:
    if event.remembered:
        shadow = isinstance(event, happened.RuleFired) and event.shadow
        deal.rules = {**deal.rules, event.rule: Firing(event.at, event.holds, shadow)}


def _rule_reset(deal: DealBuilder, event: happened.RuleReset) -> None:
    deal.rules = {**deal.rules, event.rule: deal.rules[event.rule]._replace(holds=False)}


def _scored(deal: DealBuilder, event: happened.ScoreChanged) -> None:
    deal.scores = {**deal.scores, event.card: Scored(event.total, event.band)}


def _values_observed(deal: DealBuilder, event: happened.ValuesObserved) -> None:
    deal.observed = _observed(deal.observed, event)
    deal.known_at = _known_at(deal.known_at, event)


def _observed(
    old: Mapping[str, tuple[Observation, ...]], event: happened.ValuesObserved
) -> Mapping[str, tuple[Observation, ...]]:
    """Return what the sources of each field said last: of one source, the last thing."""
    after = dict(old)
    for name, one in event.values.items():
        said = () if one.all else tuple(each for each in after.pop(name, ()) if each.source != one.source)
        value = held(one.value)
        if value is not None:
            evidence = held(one.evidence)
            told = evidence if isinstance(evidence, (str, VaultRef)) else None
            said = (*said, Observation(one.source, event.at, event.by, value, told))
        after.pop(name, None)
        if said:
            after[name] = said
    return after


def _known_at(old: Mapping[str, int], event: happened.ValuesObserved) -> Mapping[str, int]:
    told = {name: one.known_at for name, one in event.values.items()}
    kept = {name: at for name, at in old.items() if name not in told}
    return kept | {name: at for name, at in told.items() if at is not None}


def _nothing(state: object, event: Event) -> None:
    """These events change no snapshot: they are remembered in the history and in tables of their own."""


APPLY: dict[type[Event], Callable[[DealBuilder, Any], None]] = {
    happened.DealCreated: _created,
    happened.FieldsChanged: _fields_changed,
    happened.CaseChanged: _case_changed,
    happened.StageLeft: _nothing,
    happened.StageEntered: _stage_entered,
    happened.DealReopened: _reopened,
    happened.TransitionRefused: _nothing,
    happened.TransitionStopped: _stopped,
    happened.TransitionResumed: _resumed,
    happened.GateOverridden: _nothing,
    happened.ChecklistTicked: _ticked,
    happened.InteractionLogged: _interaction,
    happened.RowPut: _nothing,
    happened.OrderImported: _nothing,
    happened.RowRemoved: _nothing,
    happened.TaskOpened: _task_opened,
    happened.TaskAssigned: _nothing,
    happened.TaskDone: _task_done,
    happened.TimerArmed: _armed,
    happened.TimerEnded: _ended,
    happened.RowsFollowed: _rows_followed,
    happened.SlaBreached: _nothing,
    happened.EffectRequested: _nothing,
    happened.EffectSkipped: _nothing,
    happened.SettingSkipped: _nothing,
    happened.MessageSent: _nothing,
    happened.MessageFailed: _nothing,
    happened.ActionRequested: _nothing,
    happened.ActionDone: _nothing,
    happened.ActionFailed: _nothing,
    happened.EffectUnknown: _nothing,
    happened.EffectRetried: _nothing,
    happened.CommandQueued: _nothing,
    happened.OwnerAssigned: _nothing,
    happened.RuleFired: _rule_ended,
    happened.RuleFailed: _rule_ended,
    happened.RuleReset: _rule_reset,
    happened.ScoreChanged: _scored,
    happened.ValuesObserved: _values_observed,
    happened.ReleaseApplied: _release_applied,
    happened.HistoryImported: _imported,
    happened.DealHidden: _hidden,
}
"""How each event changes a deal."""


def _evolve_party(state: PartyState | None, event: Event) -> PartyState | None:
    match event:
        case happened.PartyCreated():
            return PartyState(
                stream=event.stream,
                seq=0,
                release="",
                created_at=event.at,
                fields=_merged({}, event.fields),
                import_id=event.import_id,
            )
        case happened.PartyChanged() if state is not None:
            return _party(state, fields=_merged(state.fields, event.new))
        case happened.ValuesObserved() if state is not None:
            observed, known_at = _observed(state.observed, event), _known_at(state.known_at, event)
            return _party(state, observed=observed, known_at=known_at)
        case happened.PartyMerged(stays=False) | happened.PartyHidden() if state is not None:
            other = event.other if isinstance(event, happened.PartyMerged) else None
            return _party(state, hidden=True, merged_into=other)
    return state


_PARTY = tuple(part.name for part in fields(PartyState))


def _party(state: PartyState, **changes: object) -> PartyState:
    values: dict[str, Any] = {name: getattr(state, name) for name in _PARTY}
    return PartyState(**(values | changes))


_BORN: Mapping[type[Event], StreamKind] = {
    happened.PartyCreated: StreamKind.ACCOUNT,
    happened.ReleaseActivated: StreamKind.WORKSPACE,
    happened.UserAdded: StreamKind.WORKSPACE,
    happened.ImportStarted: StreamKind.WORKSPACE,
    happened.AbsencesChanged: StreamKind.WORKSPACE,
    happened.ReviewMade: StreamKind.WORKSPACE,
}
"""What a first event makes; any other makes a deal."""


def evolve(state: State | None, event: Event) -> State | None:
    """Return the snapshot after one event of the entry ``state.seq + 1``; `seq` and `release` stay."""
    if state is None:
        kind = _BORN.get(type(event))
        if kind is StreamKind.WORKSPACE:
            return evolve_workspace(WorkspaceState(seq=0, release=""), event)
        if kind is not None:
            return _evolve_party(None, event)
    elif isinstance(state, WorkspaceState):
        return evolve_workspace(state, event)
    elif isinstance(state, PartyState):
        return _evolve_party(state, event)
    deal = DealBuilder(state)
    APPLY[type(event)](deal, event)
    return deal.freeze()


def evolve_entry(state: State | None, events: Sequence[Event], *, seq: int, release: str) -> State | None:
    """Return the snapshot after a whole entry: number `seq` of the stream, decided under `release`."""
    if isinstance(state, DealState) or (state is None and type(events[0]) not in _BORN):
        deal = DealBuilder(state)
        for event in events:
            APPLY[type(event)](deal, event)
        return deal.build(seq, release, events)
    after: State | None = state
    for event in events:
        after = evolve(after, event)
    if isinstance(after, PartyState):
        touched = after.touched or (state is not None and not after.hidden)
        return _party(after, seq=seq, release=release, touched=touched)
    if isinstance(after, WorkspaceState):
        return replace(after, seq=seq)
    return after
