"""Where time comes from: a collaborator, read once a step."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> int:
        """Return the moment in UTC microseconds since 1970."""
        ...


class SystemClock:
    """The machine's clock, never running back within a process: an earlier reading repeats the last one."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        """Return the moment in UTC microseconds since 1970."""
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last
