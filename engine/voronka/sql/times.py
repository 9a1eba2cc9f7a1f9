"""Dates and moments in SQL, and comparisons with them as plain bounds, for which an index can be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from voronka.calendars import DAY, EARLIEST, HOUR, LATEST, MINUTE, Duration, Unit, date_of, day_start
from voronka.expressions.environment import Env
from voronka.expressions.ir import DateOf, DaysSince, Node, Operator, Shift
from voronka.expressions.python_code import evaluator
from voronka.expressions.values import Kind
from voronka.sql.backend import BIGINT, Backend
from voronka.sql.element import Sql
from voronka.sql.steps import stepwise
from voronka.sql.zones import Zone

__all__ = ["Bounds", "Times", "threshold"]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ELAPSED = {Unit.MINUTES: MINUTE, Unit.HOURS: HOUR}
_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
_WITHIN_CALENDAR = f"(CASE WHEN {{0}} < {EARLIEST} THEN {EARLIEST} WHEN {{0}} > {LATEST} THEN {LATEST} ELSE {{0}} END)"


class Times:
    """What a backend says of dates and moments, in a zone and by a calendar."""

    def __init__(self, backend: Backend, zone: Zone, env: Env) -> None:
        self._backend = backend
        self._zone = zone
        self._env = env

    def date_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the local date of a moment."""
        return self._backend.date_text(self._zone.day_of(moment))

    def shifted(self, node: Shift, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a date or a moment moved by the constant duration of `node`."""
        length = Duration.parse(str(evaluator(node.duration)(self._env)))
        count = length.count * node.sign
        if node.kind is Kind.DATETIME:
            return self._moment_moved(value, count, length.unit)
        day = self._backend.day_number(value)
        if length.unit in _DAYS:
            return self._backend.date_text(self._zone.day_moved(day, count * _DAYS[length.unit]))
        if length.unit is Unit.MONTHS:
            moved = self._backend.months_later(self._zone.existing(day), count)
            return self._backend.date_text(self._zone.existing(moved))
        start = self._zone.moment(Sql(BIGINT, f"({{0}} * {DAY})", day))
        return self.date_of(self._moment_moved(start, count, length.unit))

    def _moment_moved(self, moment: ColumnElement[Any], count: int, unit: Unit) -> ColumnElement[Any]:
        if unit in _ELAPSED:
            moved = Sql(BIGINT, f"({{0}} + {count * _ELAPSED[unit]})", moment)
            return self._backend.let(lambda us: Sql(BIGINT, _WITHIN_CALENDAR, us), moved)
        wall = self._zone.wall(moment)
        if unit in _DAYS:
            return self._zone.moment(Sql(BIGINT, f"({{0}} + {count * _DAYS[unit] * DAY})", wall))
        return self._zone.moment(self._backend.let(lambda w: self._months(w, count), wall))

    def _months(self, wall: ColumnElement[Any], count: int) -> ColumnElement[Any]:
        day = self._zone.day_on(wall)
        clock = Sql(BIGINT, f"({{0}} - {{1}} * {DAY})", wall, day)
        return Sql(BIGINT, f"({{0}} * {DAY} + {{1}})", self._backend.months_later(day, count), clock)

    def days_since(self, day: ColumnElement[Any], *, working: bool) -> ColumnElement[Any]:
        """Return how many dates, or working dates, lie after a date up to and including today."""
        number = self._backend.day_number(day)
        today = date_of(self._env.now, self._env.zone)
        if not working:
            return Sql(BIGINT, f"({today.toordinal() - _EPOCH_DAY} - {{0}})", number)
        return self._backend.let(lambda n: self._working_since(n, today), number)

    def _working_since(self, number: ColumnElement[Any], today: date) -> ColumnElement[Any]:
        """Count by the week alone, then add what the calendar says of single dates."""
        calendar, backend = self._env.calendar, self._backend
        parts, exceptions = calendar.week_pattern, calendar.exceptions()
        ordinal = Sql(BIGINT, f"({{0}} + {_EPOCH_DAY})", number)
        weeks = backend.divided(ordinal, 7)
        rest = backend.modulo(ordinal, backend.parameter(7, BIGINT))
        within = "".join(f" WHEN {n} THEN {sum(parts[:n])}" for n in range(7))
        steps, sum_ = [], 0
        for exception, worked in exceptions:
            sum_ += 1 if worked else -1
            steps.append((exception - _EPOCH_DAY, str(sum_)))
        known = calendar.working_days_between(date.min, today) + int(calendar.is_working(date.min))
        return Sql(
            BIGINT,
            f"({known} - {{0}} * {sum(parts)} - (CASE {{1}}{within} END) - {{2}})",
            weeks,
            rest,
            stepwise(number, "0", steps),
        )


Bounds = tuple[Node, Kind, tuple[tuple[str, int | str], ...], str]
"""What is compared, its kind, with which constants, and how these comparisons are joined."""

_MIRRORED = {Operator.LT: Operator.GT, Operator.LE: Operator.GE, Operator.GT: Operator.LT, Operator.GE: Operator.LE}
_FARTHEST = 36_525


def threshold(operator: Operator, left: Node, right: Node, env: Env, fixed: Callable[[Node], bool]) -> Bounds | None:
    """Return a comparison of a local date, or of days since one, with a constant as bounds of what it is made of.

    None where it is no such comparison, or where the local date runs back at the bound.
    """
    if fixed(left):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    if not fixed(right) or not isinstance(left, (DateOf, DaysSince)):
        return None
    constant = evaluator(right)(env)
    if isinstance(left, DateOf):
        if not isinstance(constant, str):
            return None
        day = date.fromisoformat(constant)
        return _dates(left, operator, day - timedelta(days=1) if day > date.min else None, day, env)
    if not isinstance(constant, int) or not -_FARTHEST <= constant <= _FARTHEST:
        return None
    # So many days since: the later the date, the fewer. At least n: up to a date; more than n: up to an earlier one.
    later = _at_least(constant, left, env)
    return _dates(left.operand, _MIRRORED.get(operator, operator), _at_least(constant + 1, left, env), later, env)


def _at_least(count: int, node: DaysSince, env: Env) -> date:
    """Return the last date since which at least `count` days (working days) have passed."""
    today = date_of(env.now, env.zone)
    if not node.working:
        return today - timedelta(days=count)
    one = timedelta(days=1)
    if count > 0:
        return env.calendar.add_working_days(today + one, -count) - one
    return env.calendar.add_working_days(today, 1 - count) - one


def _dates(operand: Node, operator: Operator, before: date | None, last: date, env: Env) -> Bounds | None:
    """Return bounds for: a date is after `before` and up to `last` (EQ), or lies as another operator says."""
    if before is None or last >= date(9999, 12, 1) or before <= date(1, 2, 1):
        return None
    ends: list[int | str] = []
    kind = operand.kind
    if isinstance(operand, DateOf):
        operand, kind = operand.operand, Kind.DATETIME
        for day in (before, last):
            start = day_start(day + timedelta(days=1), env.zone)
            if any(date_of(start + n * 15 * MINUTE, env.zone) <= day for n in range(27 * 4)):
                return None
            ends.append(start)
        up_to, after = "<", ">="
    elif kind is Kind.DATE:
        ends = [before.isoformat(), last.isoformat()]
        up_to, after = "<=", ">"
    else:
        return None
    first, end = ends
    bounds: dict[Operator, tuple[tuple[str, int | str], ...]] = {
        Operator.LE: ((up_to, end),),
        Operator.LT: ((up_to, first),),
        Operator.GT: ((after, end),),
        Operator.GE: ((after, first),),
        Operator.EQ: ((after, first), (up_to, end)),
        Operator.NE: ((up_to, first), (after, end)),
    }
    return operand, kind, bounds[operator], " OR " if operator is Operator.NE else " AND "
