"""Virtual time: a clock that stands until it is moved, and an engine led along it."""

from __future__ import annotations

from voronka.runtime.engine import Engine

__all__ = ["VirtualClock", "advance_to"]


class VirtualClock:
    """A clock for tests, the demo and replays. Moments in UTC microseconds."""

    __slots__ = ("_now",)

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Return where the clock stands."""
        return self._now

    def advance(self, micros: int) -> int:
        """Move on by so many microseconds and return the new moment."""
        if micros < 0:
            raise ValueError(f"time does not run back: {micros}")
        self._now += micros
        return self._now

    def move_to(self, moment: int) -> int:
        """Move on to `moment`; an earlier one leaves the clock where it is. Return the moment reached."""
        self._now = max(self._now, moment)
        return self._now


_STEP = 60_000_000
"""Microseconds between looks at what is due and cannot be done."""


def advance_to(engine: Engine, clock: VirtualClock, moment: int) -> int:
    """Lead an engine to `moment`: whatever is due on the way is done when it is due; return how much that was.

    The clock stands at each due time in turn, so that what follows from one timer comes before the next.
    """
    done = engine.settle()
    while (due := engine.next_due()) is not None and due <= moment:
        before = clock.now()
        clock.move_to(due)
        ended = engine.settle()
        done += ended
        if not ended and due <= before:
            # It waits for something else, such as a plugin that is broken; what comes after it does not.
            if before >= moment:
                break
            clock.move_to(min(before + _STEP, moment))
    clock.move_to(moment)
    return done + engine.settle()
