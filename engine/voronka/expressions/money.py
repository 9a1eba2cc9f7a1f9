"""From a number to money."""

from __future__ import annotations

from math import floor, isfinite

__all__ = ["to_money"]

_LEAST, _MOST = -(2**63), 2**63 - 1
# Below this a double has room for a nudge of four units in the last place that is far from half a minor unit.
_NUDGED = 2.0**45
_NUDGE = 1.0 + 2.0**-50


def to_money(value: float, digits: int) -> int | None:
    """Return `value`, in major units, as minor units: a half is rounded away from zero. None beyond 64 bits.

    A product such as 1.005 × 100 lies a hair below its half as a double; within four units in the last place it
    counts as the half. Only operations that every SQL engine does alike on doubles are used.
    """
    if isinstance(value, int):
        whole = value * 10**digits
        return whole if _LEAST <= whole <= _MOST else None
    scaled = abs(value) * float(10**digits)
    if not isfinite(scaled):
        return None
    if scaled < _NUDGED:
        scaled *= _NUDGE
    minor = floor(scaled)
    if scaled - minor >= 0.5:
        minor += 1
    if value < 0:
        minor = -minor
    return minor if _LEAST <= minor <= _MOST else None
