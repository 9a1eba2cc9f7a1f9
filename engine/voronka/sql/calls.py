"""Calls of added functions: the SQL form that their plugin gives, over operands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from voronka.expressions.function import ExpressionFunction
from voronka.sql.backend import Backend, type_of
from voronka.sql.element import Sql

__all__ = ["called"]


def called(function: ExpressionFunction, backend: Backend, *operands: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what a function that has an SQL form gives for operands of its parameters: NULL where one of them is."""
    type_ = type_of(function.result)

    def body(*names: ColumnElement[Any]) -> ColumnElement[Any]:
        known = " AND ".join(f"{{{n}}} IS NOT NULL" for n in range(len(names))) or "TRUE"
        result = f"CAST(({function.sql or ''}) AS {backend.spelled(type_)})"
        return Sql(type_, f"(CASE WHEN {known} THEN {result} END)", *names)

    return backend.let(body, *operands) if operands else body()
