"""How long durations are in SQL: differences of dates, and what is added to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement

from voronka.calendars import MINUTE, Unit
from voronka.expressions.durations import MINUTES, finer, length, measure
from voronka.expressions.environment import Env
from voronka.expressions.ir import Between, Computed, DurationSum, Excess, Node
from voronka.expressions.python_code import evaluator
from voronka.expressions.values import Kind
from voronka.sql.backend import BIGINT, Backend
from voronka.sql.element import Sql

__all__ = ["excess"]

_Length = tuple[ColumnElement[Any], Unit]
"""A count in the unit's measure, and the unit."""


def excess(
    node: Excess, backend: Backend, env: Env, value: Callable[[Node], ColumnElement[Any]], fixed: Callable[[Node], bool]
) -> ColumnElement[Any]:
    """Return by how much the left duration is longer; `value` gives dates; for what is `fixed`, `env` does."""

    def long(part: Node) -> _Length | None:
        if fixed(part):
            text = evaluator(part)(env)
            if not isinstance(text, str):
                return None
            known = length(text)
            return backend.parameter(known.measured, BIGINT), known.unit
        match part:
            case Computed(body=body):
                return long(body)
            case Between(end=end, start=start):
                return _between(backend, end.kind, value(end), value(start))
            case DurationSum(left=left, right=right, sign=sign):
                return _together(backend, long(left), long(right), sign)
        raise TypeError(part)

    one, other = long(node.left), long(node.right)
    if one is None or other is None or measure(one[1]) is not measure(other[1]):
        return backend.constant(None, Kind.INTEGER)
    return Sql(BIGINT, "({0} - {1})", one[0], other[0])


def _between(backend: Backend, kind: Kind, end: ColumnElement[Any], start: ColumnElement[Any]) -> _Length:
    if kind is Kind.DATE:
        days = Sql(BIGINT, "({0} - {1})", backend.day_number(end), backend.day_number(start))
        return _bounded(backend, Sql(BIGINT, f"({{0}} * {MINUTES[Unit.DAYS]})", days), Unit.DAYS)

    def whole(found: ColumnElement[Any]) -> ColumnElement[Any]:
        count = backend.divided(Sql(BIGINT, "abs({0})", found), MINUTE)
        return Sql(BIGINT, "(CASE WHEN {0} < 0 THEN -1 ELSE 1 END * {1})", found, count)

    minutes = backend.let(whole, Sql(BIGINT, "({0} - {1})", end, start))
    return _bounded(backend, minutes, Unit.MINUTES)


def _together(backend: Backend, left: _Length | None, right: _Length | None, sign: int) -> _Length | None:
    unit = None if left is None or right is None else finer(left[1], right[1])
    if left is None or right is None or unit is None:
        return None
    return _bounded(backend, Sql(BIGINT, f"({{0}} {'+' if sign > 0 else '-'} {{1}})", left[0], right[0]), unit)


def _bounded(backend: Backend, count: ColumnElement[Any], unit: Unit) -> _Length:
    most = unit.longest * MINUTES.get(unit, 1)
    return backend.let(lambda n: Sql(BIGINT, f"(CASE WHEN abs({{0}}) <= {most} THEN {{0}} END)", n), count), unit
