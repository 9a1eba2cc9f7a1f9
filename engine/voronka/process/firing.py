"""Firing a timer: whether its occurrence still stands, what it does, and when the next one comes."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.calendars import due
from voronka.definition.funnels import Transition
from voronka.definition.timed import OnMissed, Rhythm, TimedSource
from voronka.frozen import maker
from voronka.messages import words
from voronka.process.actions import notify, perform
from voronka.process.anchors import plan_in_force, rows_of, timing_of
from voronka.process.automatic import attempt, settle
from voronka.process.commands import FailTimer, FireTimer
from voronka.process.draft import Draft
from voronka.process.events import SlaBreached, TimerEnded
from voronka.process.plan import TimedPlan
from voronka.process.refusals import Refused
from voronka.process.state import Timer
from voronka.process.timers import Ending, arm_next, cancel

__all__ = ["fail_timer", "fire_timer"]

_ended = maker(TimerEnded)


def fire_timer(draft: Draft, command: FireTimer) -> None:
    """Fire an occurrence that is due. One that does not wait any more, or is not due yet, is left alone."""
    timer = draft.deal.timers.get(command.timer)
    if timer is None or timer.due > draft.now:
        return
    name = timer.key.event
    draft.because(draft.by_itself(f"timer:{name}"))
    plan = plan_in_force(draft, timer.key)
    if plan is None:
        cancel(draft, timer, Ending.RELEASE)
        return
    checkpoint = draft.checkpoint()
    try:
        reason = _obstacle(draft, plan, timer, command.down)
        if reason is None:
            _fire(draft, plan, timer)
        else:
            _end(draft, plan, timer, "skipped", reason, over=reason == Ending.UNTIL)
            if reason != Ending.UNTIL:
                _go_on(draft, plan, timer)
        settle(draft)
    except Refused as fault:
        draft.restore(checkpoint)
        why = fault.refusal.failures[0].reason
        _end(draft, plan, timer, "failed", str(why), reasons=words(why))
        _go_on(draft, plan, timer)


def fail_timer(draft: Draft, command: FailTimer) -> None:
    """End an occurrence whose firing raised an error; the recurrence goes on."""
    timer = draft.deal.timers.get(command.timer)
    if timer is None:
        return
    draft.because(draft.by_itself(f"timer:{timer.key.event}"))
    plan = plan_in_force(draft, timer.key)
    _end(draft, plan, timer, "failed", command.reason)
    if plan is not None:
        _go_on(draft, plan, timer)


def _obstacle(draft: Draft, plan: TimedPlan, timer: Timer, down: tuple[int, int] | None) -> str | None:
    """Return why an occurrence is not to fire, None if it is."""
    event = plan.event
    row = None if plan.each is None else rows_of(draft, plan).get(timer.key.row, {})
    if event.until is not None and draft.judge(f"{event.name}.until", event.until, row, plan.each) is True:
        return Ending.UNTIL
    if down is not None and down[0] <= timer.due < down[1] and _too_old(draft, event.on_missed, timer):
        return Ending.MISSED
    if event.rhythm is Rhythm.BEFORE and draft.now >= timing_of(draft, plan).start(timer.anchor):
        return Ending.TOO_LATE
    if event.when is not None and draft.judge(f"{event.name}.when", event.when, row, plan.each) is not True:
        return Ending.WHEN
    return None


def _too_old(draft: Draft, policy: OnMissed, timer: Timer) -> bool:
    if policy.limit is None:
        return False
    workspace = draft.workspace
    return draft.now > due(timer.due, policy.limit, calendar=workspace.calendar, zone=workspace.timezone)


def _end(
    draft: Draft,
    plan: TimedPlan | None,
    timer: Timer,
    result: str,
    reason: str = "",
    *,
    over: bool = False,
    reasons: Mapping[str, str] | None = None,
) -> None:
    draft.add(
        _ended(
            key=timer.key,
            result=result,
            at=draft.now,
            due=timer.due,
            offset=timer.offset,
            anchor=timer.anchor,
            reason=reason,
            counts=result == "fired",
            over=over,
            reasons=reasons or {},
        )
    )


def _go_on(draft: Draft, plan: TimedPlan, timer: Timer) -> None:
    if plan.every:
        arm_next(draft, plan, timer)


def _fire(draft: Draft, plan: TimedPlan, timer: Timer) -> None:
    event = plan.event
    if event.source is TimedSource.TRANSITION and event.transition is not None:
        _move_on(draft, plan, timer, draft.variant.variant.transitions[event.transition])
        return
    progress = draft.deal.progress[timer.key.progress]
    last = plan.every and event.at_most is not None and progress.fired + 1 >= event.at_most
    _end(draft, plan, timer, "fired")
    if plan.every and not last:
        arm_next(draft, plan, timer)
    timed: dict[str, str | int] = {"name": event.name, "offset": timer.offset, "due": timer.due}
    if plan.each is not None:
        timed |= {"each": plan.each, "row": timer.key.row}
    if event.source is TimedSource.SLA:
        stage = draft.deal.stage
        draft.add(SlaBreached(stage=stage))
        notify(draft, "sla_breached", {"stage": stage}, timed=timed)
    before = timing_of(draft, plan).start(timer.anchor) if event.rhythm is Rhythm.BEFORE else None
    perform(draft, event.actions, f"action:{event.name}", timed=timed, before=before)


def _move_on(draft: Draft, plan: TimedPlan, timer: Timer, way: Transition) -> None:
    """Try the transition that an `after:` starts; its condition is judged once, now."""
    condition = way.when
    if condition is not None and plan.event.when is None and draft.judge(f"{way.name}.when", condition) is not True:
        _end(draft, plan, timer, "skipped", Ending.WHEN)
        return

    def end(passed: bool) -> None:
        _end(draft, plan, timer, "fired" if passed else "skipped", "" if passed else Ending.GATE)

    draft.act((), f"timer:{plan.event.name}")
    attempt(draft, f"timer:{plan.event.name}", way, end=end)
