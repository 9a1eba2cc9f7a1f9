"""The working calendar: which dates are worked, and at what hours."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import field
from datetime import MAXYEAR, MINYEAR, date
from itertools import accumulate
from typing import NamedTuple

from voronka.calendars.countries import CountryYear, country_year
from voronka.errors import VoronkaError
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["CalendarError", "TimeSpan", "WorkingCalendar"]

_NOTHING = CountryYear(frozenset(), frozenset())
_COUNTRY_YEARS = range(1900, 2101)
_FAR = 1000


class CalendarError(VoronkaError):
    """A calendar that cannot be: no working hours, hours that overlap, a date both off and worked."""


class _Tally(NamedTuple):
    """How many dates, and how many minutes, are worked."""

    days: int
    minutes: int


class _Year(NamedTuple):
    """The working dates of a year as proleptic ordinals, and the minutes worked before each of them and in all."""

    days: tuple[int, ...]
    minutes: tuple[int, ...]


class TimeSpan(NamedTuple):
    """Hours of one day, in minutes since midnight; `start` is included, `end` (at most 1440) is not."""

    start: int
    end: int


@frozen
class WorkingCalendar:
    """Working days and hours. `week`: the hours of Monday to Sunday; a day without hours is not worked.

    A date is worked if `work` names it; else not if `off` does; else as the `country` (ISO 3166-1) moves or
    frees it; else as its weekday. A worked date whose weekday has no hours takes those of the last weekday
    before it that has some: a worked Saturday keeps Friday's. Raises `CalendarError` if the parts do not fit.

    `holidays` names where the country's days come from; `year_of` gives those of a year, None: it knows none. It is
    asked for the years 1900 to 2100. Where nothing is said of a year, the week alone is counted with, so that dates
    thousands of years apart cost no more than others.
    """

    name: str
    week: tuple[tuple[TimeSpan, ...], ...]
    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    country: str | None = None
    holidays: str = "holidays"
    year_of: Callable[[str, int], CountryYear | None] = field(default=country_year, repr=False, compare=False)
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)
    _told: tuple[int, ...] = field(default=(), init=False, repr=False, compare=False)
    _weekdays: tuple[_Tally, ...] = field(default=(), init=False, repr=False, compare=False)

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
        told = {day.year for day in self.off | self.work}.union(_COUNTRY_YEARS if self.country else ())
        object.__setattr__(self, "_told", tuple(sorted(told)))
        sums = [_Tally(0, 0)]
        for spans in self.week:
            sums.append(_Tally(sums[-1].days + bool(spans), sums[-1].minutes + _minutes(spans)))
        object.__setattr__(self, "_weekdays", tuple(sums))

    @property
    def minutes_a_week(self) -> int:
        """How many minutes are worked in a week of which nothing is said."""
        return self._weekdays[7].minutes

    @property
    def week_pattern(self) -> tuple[bool, ...]:
        """Whether Monday to Sunday are worked, where nothing is said of a date."""
        return tuple(bool(spans) for spans in self.week)

    def exceptions(self) -> tuple[tuple[int, bool], ...]:
        """Return the dates of which their weekday tells the wrong thing, in order: proleptic ordinals, and whether each
        is worked.
        """
        found = []
        for year in self._told:
            worked = set(self._year(year).days)
            for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
                if (ordinal in worked) is not bool(self.week[(ordinal - 1) % 7]):
                    found.append((ordinal, ordinal in worked))
        return tuple(found)

    def is_working(self, day: date) -> bool:
        """Return whether `day` is worked."""
        days = self._year(day.year).days
        place = bisect_left(days, day.toordinal())
        return place < len(days) and days[place] == day.toordinal()

    def hours_on(self, day: date) -> tuple[TimeSpan, ...]:
        """Return the working hours of `day`, in order; none if it is not worked."""
        return self._usual_hours(day.weekday()) if self.is_working(day) else ()

    def _usual_hours(self, weekday: int) -> tuple[TimeSpan, ...]:
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
        return self._between(start.toordinal(), end.toordinal()).days

    def minutes_between(self, start: int, end: int) -> int:
        """Return how many minutes are worked after the proleptic ordinal `start` up to and including `end`."""
        return self._between(start, end).minutes

    def _between(self, start: int, end: int) -> _Tally:
        """Count after the ordinal `start` up to and including `end`, not before it: by the year only where it differs
        from the week.
        """
        first, last = date.fromordinal(start).year, date.fromordinal(end).year
        told = self._told
        days, minutes = self._in_year(last, end)
        less = self._in_year(first, start)
        days, minutes = days - less.days, minutes - less.minutes
        begun, before = date(first, 1, 1).toordinal() - 1, date(last, 1, 1).toordinal() - 1
        usual, less = self._by_week(before), self._by_week(begun)
        days, minutes = days + usual.days - less.days, minutes + usual.minutes - less.minutes
        for year in told[bisect_left(told, first) : bisect_left(told, last)]:
            known = self._year(year)
            usual, less = self._by_week(date(year, 12, 31).toordinal()), self._by_week(date(year, 1, 1).toordinal() - 1)
            days += len(known.days) - usual.days + less.days
            minutes += known.minutes[-1] - usual.minutes + less.minutes
        return _Tally(days, minutes)

    def _in_year(self, year: int, end: int) -> _Tally:
        """Count in the year up to and including the ordinal `end`."""
        known = self._year(year)
        place = bisect_right(known.days, end)
        return _Tally(place, known.minutes[place])

    def _by_week(self, end: int) -> _Tally:
        """Count by the week alone from the first ordinal, a Monday, up to and including `end`."""
        weeks, rest = divmod(end, 7)
        each, part = self._weekdays[7], self._weekdays[rest]
        return _Tally(weeks * each.days + part.days, weeks * each.minutes + part.minutes)

    def shift(self, ordinal: int, count: int) -> int:
        """Do as `add_working_days` for a proleptic ordinal."""
        if count == 0:
            return ordinal
        if count > _FAR:
            last = date.max.toordinal()
            near = min(ordinal + count * 7 // self._weekdays[7].days, last - 1)
            left = count - self._between(ordinal, near).days
            if left > 0 and near == last - 1:
                return last
            return self.shift(near, left) if left > 0 else self.shift(near + 1, left - 1)
        year = date.fromordinal(ordinal).year
        days = self._year(year).days
        if count > 0:
            place = bisect_right(days, ordinal) + count - 1
            while place >= len(days):
                place -= len(days)
                year += 1
                if year > MAXYEAR:
                    return date.max.toordinal()
                days = self._year(year).days
        else:
            place = bisect_left(days, ordinal) + count
            while place < 0:
                year -= 1
                if year < MINYEAR:
                    return date.min.toordinal()
                days = self._year(year).days
                place += len(days)
        return days[place]

    def _year(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            days = self._work_out(year)
            by_weekday = [_minutes(self._usual_hours(weekday)) for weekday in range(7)]
            minutes = accumulate((by_weekday[(day - 1) % 7] for day in days), initial=0)
            known = self._years[year] = _Year(days, tuple(minutes))
        return known

    def _work_out(self, year: int) -> tuple[int, ...]:
        asked = self.country if year in _COUNTRY_YEARS else None
        country = (self.year_of(asked, year) if asked else None) or _NOTHING
        days = []
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day in self.work or (
                day not in self.off
                and (day in country.work or (day not in country.off and bool(self.week[day.weekday()])))
            ):
                days.append(ordinal)
        return tuple(days)


def _minutes(spans: tuple[TimeSpan, ...]) -> int:
    return sum(span.end - span.start for span in spans)
