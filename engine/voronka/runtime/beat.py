"""The persisted beat: how the engine knows, after a break, that it was down, and from when to when."""

from __future__ import annotations

import logging

from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.storage import Alone, UnitOfWork

__all__ = ["INTERVAL", "Run", "after_gap", "beat", "goes_on", "is_fresh"]

INTERVAL = 5_000_000
"""Microseconds between two beats of a running service."""

_log = logging.getLogger("voronka.beat")

# A break in the beats longer than this is an outage: shorter ones are a slow disk.
_OUTAGE = 6 * INTERVAL
_SLACK = 500_000
_FRESH = 3 * INTERVAL


class Run:
    """Since when this process runs without a break, as it remembers itself.

    A transaction that takes long keeps its beats waiting, and is no outage. Moments in UTC microseconds.
    """

    def __init__(self) -> None:
        self._from: int | None = None
        self._to = 0
        self.set_back = False
        """Whether its clock was set back since the last beat that was written in full."""

    def note(self, now: int) -> None:
        """Remember that the process runs at `now`."""
        self.set_back |= self._from is not None and now < self._to - _SLACK
        if self._from is None or not self._to <= now <= self._to + _OUTAGE:
            self._from = now
        self._to = now

    def end(self) -> None:
        """Remember that the process could not work: it begins anew."""
        self._from = None

    def covers(self, beaten_at: int, now: int) -> bool:
        """Tell whether the process ran from the beat of `beaten_at` until `now`, though no other was written."""
        return self._from is not None and self._from - beaten_at <= _OUTAGE and 0 <= now - self._to <= _OUTAGE


def is_fresh(last: int | None, now: int) -> bool:
    """Tell whether the beat of `last` says that a service or a worker runs at `now`, by whichever machine's clock."""
    return last is not None and abs(now - last) <= _FRESH


def _broke_off(last: int, now: int, run: Run) -> bool:
    return now - last > _OUTAGE and not run.covers(last, now)


def beat(work: UnitOfWork, now: int, run: Run) -> tuple[int, int] | None:
    """Write down that the engine runs at `now`; return the last outage, from and to, in UTC microseconds.

    What came due within the outage was missed. Before the first beat the engine was down ever since there is a release:
    commands may have opened deals while no service ran. An outage whose arrears still wait when the next one begins is
    joined with it, so that a second break does not make what the first one missed look punctual. Of what a clock that
    went wrong has written for times to come nothing is kept: they are not missed before they are there. `run`: what
    the process remembers of itself.
    """
    work.take(Alone.BEAT)
    last = work.counter("beat")
    if last is None:
        last = work.first_release_at()
    outage = _known(work, now)
    if last is not None and _broke_off(last, now, run):
        waiting = work.next_due()
        in_arrears = outage is not None and waiting is not None and waiting <= outage[1]
        outage = (outage[0] if outage is not None and in_arrears else last, now)
        _keep(work, outage)
    elif last is not None and last - now > INTERVAL:
        _log.warning(
            Text(
                "The last beat lies {seconds} s in the time to come: the clock was set back. It counts from now on.",
                seconds=(last - now) // 1_000_000,
            )
        )
    work.set_counter("beat", now)
    failpoint("service.beat")
    return outage


def goes_on(work: UnitOfWork, now: int, outage: tuple[int, int] | None, beaten_at: int) -> bool:
    """Beat in one statement, if nothing is to be learned: who knew the last `outage` at `beaten_at` still does.

    Of several processes each beats: nothing ran only while none of them did.
    """
    if not beaten_at <= now <= beaten_at + _OUTAGE or (outage is not None and outage[1] > now):
        return False
    return work.move_counter("beat", now, least=now - _OUTAGE, most=now + INTERVAL)


def after_gap(work: UnitOfWork, now: int, known: tuple[int, int] | None, run: Run) -> tuple[int, int] | None:
    """Return the last outage as `beat` does if the machine slept until now or its clock was set back; else the `known`.

    Whoever wakes first may not be the one who beats.
    """
    last = work.counter("beat")
    slept = last is not None and _broke_off(last, now, run)
    set_back = any(moment > now for moment in (last, known and known[1]) if moment is not None)
    return beat(work, now, run) if slept or set_back else known


def _known(work: UnitOfWork, now: int) -> tuple[int, int] | None:
    """Return the outage that is written down, cut off at `now` where it goes beyond."""
    start, end = work.counter("outage_from"), work.counter("outage_to")
    if start is None or end is None:
        return None
    if end > now:
        start, end = min(start, now), now
        _keep(work, (start, end))
    return start, end


def _keep(work: UnitOfWork, outage: tuple[int, int]) -> None:
    work.set_counter("outage_from", outage[0])
    work.set_counter("outage_to", outage[1])
