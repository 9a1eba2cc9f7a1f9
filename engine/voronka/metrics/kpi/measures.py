"""Expressions over all rows that are counted, as aggregates of a grouped select and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement

from voronka.definition.kpis.relations import divisor, linear
from voronka.expressions import Env, Kind, Value
from voronka.expressions.ir import Aggregate, Function, Node, Read, walk
from voronka.expressions.python_code import evaluator
from voronka.frozen import frozen
from voronka.sql.backend import BIGINT, BOOL, DOUBLE, Backend, type_of
from voronka.sql.bindings import Bindings
from voronka.sql.columns import Columns, TypedColumns
from voronka.sql.compiler import compile_sql
from voronka.sql.element import Sql

__all__ = ["TOTALS", "Compiler", "Measured", "is_count", "is_total", "measured", "of_nothing", "of_rows"]

_COUNTS = frozenset({Function.COUNT, Function.COUNT_DISTINCT})
TOTALS = _COUNTS | {Function.SUM}
"""What is 0 where nothing counts."""


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

    `rests`: which rows it rests on: those that count for one of them (of a quotient, of its divisor) and whose value is
    not missing. `n` counts them; `known` those beside whose value is.
    """

    node: Node
    aggregates: dict[str, ColumnElement[Any]]
    rests: ColumnElement[bool]
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
    below = {id(each) for each in walk(divisor(node))}
    some = any(_of(counted)(each) for each in walk(divisor(node)))

    def told(found: Aggregate) -> Node:
        name = f"{prefix}{len(aggregates)}"
        condition = compiler.holds(found.filter)
        if within is not None:
            condition = Sql(BOOL, "({0} AND {1})", within, condition)
        value = None if found.value is None else compiler(found.value)
        if id(found) in below or not some:
            resting.append((condition, value))
        aggregates[name] = _aggregate(compiler.backend, found, value, condition)
        return Read(type=found.type, text=found.text, name=name)

    outer = _replaced(node, _of(counted), told)
    rests = _any([Sql(BOOL, "({0} AND {1} IS NOT NULL)", c, v) if v is not None else c for c, v in resting])
    known = _any([condition for condition, _ in resting])
    return Measured(
        node=outer,
        aggregates=aggregates,
        rests=rests,
        n=Sql(BIGINT, "count(*) FILTER (WHERE {0})", rests),
        known=Sql(BIGINT, "count(*) FILTER (WHERE {0})", known),
    )


def is_count(node: Node) -> bool:
    """Tell whether an expression is a count, or counts added up: it says how many there are, and is no rate of them."""
    return linear(node, lambda part: isinstance(part, Aggregate) and part.function in _COUNTS)


def is_total(node: Node) -> bool:
    """Tell whether an expression is made of counts and sums, so that of all it is more than of some."""
    return linear(node, lambda part: isinstance(part, Aggregate) and part.function in TOTALS)


def of_nothing(node: Node, counted: str, env: Env, zeros: frozenset[Function] = _COUNTS) -> Value | None:
    """Return the value of an expression where nothing counts: the aggregates of `zeros` are 0, others are missing."""
    values: dict[str, Value | None] = {}

    def told(found: Aggregate) -> Node:
        name = f"a{len(values)}"
        values[name] = 0 if found.function in zeros else None
        return Read(type=found.type, text=found.text, name=name)

    outer = _replaced(node, _of(counted), told)
    return evaluator(outer)(Env(values=values, now=env.now, zone=env.zone, calendar=env.calendar))


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


def _of(counted: str) -> Callable[[Node], bool]:
    return lambda node: isinstance(node, Aggregate) and node.collection == counted


def _any(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    places = " OR ".join(f"{{{n}}}" for n in range(len(conditions)))
    return Sql(BOOL, f"({places})", *conditions) if conditions else Sql(BOOL, "(TRUE)")


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
