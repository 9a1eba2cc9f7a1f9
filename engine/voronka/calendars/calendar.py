"""The working calendar: which dates are worked, and at what hours."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date
from typing import NamedTuple

from voronka.calendars.countries import CountryYear, country_year
from voronka.errors import VoronkaError
from voronka.messages import Text

__all__ = ["CalendarError", "TimeSpan", "WorkingCalendar"]

_NOTHING = CountryYear(frozenset(), frozenset())


class CalendarError(VoronkaError):
    """A calendar that cannot be: no working hours, hours that overlap, a date both off and worked."""


class TimeSpan(NamedTuple):
    """Hours of one day, in minutes since midnight; `start` is included, `end` (at most 1440) is not."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingCalendar:
    """Working days and hours. `week`: the hours of Monday to Sunday; a day without hours is not worked.

    A date is worked if `work` names it; else not if `off` does; else as the `country` (ISO 3166-1) moves or
    frees it; else as its weekday. A worked date whose weekday has no hours takes those of the last weekday
    before it that has some: a worked Saturday keeps Friday's. Raises `CalendarError` if the parts do not fit.

    `holidays` names where the country's days come from; `year_of` gives those of a year, None: it knows none.
    """

    name: str
    week: tuple[tuple[TimeSpan, ...], ...]
    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    country: str | None = None
    holidays: str = "holidays"
    year_of: Callable[[str, int], CountryYear | None] = field(default=country_year, repr=False, compare=False)
    _years: dict[int, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not any(self.week):
            raise CalendarError(
                Text("The calendar {name} has no working hours.", name=self.name),
                Text("Give hours to at least one day of the week."),
            )
        for spans in self.week:
            edges = [0, *(minute for span in spans for minute in span), 24 * 60]
            if edges != sorted(edges) or any(span.start == span.end for span in spans):
                raise CalendarError(
                    Text("The hours of the calendar {name} overlap or end before they start.", name=self.name),
                    Text("Write the spans of a day in order, each ending after it starts, none beyond 24:00."),
                )
        if both := self.off & self.work:
            raise CalendarError(
                Text("{day} is both off and worked in the calendar {name}.", day=min(both), name=self.name),
                Text("Take it out of one of the two lists."),
            )

    def is_working(self, day: date) -> bool:
        """Return whether `day` is worked."""
        days = self.working_days(day.year)
        place = bisect_left(days, day.toordinal())
        return place < len(days) and days[place] == day.toordinal()

    def hours_on(self, day: date) -> tuple[TimeSpan, ...]:
        """Return the working hours of `day`, in order; none if it is not worked."""
        if not self.is_working(day):
            return ()
        weekday = day.weekday()
        return next(hours for back in range(7) if (hours := self.week[weekday - back]))

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th working date after `day` (before it, if negative); `day` itself for 0.

        Beyond the ends of the calendar: its last date, or its first.
        """
        return date.fromordinal(self.shift(day.toordinal(), count))

    def working_days_between(self, start: date, end: date) -> int:
        """Return the number of working dates after `start` up to and including `end`; backwards, negative."""
        if end < start:
            return -self.working_days_between(end, start)
        total = -bisect_right(self.working_days(start.year), start.toordinal())
        total += sum(len(self.working_days(year)) for year in range(start.year, end.year))
        return total + bisect_right(self.working_days(end.year), end.toordinal())

    def shift(self, ordinal: int, count: int) -> int:
        """Do as `add_working_days` for a proleptic ordinal."""
        if count == 0:
            return ordinal
        year = date.fromordinal(ordinal).year
        days = self.working_days(year)
        if count > 0:
            place = bisect_right(days, ordinal) + count - 1
            while place >= len(days):
                place -= len(days)
                year += 1
                if year > MAXYEAR:
                    return date.max.toordinal()
                days = self.working_days(year)
        else:
            place = bisect_left(days, ordinal) + count
            while place < 0:
                year -= 1
                if year < MINYEAR:
                    return date.min.toordinal()
                days = self.working_days(year)
                place += len(days)
        return days[place]

    def working_days(self, year: int) -> tuple[int, ...]:
        """Return the proleptic ordinals of the working dates of `year`, in order."""
        days = self._years.get(year)
        if days is None:
            days = self._years[year] = self._work_out(year)
        return days

    def _work_out(self, year: int) -> tuple[int, ...]:
        country = (self.year_of(self.country, year) if self.country else None) or _NOTHING
        days = []
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day in self.work or (
                day not in self.off
                and (day in country.work or (day not in country.off and bool(self.week[day.weekday()])))
            ):
                days.append(ordinal)
        return tuple(days)
