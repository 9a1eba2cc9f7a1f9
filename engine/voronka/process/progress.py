"""How far the timed events of a deal have come: what arming, ending and entering a stage make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voronka.frozen import maker
from voronka.process.events import TimerArmed, TimerEnded
from voronka.process.state import Ended, Progress, Timer

__all__ = ["Progresses", "after_arming", "after_ending", "after_entering", "after_following"]

Progresses = Mapping[str, Progress]
"""By timed event, of each row apart."""

_progress = maker(Progress)


def after_entering(progress: Progresses, waiting: Iterable[Timer], left: int) -> Progresses:
    """Forget the visit `left`, but for what still waits of it: leaving has cancelled all that is not kept."""
    kept = {timer.key.progress for timer in waiting}
    return {
        name: one._replace(visit=one.visit or left) if name in kept else Progress(None, one.generation)
        for name, one in progress.items()
    }


def after_arming(progress: Progresses, event: TimerArmed) -> Progresses:
    """Remember what an occurrence that waits now counts from."""
    timer = event.timer
    key, anchor, told = timer.key, timer.anchor, event.event
    name = key.progress if key.row else key.event
    known = progress.get(name)
    if known is None:
        new = _progress(anchor, key.generation, event=told)
    elif known.anchor != anchor:
        new = Progress(anchor, key.generation, known.fired, over=known.over, event=told, visit=known.visit)
    elif known.generation == key.generation and timer.offset not in known.ended:
        return progress
    else:
        new = known._replace(generation=key.generation, ended=known.ended - {timer.offset}, event=told)
    return {**progress, name: new}


def after_ending(progress: Progresses, event: TimerEnded, timer: Timer | None) -> Progresses:
    """Remember that an occurrence ended: the `timer` that waited, or None, one that never did."""
    key = event.key
    name = key.progress
    known = progress.get(name)
    if not event.armed and (known is None or known.anchor != event.anchor):
        before = Progress() if known is None else known
        known = Progress(
            event.anchor, key.generation, before.fired, over=before.over, event=event.event, visit=before.visit
        )
        progress = {**progress, name: known}
    if event.result == "cancelled" and not event.over:
        return progress
    known = progress[name]
    ended, last = known.ended, known.last
    if event.result != "cancelled":
        ended = ended | {event.offset}
        if event.latest:
            last = _last(event, timer, last)
    new = Progress(
        known.anchor,
        max(known.generation, key.generation),
        known.fired + event.counts,
        ended,
        known.over or event.over,
        last,
        known.event if event.armed else event.event,
        known.visit,
    )
    return {**progress, name: new}


def after_following(progress: Progresses, names: Mapping[str, str]) -> Progresses:
    """Let each of `names` stand under its new name, too: of one that is there already, what has come further stays.

    A generation that was used under either name is not used again.
    """
    found = dict(progress)
    for old, new in names.items():
        one, there = progress[old], found.get(new)
        found[new] = one if there is None else _further(one, there)
    return found


def _further(one: Progress, there: Progress) -> Progress:
    known = there._replace(
        generation=max(one.generation, there.generation), fired=max(one.fired, there.fired), over=one.over or there.over
    )
    if one.anchor != there.anchor:
        return known
    last = max((each for each in (one.last, there.last) if each is not None), key=lambda each: each.due, default=None)
    return known._replace(ended=one.ended | there.ended, last=last)


def _last(event: TimerEnded, timer: Timer | None, before: Ended | None) -> Ended:
    """Return what is remembered of the latest occurrence that ended."""
    offset, number = event.offset, event.key.occurrence
    if timer is None:
        # A run of periods that one entry closes reaches up to its moment, and moves no base.
        base, since = (None, 0) if before is None or before.offset != offset else (before.base, before.since)
        reached = (number, event.due) if event.through is None else (event.through, event.at)
        return Ended(offset, *reached, base, since)
    if timer.due != timer.planned:
        return Ended(offset, number, timer.due, timer.due, number)
    return Ended(offset, number, timer.due, timer.base if timer.since else None, timer.since)
