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
from voronka.calendars.zones import EARLIEST, HOUR, LATEST, MINUTE, days_of_change, moment_on, split_local

__all__ = ["DATE_CLOCK", "deadline", "due", "period", "periods_by"]

DATE_CLOCK = 9 * 60
"""The time of day that a date alone stands for as an anchor, in minutes since midnight."""

_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()
# The dates of which every hour lies between `EARLIEST` and `LATEST`, whatever the zone.
_FIRST_WHOLE, _LAST_WHOLE = _FIRST + 3, _LAST - 4
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
    return _shifted(anchor, offset.count * sign, offset.unit, at, calendar, zone)


def period(
    anchor: int,
    length: Duration,
    number: int,
    *,
    at: int | None = None,
    calendar: WorkingCalendar,
    zone: str,
) -> int:
    """Return when the period `number`, from 1, of a recurrence is due: so many lengths after its anchor, in UTC
    microseconds.

    The `anchor` gives the time of day and the day of the month, so that neither a clock change nor a short month moves
    the recurrence for good. Over a local date that is left out altogether, two periods may be due at the same moment.
    """
    return _shifted(anchor, length.count * number, length.unit, at, calendar, zone)


def periods_by(
    anchor: int,
    length: Duration,
    moment: int,
    *,
    at: int | None = None,
    calendar: WorkingCalendar,
    zone: str,
) -> int:
    """Return how many periods of a recurrence have come due by `moment`, however long ago its `anchor` was."""
    count, unit = length.count, length.unit
    number = max(_units(anchor, moment, unit, calendar, zone) // count, 1)
    while (come := _shifted(anchor, count * number, unit, at, calendar, zone)) <= moment and come < LATEST:
        number += 1
    return number - 1


def _units(start: int, end: int, unit: Unit, calendar: WorkingCalendar, zone: str) -> int:
    """Return how many whole units, of dates or of elapsed time, lie between two moments; negative or 0, if none."""
    if unit is _MINUTES or unit is _HOURS:
        return (end - start) // (MINUTE if unit is _MINUTES else HOUR)
    if end <= start:
        return 0
    if unit is _WORKING_HOURS:
        return _worked(start, end, calendar, zone) // HOUR
    first, last = split_local(start, zone)[0], split_local(end, zone)[0]
    if unit is _DAYS:
        return last - first
    if unit is _WEEKS:
        return (last - first) // 7
    earlier, later = date.fromordinal(first), date.fromordinal(last)
    if unit is _WORKING_DAYS:
        return calendar.working_days_between(earlier, later)
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def deadline(
    offset: Duration, *, at: int | None = None, calendar: WorkingCalendar, zone: str, sign: int = 1
) -> Callable[[int], int]:
    """Return `due` as a function of the anchor alone, for many anchors: a date is worked out once."""
    count, unit = offset.count * sign, offset.unit
    if not unit.dated:
        return lambda anchor: _shifted(anchor, count, unit, at, calendar, zone)

    @lru_cache(maxsize=_KEPT_DAYS)
    def day_after(origin: int) -> int:
        return _moved(origin, count, unit, calendar)

    if at is None:

        def at_same_time(anchor: int) -> int:
            day, clock = split_local(anchor, zone)
            return moment_on(day_after(day), clock, zone)

        return at_same_time

    @lru_cache(maxsize=_KEPT_DAYS)
    def moment_after(origin: int) -> int:
        return moment_on(day_after(origin), at * MINUTE, zone)

    return lambda anchor: moment_after(split_local(anchor, zone)[0])


def _shifted(anchor: int, count: int, unit: Unit, at: int | None, calendar: WorkingCalendar, zone: str) -> int:
    if unit is _MINUTES or unit is _HOURS:
        return min(max(anchor + count * (MINUTE if unit is _MINUTES else HOUR), EARLIEST), LATEST)
    if unit is _WORKING_HOURS:
        return _working_hours(anchor, count, calendar, zone)
    day, clock = split_local(anchor, zone)
    return moment_on(_moved(day, count, unit, calendar), clock if at is None else at * MINUTE, zone)


def _moved(day: int, count: int, unit: Unit, calendar: WorkingCalendar) -> int:
    """Return the date `count` units from `day`."""
    if unit is _DAYS:
        return day + count
    if unit is _WORKING_DAYS:
        return calendar.shift(day, count)
    if unit is _WEEKS:
        return day + 7 * count
    return _months(day, count)


def _months(ordinal: int, count: int) -> int:
    start = date.fromordinal(ordinal)
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return _FIRST if year < MINYEAR else _LAST
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).toordinal()


def _working_hours(base: int, count: int, calendar: WorkingCalendar, zone: str) -> int:
    """Return the first moment by which `count` hours were worked since `base`; if negative, the mirror."""
    left = abs(count) * HOUR
    if left == 0:
        return base
    day = split_local(base, zone)[0]
    spans = _spans(day, calendar, zone, *((base, LATEST) if count > 0 else (EARLIEST, base)))
    while (worked := _length(spans)) < left:
        left -= worked
        day, left = _nearer(day, left, 1 if count > 0 else -1, calendar, zone)
        if not _FIRST_WHOLE <= day <= _LAST_WHOLE:
            return LATEST if count > 0 else EARLIEST
        spans = _spans(day, calendar, zone)
    for start, end in spans if count > 0 else reversed(spans):
        if end - start >= left:
            break
        left -= end - start
    return start + left if count > 0 else end - left


def _nearer(day: int, left: int, way: int, calendar: WorkingCalendar, zone: str) -> tuple[int, int]:
    """Return a later date (an earlier one, if `way` is -1) and what is left when it begins.

    It lies as far as the week would have it, but no further than where nothing is left any more.
    """
    most = _LAST_WHOLE - day if way > 0 else day - _FIRST_WHOLE
    days = min(left * 7 // (calendar.minutes_a_week * MINUTE), most)
    while days > 0:
        worked = _whole(day, day + days, calendar, zone) if way > 0 else _whole(day - days - 1, day - 1, calendar, zone)
        if worked < left:
            return day + way * (days + 1), left - worked
        days //= 2
    return day + way, left


def _worked(start: int, end: int, calendar: WorkingCalendar, zone: str) -> int:
    """Return how long was worked between two moments, in microseconds."""
    first, last = split_local(start, zone)[0], split_local(end, zone)[0]
    if first == last:
        return _length(_spans(first, calendar, zone, start, end))
    worked = _length(_spans(first, calendar, zone, start)) + _length(_spans(last, calendar, zone, EARLIEST, end))
    return worked + _whole(first, last - 1, calendar, zone)


def _whole(start: int, end: int, calendar: WorkingCalendar, zone: str) -> int:
    """Return how long is worked on the local dates after `start` up to and including `end`, in microseconds."""
    worked = calendar.minutes_between(start, end) * MINUTE
    for day in days_of_change(start, end, zone):
        worked += _length(_spans(day, calendar, zone)) - calendar.minutes_between(day - 1, day) * MINUTE
    return worked


def _spans(
    day: int, calendar: WorkingCalendar, zone: str, start: int = EARLIEST, end: int = LATEST
) -> list[tuple[int, int]]:
    """Return the working hours of a date as moments, as far as they lie between `start` and `end`."""
    spans = [
        (max(moment_on(day, span.start * MINUTE, zone), start), min(moment_on(day, span.end * MINUTE, zone), end))
        for span in calendar.hours_on(date.fromordinal(day))
    ]
    return [(opened, closed) for opened, closed in spans if opened < closed]


def _length(spans: list[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)
