"""What follows from a change by itself: anchors that move, automatic transitions, rules, moves that actions ask for.

Consequences run breadth first until none is left, in the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voronka.definition.actions import MoveAction
from voronka.definition.funnels import Transition, Trigger
from voronka.process.actions import assign, notify
from voronka.process.changes import changed_or_entered
from voronka.process.draft import Checkpoint, Consequence, Draft
from voronka.process.events import Event, Kept, TransitionStopped
from voronka.process.evolve import held
from voronka.process.fields import assigned, check_again
from voronka.process.gates import Verdict
from voronka.process.moves import complete, judge_move
from voronka.process.reads import expression_reads
from voronka.process.refusals import CHAIN_TOO_LONG, Refused
from voronka.process.rule_index import RuleTurns
from voronka.process.rules import differing, follow, take_turn, triggered
from voronka.process.scores import rescore
from voronka.process.state import Stopped
from voronka.process.timers import follow_kept, follow_timers, reanchor_on, since_entry

__all__ = ["NO_WAY", "attempt", "retry_stopped", "settle"]

NO_WAY = "transition"
"""What stands in the way of a move that an action asks for where the funnel has none: it is named so in the history."""

_NOTHING: Mapping[str, Kept] = {}


def settle(draft: Draft) -> None:
    """Bring about everything that follows from the draft's events, and from what follows, to the end."""
    while True:
        deal, rules = draft.deal, draft.funnel.rules
        if not (draft.stage.watches or deal.stopped or deal.rules or draft.funnel.scores) and (
            not rules.listens or rules.idle(draft.events[draft.scanned :], draft.told)
        ):
            draft.scanned, draft.told = len(draft.events), frozenset()
        while draft.scanned < len(draft.events) or draft.told:
            _consider(draft)
        if not draft.queue:
            return
        consequence = draft.queue.popleft()
        if isinstance(consequence, RuleTurns):
            take_turn(draft, consequence)
            continue
        draft.act(consequence.led, consequence.label)
        if isinstance(consequence.what, MoveAction):
            _act(draft, consequence.label, consequence.what)
        else:
            _trigger(draft, consequence.label, consequence.what)


def retry_stopped(draft: Draft) -> None:
    """Try the stopped moves of the deal's stage again, and bring about what follows; nothing of the past does."""
    draft.scanned = len(draft.events)
    draft.queue.extend(Consequence(f"auto:{name}", name) for name, what in draft.deal.stopped.items() if not what.lost)
    if draft.queue:
        settle(draft)


def _consider(draft: Draft) -> None:
    """Look at the events since the last look: move the timers whose anchors they changed, queue what they trigger."""
    stage = draft.stage
    start, draft.scanned = draft.scanned, len(draft.events)
    news = draft.events[start : draft.scanned]
    changed, entered = changed_or_entered(news)
    changed |= draft.told
    draft.told = frozenset()
    if stage.by_event or draft.variant.keeps:
        reanchor_on(draft, since_entry(news) if entered else news)
    _follow_fields(draft, changed)
    if draft.funnel.scores:
        rescore(draft, changed, entered=entered)
    _queue(draft, changed, entered=entered)
    if draft.deal.rules:
        follow(draft, changed, entered=entered)
    if draft.funnel.rules.listens:
        _trigger_rules(draft, news, changed)


def _follow_fields(draft: Draft, changed: set[str]) -> None:
    """Move the timers whose anchors, zones or rows have changed."""
    for plan in draft.stage.by_name:
        if not plan.reads.isdisjoint(changed):
            follow_timers(draft, plan)
    follow_kept(draft, changed=changed)


def _trigger_rules(draft: Draft, news: Sequence[Event], changed: set[str]) -> None:
    """Queue the rules that the news trigger, and the names that have changed."""
    touched = triggered(draft.funnel.rules, news, changed, draft.acting, differing(draft, news))
    if touched:
        waiting = {plan for turns in draft.queue if isinstance(turns, RuleTurns) for plan in turns.plans}
        plans = tuple(plan for plan in touched if plan not in waiting and plan.label not in draft.muted)
        if plans:
            draft.queue.append(RuleTurns(plans=plans, led=draft.path))


def _queue(draft: Draft, changed: set[str], *, entered: bool) -> None:
    stopped = draft.deal.stopped
    waiting = {consequence.label for consequence in draft.queue if isinstance(consequence, Consequence)}
    ways = [way.name for reads, way in draft.stage.triggers if entered or not reads.isdisjoint(changed)]
    if stopped:
        other_case = "variant" in changed  # its gates are others, and maybe open
        ways += [
            name
            for name, what in stopped.items()
            if name not in ways and not what.lost and (other_case or not changed.isdisjoint(what.reads))
        ]
    for name in ways:
        label = f"auto:{name}"
        if label not in waiting:
            draft.queue.append(Consequence(label, name, draft.path))


def _trigger(draft: Draft, label: str, name: str) -> None:
    way = draft.variant.variant.transitions.get(name)
    if way is None or draft.deal.stage != way.source:
        return  # an earlier consequence has moved the deal on, or into a case without this way
    stopped = draft.deal.stopped.get(name)
    if stopped is None and way.trigger is not Trigger.AUTO:
        return  # in the case of now a person decides
    draft.because(draft.by_itself(label))
    if way.trigger is Trigger.AUTO and way.when is not None and draft.judge(f"{name}.when", way.when) is not True:
        return
    attempt(draft, label, way, {} if stopped is None else stopped.set)


def _act(draft: Draft, label: str, action: MoveAction) -> None:
    source = draft.stage
    if action.to == source.name:
        return
    draft.because(draft.by_itself(label))
    way = source.ways.get(action.to)
    if way is None:
        gate = f"{source.name}→{action.to}"
        _stop(draft, gate, Verdict(), gates=(NO_WAY,))
        return
    try:
        submitted = assigned(draft, action.set)
    except Refused as fault:
        _stop(draft, way.name, Verdict(), gates=_faults(fault), lost=True)
        return
    attempt(draft, label, way, submitted)


def attempt(
    draft: Draft,
    label: str,
    way: Transition,
    submitted: Mapping[str, Kept] = _NOTHING,
    end: Callable[[bool], None] | None = None,
) -> None:
    """Make an automatic move that is to set what is `submitted`, unless a gate stops it or it sets what cannot stand.
    That is remembered and told to the owner, and keeps nothing else from happening.

    `end` is told before whether it will be made: a timer ends by that, and tells itself of what cannot stand. Where an
    action of the move itself selects a variant whose gates are closed, that is taken back, and `end` told anew.
    """
    checkpoint = draft.checkpoint()
    try:
        _attempt(draft, checkpoint, label, way, submitted, end)
    except Refused as fault:
        if end is not None or fault.refusal.code == CHAIN_TOO_LONG:
            raise
        draft.restore(checkpoint)
        read = {name for value in way.set.values() for name in expression_reads(value).everything}
        _stop(draft, way.name, Verdict(reads=tuple(sorted(read))), gates=_faults(fault), values=submitted)


def _faults(fault: Refused) -> tuple[str, ...]:
    return tuple(failure.gate for failure in fault.refusal.failures)


def _attempt(
    draft: Draft,
    checkpoint: Checkpoint,
    label: str,
    way: Transition,
    submitted: Mapping[str, Kept],
    end: Callable[[bool], None] | None,
) -> None:
    source = draft.stage
    if way.name in draft.deal.stopped:  # it may have waited since an earlier release
        check_again(draft, {name: held(value) for name, value in submitted.items()})
    draft.moving = True
    assign(draft, submitted)
    draft.moving = False
    route, verdict = judge_move(draft, source, way, submitted)
    if not verdict.failures:
        if end is not None:
            end(True)
        draft.count(label)
        _, verdict = complete(draft, source, route)
    if verdict.failures:
        draft.restore(checkpoint)
        if end is not None:
            end(False)
        _stop(draft, way.name, verdict, gates=verdict.gates, values=submitted)


def _stop(
    draft: Draft,
    name: str,
    verdict: Verdict,
    *,
    gates: tuple[str, ...],
    values: Mapping[str, Kept] = _NOTHING,
    lost: bool = False,
) -> None:
    """Remember a stopped move, with the values of all that ask for it, the latest first, as far as they can stand.

    The owner is told of it when something stands in the way that they have not been told of.
    """
    known = draft.deal.stopped.get(name)
    told = known is not None and set(gates) <= set(known.gates)
    reads = verdict.reads
    if known is not None and not known.lost:
        values = {**known.set, **values}
        if lost:
            reads, lost = known.reads, False  # an earlier one still waits, with values that can stand
    now = Stopped(gates, reads, {each: held(value) for each, value in values.items()}, lost)
    if known == now:
        return
    draft.add(TransitionStopped(transition=name, gates=gates, reads=reads, set=values, lost=lost))
    if told:
        return
    again = {"again": "yes"} if now.reads and not now.lost else {}
    notify(draft, "gate_stopped", {"transition": name, "gates": ", ".join(gates), **again})
