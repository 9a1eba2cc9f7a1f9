"""Arming the timed events of a visit, and keeping them in step with their anchors and with the definition.

A timed event counts from an anchor. `arm` makes its occurrences wait; whatever changes the anchor arms it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache

from voronka.calendars import DATE_CLOCK, Duration, due, instant, parse_date, period, periods_by
from voronka.definition.timed import AnchorKind, TimedEvent
from voronka.frozen import maker
from voronka.process.draft import Draft
from voronka.process.events import Event, StageEntered, TimerArmed, TimerEnded
from voronka.process.plan import StagePlan, TimedPlan
from voronka.process.state import Ended, Progress, Timer, TimerKey

__all__ = [
    "Ending",
    "anchor_of",
    "arm",
    "arm_next",
    "arm_visit",
    "cancel",
    "cancel_event",
    "reanchor",
    "reanchor_on",
    "rearm",
]

_armed, _timer, _key = maker(TimerArmed), maker(Timer), maker(TimerKey)
_NEW = Progress()
_ENDINGS = {"fired": "timer.fired", "skipped": "timer.skipped"}


class Ending(StrEnum):
    """Why an occurrence ended otherwise than by firing; stands in `TimerEnded.reason`."""

    ALREADY_DUE = "already due"
    ANCHOR = "anchor"
    BEFORE_IMPORT = "before import"
    BEFORE_RELEASE = "before release"
    CANCELLED = "cancelled"
    CASE = "case"
    GATE = "gate"
    LEFT = "left"
    MISSED = "missed"
    RELEASE = "release"
    TOO_LATE = "too late"
    UNDONE = "import undone"
    UNTIL = "until"
    WHEN = "when"


@lru_cache(maxsize=4096)
def _date_clock(day: str, zone: str) -> int:
    return instant(datetime.combine(parse_date(day), time(DATE_CLOCK // 60, DATE_CLOCK % 60)), zone)


def anchor_of(draft: Draft, event: TimedEvent) -> int | None:
    """Return the moment that a timed event counts from, None while there is none. A date counts from 09:00 of it."""
    match event.anchor.kind:
        case AnchorKind.STAGE:
            return draft.deal.entered_at
        case AnchorKind.LAST_INTERACTION:
            return draft.deal.last_interaction_at or draft.deal.created_at
        case AnchorKind.FIELD:
            value = draft.value(event.anchor.name)
            if isinstance(value, str):
                return _date_clock(value, draft.workspace.timezone)
            return value if isinstance(value, int) else None
    known = draft.deal.progress.get(event.name, _NEW)  # what happened, and is remembered
    return known.anchor if known.event is None or known.event == event.anchor.name else None


def arm_visit(draft: Draft, stage: StagePlan, late: str = Ending.ALREADY_DUE) -> None:
    """Arm what counts from the entry or from what is known already."""
    for plan in stage.timed.values():
        if not plan.from_event:
            anchor = draft.deal.entered_at if plan.from_entry else anchor_of(draft, plan.event)
            if anchor is not None:
                arm(draft, plan, anchor, late)


def arm(draft: Draft, plan: TimedPlan, anchor: int, late: str = Ending.ALREADY_DUE) -> None:
    """Let every occurrence wait that neither waits nor has ended; all of them, if the anchor is a new one.

    What is due already is not armed: it is recorded as skipped, because of `late`.
    """
    deal = draft.deal
    name = plan.name
    progress = deal.progress.get(name, _NEW)
    fresh = progress.anchor != anchor
    if progress.over or (plan.at_most is not None and _used_up(plan, progress)):
        return
    waiting = () if fresh else {timer.offset for key, timer in deal.timers.items() if key.event == name}
    now, visit, generation = draft.now, deal.visit, progress.generation + 1
    for number, text, due_after in plan.occurrences:
        if not fresh and (text in waiting or (text in progress.ended and not plan.every)):
            continue
        key = _key(visit, name, generation, "", number)
        moment = due_after(anchor)
        if moment > now:
            draft.add(_armed(timer=_timer(key, anchor, moment, text, moment, anchor), event=plan.from_event))
        elif plan.every:
            _arm_later(draft, plan, key, anchor, moment, late, None if fresh else progress.last)
        else:
            draft.add(
                TimerEnded(
                    key=key,
                    result="skipped",
                    at=now,
                    due=moment,
                    offset=text,
                    anchor=anchor,
                    reason=late,
                    armed=False,
                    event=plan.from_event,
                )
            )


def _due(draft: Draft, plan: TimedPlan, anchor: int, offset: Duration) -> int:
    workspace = draft.workspace
    return due(anchor, offset, at=plan.at, calendar=workspace.calendar, zone=workspace.timezone, sign=plan.sign)


def arm_next(draft: Draft, plan: TimedPlan, timer: Timer) -> None:
    """Let the next period of a recurrence wait."""
    key = timer.key._replace(occurrence=timer.key.occurrence + 1)
    following = _period(draft, plan, timer.base, key.occurrence)
    if following > draft.now:
        armed = Timer(key, timer.anchor, following, timer.offset, following, timer.base)
        draft.add(TimerArmed(timer=armed, event=plan.from_event))
    else:
        _arm_later(draft, plan, key, timer.anchor, following, Ending.ALREADY_DUE)


def _arm_later(
    draft: Draft, plan: TimedPlan, key: TimerKey, anchor: int, moment: int, late: str, last: Ended | None = None
) -> None:
    """Arm the first period of a recurrence after `moment` that is not due yet; one entry closes those before it.

    Those up to the `last` occurrence that ended, maybe of another definition, have been told of.
    """
    text = plan.offsets[0][0]
    untold, first = (moment, key.occurrence) if last is None else _after(draft, plan, anchor, last)
    number = _periods_by(draft, plan, anchor, draft.now) + 1
    moment = _period(draft, plan, anchor, number)
    if first < number:
        draft.add(
            TimerEnded(
                key=key._replace(occurrence=first),
                result="skipped",
                at=draft.now,
                due=untold,
                offset=text,
                anchor=anchor,
                reason=late,
                armed=False,
                through=number - 1,
                event=plan.from_event,
            )
        )
    armed = key._replace(occurrence=number)
    draft.add(TimerArmed(timer=Timer(armed, anchor, moment, text, moment, anchor), event=plan.from_event))


def _after(draft: Draft, plan: TimedPlan, anchor: int, last: Ended) -> tuple[int, int]:
    """Return the moment and the number of the first period that comes after an occurrence which ended.

    Periods of one length are known by their numbers, whatever their time of day; of another length, those that would
    have been due by then are taken for told.
    """
    told = last.number if last.offset == plan.offsets[0][0] else _periods_by(draft, plan, anchor, last.due)
    return _period(draft, plan, anchor, told + 1), told + 1


def cancel(draft: Draft, timer: Timer, reason: str, *, over: bool = False) -> None:
    """End a waiting occurrence without firing it; `over`: it is not to come again in this visit."""
    draft.add(
        TimerEnded(
            key=timer.key,
            result="cancelled",
            at=draft.now,
            due=timer.due,
            offset=timer.offset,
            anchor=timer.anchor,
            reason=reason,
            over=over,
        )
    )


def cancel_event(draft: Draft, name: str, reason: str, *, over: bool = False) -> None:
    """End all waiting occurrences of a timed event."""
    waiting = [timer for key, timer in draft.deal.timers.items() if key.event == name]
    for timer in sorted(waiting, key=lambda timer: timer.key):
        cancel(draft, timer, reason, over=over)


def reanchor(draft: Draft, plan: TimedPlan, anchor: int | None, late: str = Ending.ALREADY_DUE) -> None:
    """Keep a timed event in step with its anchor: a new value arms every offset anew, no value ends the waiting."""
    progress = draft.deal.progress.get(plan.event.name, _NEW)
    if anchor is None or progress.anchor != anchor:
        cancel_event(draft, plan.event.name, Ending.ANCHOR)
    if anchor is not None:
        arm(draft, plan, anchor, late)


def reanchor_on(draft: Draft, news: Sequence[Event], late: str = Ending.ALREADY_DUE) -> None:
    """Let what counts from an event of the visit count from the latest such one among the `news`."""
    latest: dict[str, int] = {}
    for event in news:
        kind, own = event.kind, ""
        if isinstance(event, TimerEnded):
            kind, own = _ENDINGS.get(event.result, ""), event.key.event
        at: int = getattr(event, "at", draft.at)
        for plan in draft.stage.by_event:
            born = plan.from_event == "deal.created" and isinstance(event, StageEntered) and event.visit == 1
            if (plan.from_event == kind or born) and plan.name != own:
                latest[plan.name] = max(at, latest.get(plan.name, at))
    for name, at in latest.items():
        plan = draft.stage.timed[name]
        known = anchor_of(draft, plan.event)
        if known is None or at > known:
            reanchor(draft, plan, at, late)


def rearm(draft: Draft, reason: str, late: str = Ending.ALREADY_DUE) -> None:
    """Bring the waiting occurrences to another definition of the stage where the deal stands.

    Those that the definition does not have are cancelled, moved ones are armed anew, new ones come in; what they would
    have been due for already is skipped because of `late`.
    """
    stage = draft.stage
    anchors = {name: anchor_of(draft, plan.event) for name, plan in stage.timed.items()}
    for timer in sorted(draft.deal.timers.values(), key=lambda timer: (timer.due, timer.key)):
        plan = stage.timed.get(timer.key.event)
        if plan is None or not _in_place(draft, plan, timer, anchors[plan.name]):
            cancel(draft, timer, reason)
    for name, plan in stage.timed.items():
        anchor = anchors[name]
        if anchor is not None:
            arm(draft, plan, anchor, late)


def _in_place(draft: Draft, plan: TimedPlan, timer: Timer, anchor: int | None) -> bool:
    """Tell whether the definition has an occurrence just where this one waits."""
    if timer.offset not in plan.texts or timer.anchor != anchor:
        return False
    if plan.every:
        known = draft.deal.progress.get(plan.name, _NEW)
        return not _used_up(plan, known) and timer.planned == _period(draft, plan, timer.anchor, timer.key.occurrence)
    offset = next(offset for text, offset in plan.offsets if text == timer.offset)
    return timer.planned == _due(draft, plan, timer.anchor, offset)


def _used_up(plan: TimedPlan, progress: Progress) -> bool:
    return plan.at_most is not None and progress.fired >= plan.at_most


def _period(draft: Draft, plan: TimedPlan, anchor: int, number: int) -> int:
    """Return when the period `number` of a recurrence is due, counted from its anchor."""
    workspace = draft.workspace
    return period(anchor, plan.offsets[0][1], number, at=plan.at, calendar=workspace.calendar, zone=workspace.timezone)


def _periods_by(draft: Draft, plan: TimedPlan, anchor: int, moment: int) -> int:
    """Return the number of the last period of a recurrence that is due by `moment`, 0 if none is."""
    workspace = draft.workspace
    return periods_by(
        anchor, plan.offsets[0][1], moment, at=plan.at, calendar=workspace.calendar, zone=workspace.timezone
    )
