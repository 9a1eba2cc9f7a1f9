"""The functions of single values in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from voronka.expressions.ir import BuiltIn
from voronka.expressions.values import Kind
from voronka.sql.backend import BIGINT, TEXT, Backend
from voronka.sql.element import Sql

__all__ = ["applied"]

_QUARTER = (
    "(substr({0}, 1, 5) || CASE WHEN substr({0}, 6, 2) < '04' THEN '01' WHEN substr({0}, 6, 2) < '07' THEN '04'"
    " WHEN substr({0}, 6, 2) < '10' THEN '07' ELSE '10' END || '-01')"
)


def applied(
    backend: Backend, function: BuiltIn, kind: Kind, operands: Sequence[ColumnElement[Any]]
) -> ColumnElement[Any]:
    """Return what a function of the language gives, NULL where an operand is NULL."""
    if function in _OF_DATE:
        return _OF_DATE[function](backend, operands[0])
    if function is BuiltIn.ABS:
        return backend.absolute(operands[0], exact=kind in (Kind.INTEGER, Kind.MONEY))
    if function in (BuiltIn.LEAST, BuiltIn.GREATEST):
        return backend.extreme(operands, greatest=function is BuiltIn.GREATEST)
    if function in (BuiltIn.FLOOR, BuiltIn.CEIL):
        return backend.floored(operands[0], up=function is BuiltIn.CEIL)
    return _OF_TEXT[function](backend)(*operands)


def _part(place: str) -> Callable[[Backend, ColumnElement[Any]], ColumnElement[Any]]:
    return lambda backend, day: Sql(BIGINT, f"CAST(substr({{0}}, {place}) AS {backend.spelled(BIGINT)})", day)


def _weekday(backend: Backend, day: ColumnElement[Any]) -> ColumnElement[Any]:
    return Sql(BIGINT, "({0} + 1)", backend.day_of_week(backend.day_number(day)))


def _week(backend: Backend, day: ColumnElement[Any]) -> ColumnElement[Any]:
    return backend.let(
        lambda n: backend.date_text(Sql(BIGINT, "({0} - {1})", n, backend.day_of_week(n))), backend.day_number(day)
    )


_OF_DATE: Mapping[BuiltIn, Callable[[Backend, ColumnElement[Any]], ColumnElement[Any]]] = {
    BuiltIn.YEAR: _part("1, 4"),
    BuiltIn.MONTH: _part("6, 2"),
    BuiltIn.DAY: _part("9, 2"),
    BuiltIn.WEEKDAY: _weekday,
    BuiltIn.START_OF_WEEK: _week,
    BuiltIn.START_OF_MONTH: lambda _, day: Sql(TEXT, "(substr({0}, 1, 8) || '01')", day),
    BuiltIn.START_OF_QUARTER: lambda backend, day: backend.let(lambda d: Sql(TEXT, _QUARTER, d), day),
    BuiltIn.START_OF_YEAR: lambda _, day: Sql(TEXT, "(substr({0}, 1, 5) || '01-01')", day),
}
_OF_TEXT: Mapping[BuiltIn, Callable[[Backend], Callable[..., ColumnElement[Any]]]] = {
    BuiltIn.CONTAINS: lambda backend: backend.contains,
    BuiltIn.STARTS_WITH: lambda backend: backend.starts_with,
    BuiltIn.ENDS_WITH: lambda backend: backend.ends_with,
    BuiltIn.LOWER: lambda backend: backend.lower,
    BuiltIn.TRIM: lambda backend: backend.trimmed,
    BuiltIn.LENGTH: lambda backend: backend.length,
    BuiltIn.CONCAT: lambda _: lambda left, right: Sql(TEXT, "({0} || {1})", left, right),
}
