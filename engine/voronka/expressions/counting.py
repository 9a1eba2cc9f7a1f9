"""Aggregates: what each takes and gives, and those of KPIs, which range over all rows that are counted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from voronka.expressions import conversion
from voronka.expressions.arguments import arguments, wrong
from voronka.expressions.functions import SIGNATURES
from voronka.expressions.ir import Aggregate, Const, Function, Node
from voronka.expressions.refusal import Refusal
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.expressions.checker import Checker

__all__ = ["OF_KPIS", "aggregated", "count_rows"]

OF_KPIS = frozenset({Function.COUNT_DISTINCT, Function.MEDIAN, Function.PERCENTILE})
"""The aggregates that only KPIs know."""

_NOT_OF_KPIS = frozenset({Function.FIRST, Function.LAST, Function.ANY, Function.ALL})
_ORDERED = frozenset({*conversion.NUMERIC, Kind.TEXT, Kind.DATE, Kind.DATETIME})
_UNCOUNTABLE = frozenset({Kind.MISSING, Kind.CHOICES, Kind.DURATION})


def aggregated(function: Function, value: Node, digits: int) -> Node:
    """Return the `value` of each row in the form in which `function` takes it; `Refusal` if it takes no such."""
    match function:
        case Function.ANY | Function.ALL if value.kind is Kind.BOOL:
            return value
        case Function.SUM if value.kind in conversion.NUMERIC:
            return value
        case Function.AVG | Function.MEDIAN | Function.PERCENTILE if value.kind in conversion.NUMERIC:
            return conversion.to_number(value, digits)
        case Function.MIN | Function.MAX if value.kind in _ORDERED:
            return value
        case Function.COUNT_DISTINCT if value.kind not in _UNCOUNTABLE:
            return value
        case Function.FIRST | Function.LAST if value.kind is not Kind.MISSING:
            return value
    raise wrong(function.value, value)


def count_rows(checker: Checker, tree: ast.Call, function: Function) -> Node | None:
    """Return an aggregate over all rows that a KPI counts, or None after reporting what is wrong with it."""
    name, counted = function.value, checker.scope.counted or ""
    if function in _NOT_OF_KPIS:
        raise Refusal(
            "E1103",
            Text("{name} gives no number over many rows.", name=name),
            Text("Write {signature}.", signature=f"count({counted}, …)"),
        )
    values = {Function.COUNT: 0, Function.PERCENTILE: 2}.get(function, 1)
    written = arguments(tree, name, 1 + values, 2 + values)
    if checker.source.dotted(written[0]) != counted:
        what = checker.source.written(written[0])
        checker.report(
            "E1104",
            written[0],
            Text("This KPI counts {counted}, and {name} ranges over {what}.", counted=counted, name=name, what=what),
            Text("Write {signature}.", signature=f"{name}({counted}, {what.removeprefix(f'{counted}.')})")
            if what.startswith(f"{counted}.")
            else Text("Write {name}({counted}, …), or say with “of” what else it counts.", name=name, counted=counted),
            counted,
        )
        return None
    with checker.counting():
        value = checker.check(written[1]) if values else None
        condition = checker.condition(written[1 + values]) if len(written) > 1 + values else None
    if (values and value is None) or (len(written) > 1 + values and condition is None):
        return None
    rank = _rank(checker, written[2]) if function is Function.PERCENTILE else None
    given = None if value is None else aggregated(function, value, checker.scope.money_digits)
    whole = given is None or function is Function.COUNT_DISTINCT
    if given is not None and not whole and given.kind not in conversion.NUMERIC:
        raise wrong(name, given)
    return Aggregate(
        type=Type(Kind.INTEGER) if whole or given is None else given.type,
        text=checker.source.written(tree),
        function=function,
        collection=counted,
        value=given,
        filter=condition,
        rank=rank,
    )


def _rank(checker: Checker, tree: ast.expr) -> float:
    node = checker.check(tree) if isinstance(tree, ast.Constant) else None
    value = node.value if isinstance(node, Const) and node.kind in (Kind.INTEGER, Kind.NUMBER) else None
    if not isinstance(value, (int, float)) or not 0 < value < 100:
        raise Refusal(
            "E1103",
            Text("“{text}” is no percentile.", text=checker.source.written(tree)),
            Text("Write {signature}, with a number between 0 and 100.", signature=SIGNATURES["percentile"]),
        )
    return float(value)
