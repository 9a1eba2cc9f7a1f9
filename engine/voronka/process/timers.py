"""Arming the timed events of a visit, and keeping them in step with their anchors and with the definition.

A timed event counts from an anchor. `arm` makes its occurrences wait; whatever changes the anchor arms it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import takewhile

from voronka.frozen import maker
from voronka.process.anchors import anchor_of, kept, plan_in_force, rows_of, timing_of
from voronka.process.draft import Draft
from voronka.process.events import DealReopened, Event, StageEntered, StageLeft, TimerArmed, TimerEnded
from voronka.process.plan import StagePlan, TimedPlan
from voronka.process.state import Ended, Progress, Timer, TimerKey, progress_of
from voronka.process.timing import Timing

__all__ = [
    "Ending",
    "arm",
    "arm_next",
    "arm_visit",
    "cancel",
    "cancel_event",
    "carry_over",
    "follow_kept",
    "follow_timers",
    "leave_timers",
    "reanchor_on",
    "rearm",
    "replace_kept",
    "since_entry",
]

_armed, _timer, _key = maker(TimerArmed), maker(Timer), maker(TimerKey)
_NEW = Progress()
_NOTHING: Mapping[str, list[Timer]] = {}
_ENDINGS = {"fired": "timer.fired", "skipped": "timer.skipped"}


class Ending(StrEnum):
    """Why an occurrence ended otherwise than by firing; stands in `TimerEnded.reason`."""

    AGAIN = "again"
    ALREADY_DUE = "already due"
    ANCHOR = "anchor"
    BEFORE_IMPORT = "before import"
    BEFORE_RELEASE = "before release"
    CANCELLED = "cancelled"
    CASE = "case"
    GATE = "gate"
    LEFT = "left"
    MISSED = "missed"
    MOVED = "moved"
    RELEASE = "release"
    ROW = "row"
    TOO_LATE = "too late"
    UNDONE = "import undone"
    UNTIL = "until"
    WHEN = "when"


def arm_visit(draft: Draft, stage: StagePlan, late: str = Ending.ALREADY_DUE) -> None:
    """Arm what counts from the entry or from what is known already."""
    waiting = _waiting(draft) if draft.deal.timers else _NOTHING
    for plan in stage.by_entry:
        if plan.plain:
            anchor = draft.deal.entered_at if plan.from_entry else anchor_of(draft, plan)
            if anchor is not None:
                arm(draft, plan, anchor, waiting.get(plan.name, ()), late)
        else:
            follow_timers(draft, plan, late)


def arm(
    draft: Draft,
    plan: TimedPlan,
    anchor: int,
    timers: Iterable[Timer],
    late: str = Ending.ALREADY_DUE,
    row: str = "",
    waited: int = 0,
) -> None:
    """Let every occurrence wait that neither waits nor has ended; all of them, if the anchor is a new one.

    `timers`: those of the timed event, and of the row, that wait; `waited`: how many did so before the definition or
    the zone changed. What is due already is not armed: it is recorded as skipped, because of `late`. A release that
    says so lets it wait all the same, and fire.
    """
    deal, name, every = draft.deal, plan.name, plan.every
    progress = deal.progress.get(progress_of(name, row) if row else name, _NEW)
    fresh = progress.anchor != anchor
    if progress is not _NEW and (progress.over or _used_up(plan, progress)):
        return
    timing = plan.own if plan.local else timing_of(draft, plan)
    start = timing.start(anchor) if every else anchor
    waiting = () if fresh else {timer.offset for timer in timers}
    now, visit, generation = draft.now, progress.visit or deal.visit, progress.generation + 1
    backfill = plan.backfill and late == Ending.BEFORE_RELEASE
    for number, text, planned_after in timing.occurrences:
        if not fresh and (
            text in waiting or (not every and (text in progress.ended or _in_its_place(plan, progress, waited)))
        ):
            continue
        key = _key(visit, name, generation, row, number)
        planned = planned_after(anchor)
        due = timing.opened(planned) if timing.windowed else planned
        if backfill and not every and due <= now:
            due = timing.opened(now)  # it waits from now on: no outage before has made it late
        if due > now or (backfill and not every):
            if every and not fresh and progress.last is not None:
                _go_on(draft, plan, timing, key, anchor, late, progress.last)
            else:
                draft.add(_armed(timer=_timer(key, anchor, due, text, planned, start), event=plan.from_event))
        elif every:
            _go_on(draft, plan, timing, key, anchor, late, None if fresh else progress.last)
        else:
            draft.add(
                TimerEnded(
                    key=key,
                    result="skipped",
                    at=now,
                    due=due,
                    offset=text,
                    anchor=anchor,
                    reason=late,
                    armed=False,
                    event=plan.from_event,
                    planned=planned if planned != due else None,
                )
            )


def arm_next(draft: Draft, plan: TimedPlan, timer: Timer) -> None:
    """Let the next period of a recurrence wait; it counts from the moment to which its window has moved this one."""
    last = draft.deal.progress[timer.key.progress].last
    _go_on(draft, plan, timing_of(draft, plan), timer.key, timer.anchor, Ending.ALREADY_DUE, last)


def _go_on(
    draft: Draft, plan: TimedPlan, timing: Timing, key: TimerKey, anchor: int, late: str, last: Ended | None
) -> None:
    """Arm the first period of a recurrence that is not due yet; one entry closes those before it.

    Those up to the `last` occurrence that ended, maybe of another definition, have been told of.
    """
    (text,) = plan.texts
    base, since, first = timing.start(anchor), 0, 1
    if last is not None:
        base, since = base if last.base is None else last.base, last.since
        # Periods of one length are known by their numbers, whatever their time of day; of another length, those that
        # would have been due by then are taken for told.
        if last.offset == text:
            first = last.number + 1
        else:
            since = 0
            first = timing.periods_by(base, last.due) + 1
    # What has ended lies ahead again if its time of day or its zone is another now, or the clock has been put back.
    number = max(first, since + timing.next_period(base, draft.now))
    if plan.backfill and late == Ending.BEFORE_RELEASE:
        number = max(first, number - 1)
    if first < number:
        planned = timing.period(base, first - since)
        due = timing.opened(planned)
        draft.add(
            TimerEnded(
                key=key._replace(occurrence=first),
                result="skipped",
                at=draft.now,
                due=due,
                offset=text,
                anchor=anchor,
                reason=late,
                armed=False,
                through=number - 1,
                event=plan.from_event,
                planned=planned if planned != due else None,
            )
        )
    planned = timing.period(base, number - since)
    due = timing.opened(planned)
    if due <= draft.now:  # back-filled: it waits from now on, and the period after it counts from where this one would
        planned, due = draft.now, timing.opened(draft.now)
    armed = _timer(key._replace(occurrence=number), anchor, due, text, planned, base, since)
    draft.add(_armed(timer=armed, event=plan.from_event))


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


def leave_timers(draft: Draft) -> None:
    """Cancel what waits as its stage is left, but for what is kept."""
    for timer in _in_order(draft):
        plan = draft.variant.timed.get(timer.key.event)
        if plan is None or not plan.keep:
            cancel(draft, timer, Ending.LEFT)


def replace_kept(draft: Draft, stage: StagePlan) -> None:
    """Cancel what is kept of earlier visits and is armed anew by one to `stage`."""
    for timer in _in_order(draft):
        if timer.key.event in stage.timed:
            cancel(draft, timer, Ending.AGAIN)


def _in_order(draft: Draft) -> list[Timer]:
    return sorted(draft.deal.timers.values(), key=lambda timer: (timer.due, timer.key))


def _waiting(draft: Draft) -> Mapping[str, list[Timer]]:
    """Return what waits by the name of its progress: of each timed event and row, in order."""
    found: dict[str, list[Timer]] = {}
    for timer in _in_order(draft):
        found.setdefault(timer.key.progress, []).append(timer)
    return found


def follow_timers(draft: Draft, plan: TimedPlan, late: str = Ending.ALREADY_DUE) -> None:
    """Keep a timed event of the visit in step with its anchor, its zone and its rows."""
    rows, waiting = rows_of(draft, plan), _waiting(draft)
    for timers in waiting.values():
        if timers[0].key.event == plan.name and timers[0].key.row not in rows:
            _cancel_all(draft, timers, Ending.ROW)
    for row in rows:
        timers = waiting.get(progress_of(plan.name, row), [])
        _reanchor(draft, plan, anchor_of(draft, plan, row), late, timers, row)


def carry_over(draft: Draft, names: Mapping[str, str]) -> None:
    """Let what waits for rows that have other keys now wait for these, what is due already as well.

    `names`: of progress, each with that under the key of now. A row that is there already waits as it does.
    """
    taken = _waiting(draft).keys()
    generations = {new: draft.deal.progress[new].generation + 1 for new in names.values()}
    for timer in _in_order(draft):
        new, plan = names.get(timer.key.progress), plan_in_force(draft, timer.key)
        if new is None or new in taken or plan is None:
            continue
        known, number = draft.deal.progress[new], timer.key.occurrence
        told = known.last is not None and number <= known.last.number if plan.every else timer.offset in known.ended
        if known.anchor == timer.anchor and not (told or known.over or _used_up(plan, known)):
            key = _key(timer.key.visit, timer.key.event, generations[new], new.partition("[")[2][:-1], number)
            draft.add(_armed(timer=timer._replace(key=key), event=plan.from_event))


def follow_kept(draft: Draft, late: str = Ending.ALREADY_DUE, changed: Collection[str] | None = None) -> None:
    """Keep what is kept of earlier visits in step: its rows are those of then.

    `changed`: the names of what has changed; None: anything may have.
    """
    if not draft.variant.keeps:
        return
    waiting = _waiting(draft)
    for plan, row in kept(draft):
        if changed is not None and plan.reads.isdisjoint(changed):
            continue
        timers = waiting.get(progress_of(plan.name, row), [])
        if row in rows_of(draft, plan):
            _reanchor(draft, plan, anchor_of(draft, plan, row), late, timers, row)
        else:
            _cancel_all(draft, timers, Ending.ROW)


def _cancel_all(draft: Draft, timers: Iterable[Timer], reason: str) -> None:
    for timer in timers:
        cancel(draft, timer, reason)


def _reanchor(
    draft: Draft, plan: TimedPlan, anchor: int | None, late: str, timers: Sequence[Timer], row: str = ""
) -> None:
    """Keep occurrences in step: a new anchor arms every offset anew, no anchor ends the waiting, another zone moves.

    `timers`: those that wait.
    """
    if anchor is None:
        _cancel_all(draft, timers, Ending.ANCHOR)
        return
    placed = [_in_place(draft, plan, timer, anchor) for timer in timers]
    _cancel_all(draft, (timer for timer, stays in zip(timers, placed, strict=True) if not stays), Ending.ANCHOR)
    staying = [timer for timer, stays in zip(timers, placed, strict=True) if stays]
    arm(draft, plan, anchor, staying, late, row, len(timers))


def reanchor_on(
    draft: Draft, news: Sequence[Event], late: str = Ending.ALREADY_DUE, own: Sequence[TimedPlan] | None = None
) -> None:
    """Let what counts from an event of the visit count from the latest such one among the `news`; what is kept, too.

    `own`: the timed events of the visit that may do so, by default all.
    """
    latest: dict[str, int] = {}
    own = draft.stage.by_event if own is None else own
    plans = {plan.name: plan for plan in (*own, *(plan for plan, _ in kept(draft) if plan.from_event))}
    for event in news:
        kind, itself = event.kind, ""
        if isinstance(event, TimerEnded):
            kind, itself = _ENDINGS.get(event.result, ""), event.key.event
        first = isinstance(event, StageEntered) and event.visit == 1
        for plan in plans.values():
            born = first and plan.from_event == "deal.created"
            at = draft.deal.created_at if born else _moment_of(event, draft)
            if (plan.from_event == kind or born) and plan.name != itself:
                latest[plan.name] = max(at, latest.get(plan.name, at))
    waiting = _waiting(draft) if latest else {}
    for name, at in latest.items():
        plan = plans[name]
        known = anchor_of(draft, plan)
        if known is None or at > known:
            _reanchor(draft, plan, at, late, waiting.get(name, []))


def _moment_of(event: Event, draft: Draft) -> int:
    at: int | None = getattr(event, "at", None)
    return draft.at if at is None else at


def since_entry(news: Sequence[Event]) -> Sequence[Event]:
    """Return what happened since the last entry to a stage among the news, all of it without one.

    That the deal was reopened by the entry belongs to it.
    """
    entries = [number for number, event in enumerate(news) if isinstance(event, StageEntered)]
    if not entries:
        return news
    before = takewhile(lambda event: not isinstance(event, StageLeft), reversed(news[: entries[-1]]))
    return [*(event for event in before if isinstance(event, DealReopened)), *news[entries[-1] :]]


def rearm(draft: Draft, reason: str, late: str = Ending.ALREADY_DUE) -> None:
    """Bring the waiting occurrences to another definition of the stage where the deal stands, and of what is kept.

    Those that the definition does not have are cancelled because of `reason`, moved ones are armed anew, new ones come
    in; what they would have been due for already is skipped because of `late`.
    """
    anchors = {
        (plan.name, row): anchor_of(draft, plan, row)
        for plan in draft.stage.timed.values()
        for row in rows_of(draft, plan)
    }
    for plan, row in kept(draft):
        if row in rows_of(draft, plan):
            anchors[plan.name, row] = anchor_of(draft, plan, row)
    before = _waiting(draft)
    for timer in _in_order(draft):
        key = timer.key
        found, anchor = plan_in_force(draft, key), anchors.get((key.event, key.row))
        if found is None or not _in_place(draft, found, timer, anchor):
            gone = found is None or anchor is None or _is_over(draft, found, timer, before[key.progress])
            cancel(draft, timer, reason if gone else Ending.MOVED)
    waiting = _waiting(draft)
    for (name, row), anchor in anchors.items():
        if anchor is not None:
            of = progress_of(name, row)
            waited = len(before.get(of, ()))
            arm(draft, draft.variant.timed[name], anchor, waiting.get(of, ()), late, row, waited)


def _in_place(draft: Draft, plan: TimedPlan, timer: Timer, anchor: int | None) -> bool:
    """Tell whether the definition has an occurrence just where this one waits."""
    if timer.offset not in plan.texts or timer.anchor != anchor:
        return False
    timing = timing_of(draft, plan)
    if plan.every:
        known = draft.deal.progress.get(timer.key.progress, _NEW)
        planned = timing.period(timer.base, timer.key.occurrence - timer.since)
        if _used_up(plan, known):
            return False
    else:
        planned = timing.planned[timer.offset](anchor)
    due = timing.opened(planned)
    if timer.planned == planned and timer.due == due:
        return True
    # What a release lets come due at once waits since then, for what would have been due before, until it may fire.
    awaited = timer.due <= draft.now or timing.opened(timer.due) == timer.due
    return plan.backfill and awaited and timer.planned <= draft.now and due <= min(timer.due, draft.now)


def _is_over(draft: Draft, plan: TimedPlan, timer: Timer, waiting: Sequence[Timer]) -> bool:
    """Tell whether nothing takes the place of this occurrence: its offset is gone or has fired, or all are used.

    `waiting`: those of the timed event, and of the row, that have waited. A single offset takes the place of a single
    one whatever its text is; one of several is known by its text.
    """
    known = draft.deal.progress.get(timer.key.progress, _NEW)
    if plan.every:
        return _used_up(plan, known)
    several = len(plan.texts) > 1 or len(waiting) > 1
    return timer.offset not in plan.texts and (several or all(text in known.ended for text in plan.texts))


def _in_its_place(plan: TimedPlan, progress: Progress, waited: int) -> bool:
    """Tell whether the one offset of the definition is another text for the one that has fired.

    What `waited` beside the fired one shows that it was one of several.
    """
    last = progress.last
    once = progress.fired > 0 and last is not None and last.number == 1
    return once and not waited and len(plan.texts) == len(progress.ended) == 1


def _used_up(plan: TimedPlan, progress: Progress) -> bool:
    return plan.at_most is not None and progress.fired >= plan.at_most
