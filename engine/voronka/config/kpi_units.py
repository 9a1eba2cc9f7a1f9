"""What a number is counted in, as far as its expression tells."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.kpis import methods
from voronka.definition.kpis.methods import Method
from voronka.expressions import Kind
from voronka.expressions.ir import (
    Aggregate,
    Arithmetic,
    Coalesce,
    Computed,
    Const,
    Convert,
    Function,
    If,
    Negate,
    Node,
    Operator,
    Read,
)

__all__ = ["COUNT", "MONEY", "NUMBER", "PERCENT", "unit_of", "unit_of_method"]

COUNT, MONEY, NUMBER, PERCENT = "count", "money", "number", "percent"
_COUNTING = frozenset({Function.COUNT, Function.COUNT_DISTINCT})
_KINDS = {Kind.MONEY: MONEY, Kind.PERCENT: PERCENT, Kind.NUMBER: NUMBER, Kind.INTEGER: NUMBER}


def unit_of(node: Node) -> str | None:
    """Return ``count``, ``money``, ``percent`` or ``number``; None for what has no unit of its own, as a constant."""
    match node:
        case Const():
            return None
        case Aggregate(function=function) if function in _COUNTING:
            return COUNT
        case Aggregate(value=Node() as value):
            return unit_of(value)
        case Computed(body=body):
            return MONEY if node.kind is Kind.MONEY else unit_of(body)
        case Convert(operand=operand) | Negate(operand=operand):
            return unit_of(operand) or _KINDS.get(node.kind)
        case Arithmetic(operator=operator, left=left, right=right):
            return _joined(operator, unit_of(left), unit_of(right))
        case If(then=then, otherwise=otherwise):
            return unit_of(then) or unit_of(otherwise)
        case Coalesce(operands=operands):
            return next((unit for each in operands if (unit := unit_of(each)) is not None), None)
        case Read():
            return _KINDS.get(node.kind)
    return _KINDS.get(node.kind)


def _joined(operator: Operator, left: str | None, right: str | None) -> str | None:
    if operator is Operator.DIV:
        return left if right is None or left == MONEY != right else NUMBER
    if operator is Operator.MUL:
        return MONEY if MONEY in (left, right) else left or right
    return left or right


def unit_of_method(method: Method, units: Mapping[str, str]) -> str:
    """Return the unit that a way of computing gives: ``money``, ``percent``, ``days`` or empty. `units`: of KPIs."""
    match method:
        case methods.Measure(value=value) | methods.Stock(value=value) | methods.PerSuccess(activity=value):
            return _shown(unit_of(value.node))
        case methods.FunnelSteps(value=value):
            return "" if value is None else _shown(unit_of(value.node))
        case methods.Forecast(value=value):
            return _shown(unit_of(value.node))
        case methods.Ratio() | methods.Conversion() | methods.Survival() | methods.Hygiene():
            return PERCENT
        case methods.TimeInStage() | methods.Bottleneck():
            return "days"
        case methods.Cumulative(kpi=kpi) | methods.Decomposition(kpi=kpi) | methods.Spread(kpi=kpi):
            return units.get(kpi, "")
    return ""


def _shown(unit: str | None) -> str:
    return unit if unit in (MONEY, PERCENT) else ""
