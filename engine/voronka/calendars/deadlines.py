"""When a timed event is due: how long after or before what.

Minutes and hours elapse. Days, weeks, months and working days are local dates, at a time of day. Working
hours count inside the calendar's hours.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date
from functools import lru_cache

from voronka.calendars.calendar import WorkingCalendar
from voronka.calendars.duration import Duration, Unit
from voronka.calendars.zones import EARLIEST, HOUR, LATEST, MINUTE, moment_on, split_local

__all__ = ["DATE_CLOCK", "deadline", "due", "next_period"]

DATE_CLOCK = 9 * 60
"""The time of day that a date alone stands for as an anchor, in minutes since midnight."""

_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()
_KEPT_DAYS = 512
# Before Python 3.12 a member costs more to look up in its class than the arithmetic here.
_MINUTES, _HOURS, _DAYS, _WEEKS = Unit.MINUTES, Unit.HOURS, Unit.DAYS, Unit.WEEKS
_WORKING_DAYS, _WORKING_HOURS = Unit.WORKING_DAYS, Unit.WORKING_HOURS


def due(
    anchor: int,
    offset: Duration,
    *,
    at: int | None = None,
    calendar: WorkingCalendar,
    zone: str,
    sign: int = 1,
) -> int:
    """Return the moment `offset` after `anchor` (`sign` 1) or before it (`sign` -1), in UTC microseconds.

    `at`, minutes since local midnight, is the time of day for units of dates; without it the anchor's own clock time
    stays. A time of day that a clock change skips gives the first moment after it, one that comes twice the first. The
    day of a month that a shorter month lacks is that month's last.
    """
    return _shifted(anchor, anchor, offset, at, calendar, zone, sign)


def next_period(
    anchor: int,
    previous: int,
    period: Duration,
    *,
    at: int | None = None,
    calendar: WorkingCalendar,
    zone: str,
) -> int:
    """Return the next moment of a recurrence, one `period` after the `previous` firing, in UTC microseconds.

    The `anchor` gives the time of day and the day of the month, so that neither a clock change nor a short month moves
    the recurrence for good. The first moment of it is `due(anchor, period, …)`.
    """
    return _shifted(anchor, previous, period, at, calendar, zone, 1)


def deadline(
    offset: Duration, *, at: int | None = None, calendar: WorkingCalendar, zone: str, sign: int = 1
) -> Callable[[int], int]:
    """Return `due` as a function of the anchor alone, for many anchors: a date is worked out once."""
    count, unit = offset.count * sign, offset.unit
    if not unit.dated:
        return lambda anchor: _shifted(anchor, anchor, offset, at, calendar, zone, sign)

    @lru_cache(maxsize=_KEPT_DAYS)
    def day_after(origin: int) -> int:
        return _moved(origin, count, unit, calendar, origin)

    if at is None:

        def at_same_time(anchor: int) -> int:
            day, clock = split_local(anchor, zone)
            return moment_on(day_after(day), clock, zone)

        return at_same_time

    @lru_cache(maxsize=_KEPT_DAYS)
    def moment_after(origin: int) -> int:
        return moment_on(day_after(origin), at * MINUTE, zone)

    return lambda anchor: moment_after(split_local(anchor, zone)[0])


def _shifted(
    anchor: int, base: int, offset: Duration, at: int | None, calendar: WorkingCalendar, zone: str, sign: int
) -> int:
    count, unit = offset.count * sign, offset.unit
    if unit is _MINUTES or unit is _HOURS:
        return min(max(base + count * (MINUTE if unit is _MINUTES else HOUR), EARLIEST), LATEST)
    if unit is _WORKING_HOURS:
        return _working_hours(base, count, calendar, zone)
    origin, clock = split_local(anchor, zone)
    day = origin if base == anchor else split_local(base, zone)[0]
    return moment_on(_moved(day, count, unit, calendar, origin), clock if at is None else at * MINUTE, zone)


def _moved(day: int, count: int, unit: Unit, calendar: WorkingCalendar, origin: int) -> int:
    """Return the date `count` units from `day`; months keep to the day of the month of `origin`."""
    if unit is _DAYS:
        return day + count
    if unit is _WORKING_DAYS:
        return calendar.shift(day, count)
    if unit is _WEEKS:
        return day + 7 * count
    return _months(day, count, date.fromordinal(origin).day)


def _months(ordinal: int, count: int, day_of_month: int) -> int:
    start = date.fromordinal(ordinal)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return _FIRST if year < MINYEAR else _LAST
    return date(year, month + 1, min(day_of_month, monthrange(year, month + 1)[1])).toordinal()


def _working_hours(base: int, count: int, calendar: WorkingCalendar, zone: str) -> int:
    """Return the first moment by which `count` hours were worked since `base`; if negative, the mirror."""
    left = abs(count) * HOUR
    if left == 0:
        return base
    day = split_local(base, zone)[0]
    while _FIRST < day < _LAST:
        spans = [
            (moment_on(day, span.start * MINUTE, zone), moment_on(day, span.end * MINUTE, zone))
            for span in calendar.hours_on(date.fromordinal(day))
        ]
        if count > 0:
            for start, end in spans:
                start = max(start, base)
                if end - start >= left:
                    return start + left
                left -= max(end - start, 0)
        else:
            for start, end in reversed(spans):
                end = min(end, base)
                if end - start >= left:
                    return end - left
                left -= max(end - start, 0)
        day = calendar.shift(day, 1 if count > 0 else -1)
    return LATEST if count > 0 else EARLIEST
