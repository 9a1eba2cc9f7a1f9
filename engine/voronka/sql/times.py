"""Dates and moments in SQL, and comparisons with them as plain bounds, for which an index can be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement

from voronka.calendars import DAY, EARLIEST, HOUR, LATEST, MINUTE, Duration, Unit, date_of, day_start
from voronka.expressions.environment import Env
from voronka.expressions.ir import DateOf, DaysSince, Node, Operator, Shift
from voronka.expressions.python_code import evaluator
from voronka.expressions.values import Kind, Value
from voronka.frozen import frozen
from voronka.sql.backend import BIGINT, Backend
from voronka.sql.bindings import Bindings
from voronka.sql.element import Sql
from voronka.sql.steps import stepwise
from voronka.sql.zones import Zone

__all__ = ["Threshold", "Times", "threshold"]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ELAPSED = {Unit.MINUTES: MINUTE, Unit.HOURS: HOUR}
_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
_WITHIN_CALENDAR = f"(CASE WHEN {{0}} < {EARLIEST} THEN {EARLIEST} WHEN {{0}} > {LATEST} THEN {LATEST} ELSE {{0}} END)"


class Times:
    """What a backend says of dates and moments, in a zone and by a calendar."""

    def __init__(self, backend: Backend, zone: Zone, env: Env, bindings: Bindings) -> None:
        self._backend = backend
        self._zone = zone
        self._env = env
        self._bindings = bindings

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

    def day_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the day number of the local date of a moment."""
        return self._zone.day_of(moment)

    def days_since(self, number: ColumnElement[Any], *, working: bool) -> ColumnElement[Any]:
        """Return how many dates, or working dates, lie after that of a day number up to and including today."""
        if not working:
            return Sql(BIGINT, "({1} - {0})", number, self._of_today(lambda today, _: today.toordinal() - _EPOCH_DAY))
        return self._backend.let(self._working_since, number)

    def _of_today(self, number: Callable[[date, Env], int]) -> ColumnElement[Any]:
        """Return a number that is worked out from the local date of the moment."""

        def value(env: Env) -> int:
            return number(date_of(env.now, env.zone), env)

        (name,) = self._bindings.add(lambda env: (value(env),))
        return self._backend.parameter(value(self._env), BIGINT, name)

    def _working_since(self, number: ColumnElement[Any]) -> ColumnElement[Any]:
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
        return Sql(
            BIGINT,
            f"({{3}} - {{0}} * {sum(parts)} - (CASE {{1}}{within} END) - {{2}})",
            weeks,
            rest,
            stepwise(number, "0", steps),
            self._of_today(_worked),
        )


def _worked(today: date, env: Env) -> int:
    """Return how many working dates there are up to today."""
    return env.calendar.working_days_between(date.min, today) + int(env.calendar.is_working(date.min))


@frozen
class Threshold:
    """`operand`, of a `kind`, compared with a constant by each of the `operators`; how these comparisons are joined.

    `bounds`: the constants in an environment, None where there are none that tell the same.
    """

    operand: Node
    kind: Kind
    operators: tuple[str, ...]
    joint: str
    bounds: Callable[[Env], tuple[int | str, ...] | None]


_MIRRORED = {Operator.LT: Operator.GT, Operator.LE: Operator.GE, Operator.GT: Operator.LT, Operator.GE: Operator.LE}
_FARTHEST = 36_525
_Days = tuple[date, date]


def threshold(operator: Operator, left: Node, right: Node, fixed: Callable[[Node], bool]) -> Threshold | None:
    """Return a comparison of a local date, or of days since one, with a constant as bounds of what it is made of.

    None where it is no such comparison. There are no bounds where the local date runs back at one.
    """
    if fixed(left):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    if not fixed(right) or not isinstance(left, (DateOf, DaysSince)):
        return None
    constant = evaluator(right)
    if isinstance(left, DateOf):
        return _dates(left, operator, lambda env: _one_day(constant(env)))
    # So many days since: the later the date, the fewer. At least n: up to a date; more than n: up to an earlier one.
    since = left
    return _dates(left.operand, _MIRRORED.get(operator, operator), lambda env: _days_ago(constant(env), since, env))


def _one_day(constant: Value | None) -> _Days | None:
    if not isinstance(constant, str):
        return None
    day = date.fromisoformat(constant)
    return None if day == date.min else (day - timedelta(days=1), day)


def _days_ago(constant: Value | None, node: DaysSince, env: Env) -> _Days | None:
    if not isinstance(constant, int) or not -_FARTHEST <= constant <= _FARTHEST:
        return None
    return _at_least(constant + 1, node, env), _at_least(constant, node, env)


def _at_least(count: int, node: DaysSince, env: Env) -> date:
    """Return the last date since which at least `count` days (working days) have passed."""
    today = date_of(env.now, env.zone)
    if not node.working:
        return today - timedelta(days=count)
    one = timedelta(days=1)
    if count > 0:
        return env.calendar.add_working_days(today + one, -count) - one
    return env.calendar.add_working_days(today, 1 - count) - one


def _dates(operand: Node, operator: Operator, days: Callable[[Env], _Days | None]) -> Threshold | None:
    """Return bounds for: a date is after the first of `days` and up to the second (EQ), or as another operator says."""
    if isinstance(operand, DateOf):
        operand, kind, up_to, after = operand.operand, Kind.DATETIME, "<", ">="
    elif operand.kind is Kind.DATE:
        kind, up_to, after = Kind.DATE, "<=", ">"
    else:
        return None
    first, last = 0, 1
    compared: dict[Operator, tuple[tuple[str, int], ...]] = {
        Operator.LE: ((up_to, last),),
        Operator.LT: ((up_to, first),),
        Operator.GT: ((after, last),),
        Operator.GE: ((after, first),),
        Operator.EQ: ((after, first), (up_to, last)),
        Operator.NE: ((up_to, first), (after, last)),
    }
    parts = compared[operator]

    def bounds(env: Env) -> tuple[int | str, ...] | None:
        ends = _ends(days(env), kind, env)
        return None if ends is None else tuple(ends[end] for _, end in parts)

    return Threshold(
        operand=operand,
        kind=kind,
        operators=tuple(operator for operator, _ in parts),
        joint=" OR " if operator is Operator.NE else " AND ",
        bounds=bounds,
    )


def _ends(days: _Days | None, kind: Kind, env: Env) -> tuple[int | str, int | str] | None:
    """Return two dates as what values of a kind are compared with: dates, or the moments at which the next begin."""
    if days is None or days[1] >= date(9999, 12, 1) or days[0] <= date(1, 2, 1):
        return None
    if kind is Kind.DATE:
        return days[0].isoformat(), days[1].isoformat()
    first, last = (_start_after(day, env.zone) for day in days)
    return None if first is None or last is None else (first, last)


@lru_cache(maxsize=1024)  # of a rule the same few dates on every day
def _start_after(day: date, zone: str) -> int | None:
    """Return the moment from which on local dates are later than `day`; None if they run back to it."""
    start = day_start(day + timedelta(days=1), zone)
    runs_back = any(date_of(start + n * 15 * MINUTE, zone) <= day for n in range(27 * 4))
    return None if runs_back else start
