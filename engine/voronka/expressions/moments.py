"""What generated code does with dates, moments and durations. Beyond the ends of the calendar all of it is missing."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from voronka.calendars import (
    Duration,
    DurationError,
    Unit,
    date_of,
    day_start,
    due,
    parse_datetime,
)
from voronka.expressions.durations import length
from voronka.expressions.environment import Env

__all__ = [
    "days_since",
    "duration",
    "local_date",
    "moment",
    "shift_date",
    "shift_moment",
    "start_of_quarter",
    "start_of_week",
    "today",
    "weekday",
    "working_days_since",
]


def today(env: Env) -> str | None:
    """Return the local date of the environment's moment."""
    return local_date(env.now, env.zone)


def local_date(moment: int, zone: str) -> str | None:
    """Return the local date of a moment in UTC microseconds."""
    try:
        return date_of(moment, zone).isoformat()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def moment(wall: str, zone: str) -> int:
    """Return the UTC microseconds at which the zone's wall clock shows `wall`."""
    return parse_datetime(wall, zone)


def start_of_week(day: str) -> str:
    """Return the Monday of the week of `day`."""
    found = date.fromisoformat(day)
    # The first week of all begins before the first date of all only if that is no Monday, and it is one.
    return (found - timedelta(days=found.weekday())).isoformat()


def start_of_quarter(day: str) -> str:
    """Return the first date of the quarter of `day`."""
    return f"{day[:5]}{(int(day[5:7]) - 1) // 3 * 3 + 1:02}-01"


def weekday(day: str) -> int:
    """Return the number of the day of the week, Monday being 1."""
    return date.fromisoformat(day).isoweekday()


def days_since(day: str, env: Env) -> int | None:
    """Return how many dates lie after `day`, up to and including today."""
    try:
        return (date_of(env.now, env.zone) - date.fromisoformat(day)).days
    except (ValueError, OverflowError):
        return None


def working_days_since(day: str, env: Env) -> int | None:
    """Return how many working dates lie after `day`, up to and including today."""
    try:
        return env.calendar.working_days_between(date.fromisoformat(day), date_of(env.now, env.zone))
    except (ValueError, OverflowError):
        return None


def duration(count: int, unit: str) -> str | None:
    """Return the canonical text of so many of a unit, or None if there is no such duration."""
    try:
        return str(Duration(count, Unit(unit)))
    except DurationError:
        return None


def shift_date(day: str, duration: str, sign: int, env: Env) -> str | None:
    """Return the date that lies a duration after (or before) the first moment of `day`."""
    try:
        start = day_start(date.fromisoformat(day), env.zone)
        return date_of(_moved(start, duration, sign, env), env.zone).isoformat()
    except (ValueError, OverflowError):
        return None


def shift_moment(start: int, duration: str, sign: int, env: Env) -> int | None:
    """Return the moment that lies a duration after (or before) `start`."""
    try:
        return _moved(start, duration, sign, env)
    except (ValueError, OverflowError):
        return None


def _moved(start: int, duration: str, sign: int, env: Env) -> int:
    found = length(duration)
    sign = -sign if found.count < 0 else sign
    return due(start, Duration(abs(found.count), found.unit), calendar=env.calendar, zone=env.zone, sign=sign)
