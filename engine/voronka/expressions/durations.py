"""How long durations are against one another, and how long it is from one date or moment to another.

Minutes, hours, days and weeks have a common measure, a day being 24 hours. Months, working days and working hours are
measured by themselves alone: how long they are depends on when they begin. A difference that runs backwards is a
duration with a minus. Beyond the longest duration that there is all of it is missing.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from voronka.calendars import Duration, DurationError, Unit
from voronka.frozen import frozen

__all__ = ["MINUTES", "Length", "days_between", "excess", "finer", "length", "measure", "minutes_between", "total"]

MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 24 * 60, Unit.WEEKS: 7 * 24 * 60}
"""How many minutes a unit has, of those that have a common measure."""
_MINUTE = 60_000_000


@frozen(kw_only=False)
class Length:
    """So many of a unit; negative where it runs backwards."""

    count: int
    unit: Unit

    @property
    def measured(self) -> int:
        """The count in the unit's `measure`."""
        return self.count * MINUTES.get(self.unit, 1)


@lru_cache(maxsize=1024)
def length(text: str) -> Length:
    """Return what the canonical text of a duration tells."""
    found = Duration.parse(text.removeprefix("-"))
    return Length(-found.count if text.startswith("-") else found.count, found.unit)


def measure(unit: Unit) -> Unit:
    """Return the unit in which a unit is compared with others."""
    return Unit.MINUTES if unit in MINUTES else unit


def finer(left: Unit, right: Unit) -> Unit | None:
    """Return the unit of the sum of two durations: the smaller one; None if they have no common measure."""
    if measure(left) is not measure(right):
        return None
    return min(left, right, key=lambda unit: MINUTES.get(unit, 1))


def excess(left: str, right: str) -> int | None:
    """Return by how much the left duration is longer, in their measure; None if they have none in common."""
    one, other = length(left), length(right)
    return one.measured - other.measured if measure(one.unit) is measure(other.unit) else None


def total(left: str, right: str, sign: int) -> str | None:
    """Return the sum of two durations, or their difference (`sign` -1)."""
    one, other = length(left), length(right)
    unit = finer(one.unit, other.unit)
    if unit is None:
        return None
    return _written((one.measured + sign * other.measured) // MINUTES.get(unit, 1), unit)


def days_between(end: str, start: str) -> str | None:
    """Return how many days one date lies after another."""
    return _written((date.fromisoformat(end) - date.fromisoformat(start)).days, Unit.DAYS)


def minutes_between(end: int, start: int) -> str | None:
    """Return how many whole minutes one moment lies after another."""
    count = abs(end - start) // _MINUTE
    return _written(count if end >= start else -count, Unit.MINUTES)


def _written(count: int, unit: Unit) -> str | None:
    try:
        text = str(Duration(abs(count), unit))
    except DurationError:
        return None
    return f"-{text}" if count < 0 else text
