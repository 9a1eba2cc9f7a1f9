"""Lengths of time as a consultant writes them: ``90 minutes``, ``2 working days``."""

from __future__ import annotations

import re
from enum import StrEnum

from voronka.errors import VoronkaError
from voronka.frozen import frozen
from voronka.messages import Plural, Text

__all__ = ["Duration", "DurationError", "Unit"]


class DurationError(VoronkaError):
    """A text that is no duration, or one longer than can be meant."""


class Unit(StrEnum):
    """What a duration counts. Minutes and hours elapse; days, weeks and months are local dates."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"

    @property
    def dated(self) -> bool:
        """Whether the unit counts dates, so that a time of day may be given with it."""
        return self in _DATED

    @property
    def longest(self) -> int:
        """How many of the unit a duration may have at most."""
        return _LONGEST[self]


_DATED = frozenset({Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.WORKING_DAYS})

# A hundred years, and some ten years of working hours: no sales process means more, and no date overflows.
_LONGEST = {
    Unit.MINUTES: 52_596_000,
    Unit.HOURS: 876_600,
    Unit.DAYS: 36_525,
    Unit.WEEKS: 5_218,
    Unit.MONTHS: 1_200,
    Unit.WORKING_DAYS: 26_000,
    Unit.WORKING_HOURS: 20_000,
}
_UNITS = {unit.value: unit for unit in Unit}
_WRITTEN = re.compile(r"([0-9]{1,9}) +(working +)?(minute|hour|day|week|month)s?")


@frozen(kw_only=False)
class Duration:
    """A whole number of units, not negative. Durations are equal if written alike: 24 hours are not 1 day.

    Raises `DurationError` for a negative count and beyond a hundred years (20,000 working hours).
    """

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.count <= _LONGEST[self.unit]:
            raise DurationError(
                Text(
                    "A duration of {count} {unit} is out of range.",
                    count=self.count,
                    unit=self.unit.replace("_", " "),
                ),
                Text("Write a number between 0 and {longest}.", longest=_LONGEST[self.unit]),
            )

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Return the duration that `text` tells, such as ``90 minutes``; else `DurationError`."""
        found = _WRITTEN.fullmatch(text.strip(" "))
        if found:
            count, working, unit = found.groups()
            if known := _UNITS.get(f"{'working_' if working else ''}{unit}s"):
                return cls(int(count), known)
        raise DurationError(
            Text("“{text}” is not a duration.", text=text[:60]),
            Text(
                "Write a whole number and one of minutes, hours, days, weeks, months, working days, "
                "working hours: 2 working days."
            ),
        )

    def __str__(self) -> str:
        """The canonical text: ``1 day``, ``2 working days``."""
        unit = self.unit.replace("_", " ")
        return f"{self.count} {unit[:-1] if self.count == 1 else unit}"

    def sentence(self) -> Plural:
        """Return the duration as a person reads it."""
        n = self.count
        match self.unit:
            case Unit.MINUTES:
                return Plural("{n} minute", "{n} minutes", n=n)
            case Unit.HOURS:
                return Plural("{n} hour", "{n} hours", n=n)
            case Unit.DAYS:
                return Plural("{n} day", "{n} days", n=n)
            case Unit.WEEKS:
                return Plural("{n} week", "{n} weeks", n=n)
            case Unit.MONTHS:
                return Plural("{n} month", "{n} months", n=n)
            case Unit.WORKING_DAYS:
                return Plural("{n} working day", "{n} working days", n=n)
            case Unit.WORKING_HOURS:
                return Plural("{n} working hour", "{n} working hours", n=n)
