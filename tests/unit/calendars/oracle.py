"""A slow and plain reading of what `due` promises, sharing no code with it.

A wall clock stands for the first moment at which the zone's clocks show it or more: that one sentence covers
ordinary moments, gaps and folds.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def moment_of(clock: datetime, zone: str) -> datetime:
    """Try every whole minute, and every minute with the clock's own seconds, from 15 hours before on."""
    whole = clock.replace(second=0, microsecond=0, tzinfo=UTC) - timedelta(hours=15)
    past = clock - clock.replace(second=0, microsecond=0)
    while True:
        for candidate in sorted({whole, whole + past}):
            if wall(candidate, zone) >= clock:
                return candidate
        whole += MINUTE


def month_shift(start: date, count: int) -> date:
    year, month = start.year, start.month
    for _ in range(abs(count)):
        month += 1 if count > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def working_shift(start: date, count: int, is_working) -> date:
    day, step = start, timedelta(days=1 if count > 0 else -1)
    while count:
        day += step
        if is_working(day):
            count -= 1 if count > 0 else -1
    return day


def worked_seconds(start: datetime, end: datetime, zone: str, hours_on) -> float:
    """Return how long was worked between two moments, day by day."""
    total = 0.0
    day = wall(start, zone).date() - timedelta(days=2)
    while day <= wall(end, zone).date() + timedelta(days=2):
        for first, last in hours_on(day):
            midnight = datetime.combine(day, time())
            opened = max(moment_of(midnight + first * MINUTE, zone), start)
            closed = min(moment_of(midnight + last * MINUTE, zone), end)
            total += max((closed - opened).total_seconds(), 0.0)
        day += timedelta(days=1)
    return total


def due(anchor: datetime, count: int, unit: str, at: int | None, zone: str, is_working) -> datetime:
    """Return what lies `count` units after `anchor` (before it, if negative), working hours excepted."""
    if unit == "minutes":
        return anchor + timedelta(minutes=count)
    if unit == "hours":
        return anchor + timedelta(hours=count)
    start = wall(anchor, zone)
    day = start.date()
    if unit == "days":
        day += timedelta(days=count)
    elif unit == "weeks":
        day += timedelta(weeks=count)
    elif unit == "months":
        day = month_shift(day, count)
    else:
        day = working_shift(day, count, is_working)
    clock = start.time() if at is None else time(at // 60, at % 60)
    return moment_of(datetime.combine(day, clock), zone)


def opening(moment: datetime, start: int, end: int, zone: str) -> datetime:
    """Return the first moment, minute by minute, at which the clocks show one of the hours of a window."""
    while True:
        clock = wall(moment, zone)
        minute = clock.hour * 60 + clock.minute
        if (start <= minute < end) if start < end else (minute >= start or minute < end):
            return moment
        moment = moment.replace(second=0, microsecond=0) + MINUTE
