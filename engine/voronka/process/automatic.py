"""What follows from a change by itself: anchors that move, automatic transitions, moves that actions ask for.

Consequences run breadth first until none is left, in the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.definition.actions import MoveAction
from voronka.definition.funnels import Transition, Trigger
from voronka.process import events as happened
from voronka.process.actions import notify
from voronka.process.draft import Consequence, Draft
from voronka.process.events import Event, TransitionStopped
from voronka.process.fields import assigned, change
from voronka.process.gates import Verdict
from voronka.process.moves import complete, judge_move
from voronka.process.timers import anchor_of, reanchor

__all__ = ["attempt", "settle"]

_LEDGER = frozenset({"interactions", "last_interaction_at", "replied", "contacted"})
_TASKS = frozenset({"tasks", "next_step_at"})
_ENDINGS = {"fired": "timer.fired", "skipped": "timer.skipped"}


def settle(draft: Draft) -> None:
    """Bring about everything that follows from the draft's events, and from what follows, to the end."""
    while True:
        while draft.scanned < len(draft.events) or draft.told:
            _consider(draft)
        if not draft.queue:
            return
        consequence = draft.queue.popleft()
        if isinstance(consequence.move, MoveAction):
            _act(draft, consequence.label, consequence.move)
        else:
            _trigger(draft, consequence.label, consequence.move)


def _consider(draft: Draft) -> None:
    """Look at the events since the last look: move the timers whose anchors they changed, queue what they trigger."""
    changed: set[str] = set(draft.told)
    draft.told = frozenset()
    occurred: dict[str, list[tuple[int, str]]] = {}
    entered = False
    start, draft.scanned = draft.scanned, len(draft.events)
    for event in draft.events[start : draft.scanned]:
        kind = type(event)
        if kind is happened.StageEntered:
            entered = True
            occurred.clear()
            if event.visit == 1:  # type: ignore[attr-defined] # `kind` tells
                occurred["deal.created"] = [(draft.deal.created_at, "")]
        elif (names := _names(event)) is not None:
            changed.update(names)
        name, at, own = _occurrence(event, draft)
        occurred.setdefault(name, []).append((at, own))
    stage = draft.stage
    for plan in stage.by_event:
        times = [at for at, own in occurred.get(plan.event.anchor.name, ()) if own != plan.event.name]
        known = draft.deal.progress.get(plan.event.name)
        if times and (known is None or known.anchor is None or max(times) > known.anchor):
            reanchor(draft, plan, max(times))
    if changed:
        for reads, plan in stage.by_name:
            if not reads.isdisjoint(changed):
                reanchor(draft, plan, anchor_of(draft, plan.event))
    _queue(draft, changed, entered=entered)


def _names(event: Event) -> frozenset[str] | Mapping[str, object] | tuple[str, ...] | None:
    """Return the names, as expressions write them, whose values an event changed."""
    match event:
        case happened.FieldsChanged():
            return event.new
        case happened.InteractionLogged():
            return _LEDGER
        case happened.TaskOpened() | happened.TaskDone():
            return _TASKS
        case happened.RowPut() | happened.RowRemoved():
            return (event.collection,)
        case happened.ChecklistTicked():
            return (event.item,)
        case happened.CaseChanged():
            return ("variant",)
    return None


def _occurrence(event: Event, draft: Draft) -> tuple[str, int, str]:
    """Return what an anchor may name, when it happened, and the timed event whose own doing it is."""
    if type(event) is happened.TimerEnded:
        return _ENDINGS.get(event.result, ""), event.at, event.key.event
    return event.kind, getattr(event, "at", draft.at), ""


def _queue(draft: Draft, changed: set[str], *, entered: bool) -> None:
    stopped = draft.deal.stopped
    waiting = {consequence.label for consequence in draft.queue}
    ways: list[Transition] = []
    for reads, way in draft.stage.triggers:
        if entered or not reads.isdisjoint(changed):
            ways.append(way)
    if stopped:
        known = draft.variant.variant.transitions
        ways += [
            known[name]
            for name, what in stopped.items()
            if name in known and known[name] not in ways and not changed.isdisjoint(what.reads)
        ]
    for way in ways:
        label = f"auto:{way.name}"
        if label not in waiting:
            draft.queue.append(Consequence(label, way))


def _trigger(draft: Draft, label: str, way: Transition) -> None:
    if draft.deal.stage != way.source:
        return  # an earlier consequence has moved the deal on
    draft.because(draft.by_itself(label))
    if way.trigger is Trigger.AUTO and way.when is not None and draft.judge(f"{way.name}.when", way.when) is not True:
        return
    attempt(draft, label, way)


def _act(draft: Draft, label: str, action: MoveAction) -> None:
    source = draft.stage
    if action.to == source.name:
        return
    draft.because(draft.by_itself(label))
    way = source.ways.get(action.to)
    if way is None:
        gate = f"{source.name}→{action.to}"
        _stop(draft, gate, Verdict(), gates=("transition",))
        return
    attempt(draft, label, way, action)


def attempt(
    draft: Draft,
    label: str,
    way: Transition,
    action: MoveAction | None = None,
    end: Callable[[bool], None] | None = None,
) -> None:
    """Make an automatic move, unless a gate stops it, which is remembered and told to the owner.

    `end` is told before whether it will be made: a timer ends by that.
    """
    source = draft.stage
    checkpoint = draft.checkpoint()
    submitted = {} if action is None else assigned(draft, action.set)
    draft.moving = True
    change(draft, submitted)
    draft.moving = False
    target, verdict = judge_move(draft, source, way, submitted)
    passed = not verdict.failures
    if not passed:
        draft.restore(checkpoint)
    if end is not None:
        end(passed)
    if passed:
        draft.count(label)
        complete(draft, source, way, target)
    else:
        _stop(draft, way.name, verdict, gates=verdict.gates)


def _stop(draft: Draft, name: str, verdict: Verdict, *, gates: tuple[str, ...]) -> None:
    known = draft.deal.stopped.get(name)
    if known is not None and known.gates == gates:
        return
    draft.add(TransitionStopped(transition=name, gates=gates, reads=verdict.reads))
    notify(draft, "gate_stopped", {"transition": name, "gates": ", ".join(gates)})
