"""Periods in the workspace's zone: days of the calendar, and the moments at which they begin and end."""

from __future__ import annotations

import re
from datetime import date, timedelta

from voronka.calendars import Duration, Unit, day_start
from voronka.definition.kpis import Grain
from voronka.frozen import frozen

__all__ = ["Period", "before", "containing", "first_day", "next_day", "period_before", "periods", "written_period"]

_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
_WRITTEN = re.compile(r"(\d{4})(?:-(?:Q([1-4])|W(\d\d)|(\d\d)(?:-(\d\d))?))?", re.ASCII)


@frozen
class Period:
    """Days from `first` up to but not including `after`, which begin at `start` and end at `end` in microseconds."""

    first: date
    after: date
    start: int
    end: int

    @classmethod
    def of(cls, first: date, after: date, zone: str) -> Period:
        """Return the period of these days in a zone."""
        return cls(first=first, after=after, start=day_start(first, zone), end=day_start(after, zone))


def first_day(day: date, grain: Grain) -> date:
    """Return the first day of the period that `day` lies in."""
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
    months = _MONTHS[grain]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def next_day(first: date, grain: Grain, count: int = 1) -> date:
    """Return the first day `count` periods after the one that begins with `first`."""
    if grain in (Grain.DAY, Grain.WEEK):
        return first + timedelta(days=count * (7 if grain is Grain.WEEK else 1))
    return _later(first, count * _MONTHS[grain])


def periods(start: date, end: date, grain: Grain | None, zone: str) -> tuple[Period, ...]:
    """Return the whole periods that the days from `start` to `end`, both included, lie in; without a grain, the days
    themselves as one.
    """
    if grain is None:
        return (Period.of(start, end + timedelta(days=1), zone),)
    found = []
    day = first_day(start, grain)
    while day <= end:
        after = next_day(day, grain)
        found.append(Period.of(day, after, zone))
        day = after
    return tuple(found)


def before(day: date, length: Duration) -> date:
    """Return the day so long before, by the calendar: the last of a shorter month where there is no such day."""
    match length.unit:
        case Unit.MONTHS:
            return _later(day, -length.count)
        case Unit.WEEKS:
            return day - timedelta(weeks=length.count)
        case Unit.DAYS:
            return day - timedelta(days=length.count)
    raise ValueError(f"{length} is no number of days")


def period_before(first: date, after: date) -> date:
    """Return the first day of the period before that of the days from `first` up to but not including `after`.

    It ends where this one begins: before whole months of the calendar as many of these, else as many days.
    """
    if first.day == after.day == 1:
        return _later(first, (first.year - after.year) * 12 + first.month - after.month)
    return first - (after - first)


def containing(day: date, grain: Grain | None) -> date | None:
    """Return the first day of the period around a day; without a grain None, for there is one period alone."""
    return None if grain is None else first_day(day, grain)


def written_period(text: str) -> tuple[date, date] | None:
    """Return the first day of ``2026``, ``2026-Q4``, ``2026-10``, ``2026-W40`` or ``2026-10-05``, and the day after the
    last; None if the text is no period.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, quarter, week, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if quarter:
            first, grain = date(year, quarter * 3 - 2, 1), Grain.QUARTER
        elif week:
            first, grain = date.fromisocalendar(year, week, 1), Grain.WEEK
        elif day:
            first, grain = date(year, month, day), Grain.DAY
        else:
            first, grain = date(year, month or 1, 1), Grain.MONTH if month else Grain.YEAR
    except ValueError:
        return None
    return first, next_day(first, grain)


def _later(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 + months
    first = date(place // 12, place % 12 + 1, 1)
    after = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))
