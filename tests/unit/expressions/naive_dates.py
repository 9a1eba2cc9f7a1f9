"""Dates and moments as the independent evaluator counts them: day by day."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.unit.expressions.deal import CALENDAR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def today(env):
    return local(env.now, env).date()


def local(moment, env):
    return (EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(env.zone))


def day_of(kind, value, env):
    if value is None:
        return None
    return local(value, env).date() if kind == "Z" else date.fromisoformat(value)


def spanned(end, start, more, value, env):
    """Return how many minutes lie between two dates or moments, with what is added."""
    if end[1] == start[1] == "Z":
        moments = value(end), value(start)
        found = None if None in moments else math.trunc(Fraction(moments[0] - moments[1], 60_000_000))
    else:
        days = day_of(end[1], value(end), env), day_of(start[1], value(start), env)
        found = None if None in days else (days[0] - days[1]).days * 24 * 60
    if found is None or more is None:
        return found
    sign, unit, count = more
    return found + (1 if sign == "+" else -1) * count * (60 if unit == "hours" else 24 * 60)


def works(day):
    return day.weekday() < 5 and day not in CALENDAR.off


def since(start, end, *, working):
    if end < start:
        return -since(end, start, working=working)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(1 for day in days if not working or works(day))


def shifted(kind, value, sign, unit, count, env):
    start = local(value, env) if kind == "Z" else datetime.fromisoformat(value)
    day = start.date()
    while count:
        day += timedelta(days=sign)
        count -= unit == "days" or works(day)
    if kind == "D":
        return day.isoformat()
    return (datetime.combine(day, start.timetz()) - EPOCH) // timedelta(microseconds=1)
