"""Where time comes from: a collaborator, read once a step."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from voronka.messages import Text

__all__ = ["Clock", "SystemClock"]

_log = logging.getLogger("voronka.clock")

# Corrections of a running clock are smaller, in microseconds.
_STANDS = 5_000_000


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> int:
        """Return the moment in UTC microseconds since 1970."""
        ...


class SystemClock:
    """The machine's clock. Within a process it stands for a few seconds rather than run back a little.

    A clock that was set back further is followed: to stand until it has caught up would be an outage without an end.
    The order of a history is that of its entries' numbers, whatever their times are. `read` gives the machine's
    nanoseconds since 1970.
    """

    __slots__ = ("_last", "_read")

    def __init__(self, read: Callable[[], int] = time.time_ns) -> None:
        self._last = 0
        self._read = read

    def now(self) -> int:
        """Return the moment in UTC microseconds since 1970."""
        now = self._read() // 1000
        last = self._last
        if last - now > _STANDS:
            _log.warning(
                Text("The clock of the machine was set back by {seconds} s.", seconds=(last - now) // 1_000_000)
            )
            self._last = now
            return now
        self._last = max(last, now)
        return self._last
