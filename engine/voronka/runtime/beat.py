"""The persisted beat: how the engine knows, after a break, that it was down, and from when to when."""

from __future__ import annotations

from voronka.storage import UnitOfWork

__all__ = ["INTERVAL", "beat"]

INTERVAL = 5_000_000
"""Microseconds between two beats of a running service."""

# A break in the beats longer than this is an outage: shorter ones are a slow disk or a long batch.
_OUTAGE = 6 * INTERVAL


def beat(work: UnitOfWork, now: int) -> tuple[int, int] | None:
    """Write down that the engine runs at `now`; return the last outage, from and to, in UTC microseconds.

    What came due within the outage was missed. Before the first beat the engine was down ever since there is a release:
    commands may have opened deals while no service ran. An outage whose arrears still wait when the next one begins is
    joined with it, so that a second break does not make what the first one missed look punctual.
    """
    last = work.counter("beat")
    if last is None:
        last = work.first_release_at()
    start, end = work.counter("outage_from"), work.counter("outage_to")
    outage = (start, end) if start is not None and end is not None else None
    if last is not None and now - last > _OUTAGE:
        waiting = work.next_due()
        in_arrears = outage is not None and waiting is not None and waiting <= outage[1]
        outage = (outage[0] if outage is not None and in_arrears else last, now)
        work.set_counter("outage_from", outage[0])
        work.set_counter("outage_to", outage[1])
    work.set_counter("beat", max(now, last or 0))
    return outage
