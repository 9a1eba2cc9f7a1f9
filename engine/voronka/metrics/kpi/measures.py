"""Expressions over all rows that are counted, as aggregates of a grouped select and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement

from voronka.expressions import Env, Kind
from voronka.expressions.ir import Aggregate, Function, Node, Read, walk
from voronka.frozen import frozen
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, Backend, type_of
from voronka.sql.bindings import Bindings
from voronka.sql.columns import Columns, TypedColumns
from voronka.sql.compiler import compile_sql
from voronka.sql.element import Sql

__all__ = ["Compiler", "Measured", "counts_alone", "measured", "of_rows"]

_COUNTS = frozenset({Function.COUNT, Function.COUNT_DISTINCT})


@frozen
class Compiler:
    """What turns an expression about one row into SQL."""

    columns: Columns
    backend: Backend
    env: Env
    bindings: Bindings

    def __call__(self, node: Node) -> ColumnElement[Any]:
        """Return the SQL of a node."""
        return compile_sql(node, self.columns, self.backend, self.env, self.bindings)

    def holds(self, node: Node | None) -> ColumnElement[bool]:
        """Return a condition; of None, that which always holds."""
        return Sql(BOOL, "(TRUE)") if node is None else self(node)


@frozen
class Measured:
    """The aggregates of a measure by the names under which `node` reads them, and on how many rows they rest.

    `n`: rows which count for one of them and whose value is not missing; `known`: those beside whose value is.
    """

    node: Node
    aggregates: dict[str, ColumnElement[Any]]
    n: ColumnElement[Any]
    known: ColumnElement[Any]

    def value(self, compiler: Compiler, read: Callable[[str], ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the value, given where a select around keeps the aggregates."""
        columns = TypedColumns(names={name: read(name) for name in self.aggregates})
        return compile_sql(self.node, columns, compiler.backend, compiler.env, compiler.bindings)


def measured(
    node: Node, counted: str, compiler: Compiler, prefix: str, within: ColumnElement[bool] | None = None
) -> Measured:
    """Return the aggregates of an expression over the rows of `counted`; their names begin with `prefix`.

    `within`: the rows of the select that are those of `counted`; None: all.
    """
    aggregates: dict[str, ColumnElement[Any]] = {}
    resting: list[tuple[ColumnElement[bool], ColumnElement[Any] | None]] = []

    def told(found: Aggregate) -> Node:
        name = f"{prefix}{len(aggregates)}"
        condition = compiler.holds(found.filter)
        if within is not None:
            condition = Sql(BOOL, "({0} AND {1})", within, condition)
        value = None if found.value is None else compiler(found.value)
        resting.append((condition, value))
        aggregates[name] = _aggregate(compiler.backend, found, value, condition)
        return Read(type=found.type, text=found.text, name=name)

    outer = _replaced(node, lambda each: isinstance(each, Aggregate) and each.collection == counted, told)
    return Measured(
        node=outer,
        aggregates=aggregates,
        n=_rows([Sql(BOOL, "({0} AND {1} IS NOT NULL)", c, v) if v is not None else c for c, v in resting]),
        known=_rows([condition for condition, _ in resting]),
    )


def counts_alone(node: Node) -> bool:
    """Tell whether an expression is made of counts, so that of no rows it is a number and not missing."""
    found = [each for each in walk(node) if isinstance(each, Aggregate)]
    return bool(found) and all(each.function in _COUNTS for each in found)


def of_rows(node: Node, name: str = "value") -> Aggregate:
    """Return the sum of an expression about one row."""
    return Aggregate(type=node.type, text=node.text, function=Function.SUM, collection=name, value=node)


def _aggregate(
    backend: Backend, found: Aggregate, value: ColumnElement[Any] | None, condition: ColumnElement[bool]
) -> ColumnElement[Any]:
    kind = found.type.kind
    if value is None:
        return Sql(BIGINT, "count(*) FILTER (WHERE {0})", condition)
    match found.function:
        case Function.SUM if kind in (Kind.INTEGER, Kind.MONEY):
            whole = "TRY_CAST" if backend.name == "duckdb" else "CAST"
            return Sql(BIGINT, f"{whole}(coalesce(sum({{0}}) FILTER (WHERE {{1}}), 0) AS BIGINT)", value, condition)
        case Function.SUM:
            return Sql(DOUBLE, "coalesce(sum({0}) FILTER (WHERE {1}), 0)", value, condition)
        case Function.COUNT_DISTINCT:
            return Sql(BIGINT, "count(DISTINCT {0}) FILTER (WHERE {1})", value, condition)
        case Function.MEDIAN | Function.PERCENTILE:
            share = 0.5 if found.rank is None else found.rank / 100
            ranked = f"percentile_cont({share!r}) WITHIN GROUP (ORDER BY {{0}}) FILTER (WHERE {{1}})"
            return Sql(DOUBLE, ranked, value, condition)
        case Function.AVG | Function.MIN | Function.MAX:
            return Sql(type_of(kind), f"{found.function.value}({{0}}) FILTER (WHERE {{1}})", value, condition)
    raise TypeError(found)


def _rows(conditions: list[ColumnElement[bool]]) -> ColumnElement[Any]:
    if not conditions:
        return Sql(BIGINT, "count(*)")
    places = " OR ".join(f"{{{n}}}" for n in range(len(conditions)))
    return Sql(BIGINT, f"count(*) FILTER (WHERE {places})", *conditions)


def _replaced(node: Node, wanted: Callable[[Node], bool], by: Callable[[Any], Node]) -> Node:
    """Return the node, each part of it that is `wanted` replaced; what lies in one of these is left alone."""
    if wanted(node):
        return by(node)
    changed: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            changed[part.name] = _replaced(value, wanted, by)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            changed[part.name] = tuple(_replaced(each, wanted, by) for each in value)
    return replace(node, **changed) if changed else node
