"""What a process counts of its own work since it began, for whoever watches it."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

__all__ = ["EFFECTS", "LATENESS", "LEASE_LOSSES", "REPLAYS", "Count", "Histogram"]


class Count:
    """A number that only grows, one for each combination of labels."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    def add(self, *labels: str) -> None:
        """Count one more."""
        with self._lock:
            self._found[labels] += 1

    def read(self) -> Mapping[tuple[str, ...], int]:
        """Return what was counted, by labels."""
        with self._lock:
            return dict(self._found)


class Histogram:
    """How often a measurement came to how much: counted by upper bounds, the last of which is infinity."""

    def __init__(self, *bounds: float) -> None:
        self.bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """Count one measurement."""
        with self._lock:
            self._counts[bisect_left(self.bounds, value)] += 1
            self._sum += value

    def read(self) -> tuple[list[int], float]:
        """Return how many measurements fell under each bound and above the last, and the sum of all."""
        with self._lock:
            return list(self._counts), self._sum


LATENESS = Histogram(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600, 21600, 86400)
"""Seconds by which timers ended after they were due."""

EFFECTS = Count()
"""Attempts at effects, by channel or action and by result: sent, dead, unknown, cancelled (too late) or retried."""

REPLAYS = Count()
"""Requests answered as they had been answered before under their key."""

LEASE_LOSSES = Count()
"""Effects whose lease had been lost when their end was to be written down."""
