"""What ways of computing have to do with one another: the KPIs they use, and whether periods add up."""

from __future__ import annotations

from collections.abc import Callable

from voronka.definition.kpis import methods
from voronka.definition.kpis.methods import Method
from voronka.expressions.ir import Aggregate, Arithmetic, Const, Convert, Function, Negate, Node, Operator, walk

__all__ = ["adds_up", "divides", "divisor", "linear", "own_names", "several", "used_by"]

_TOTALS = frozenset({Function.COUNT, Function.SUM})


def used_by(method: Method) -> tuple[str, ...]:
    """Return the KPIs that a way of computing rests on."""
    match method:
        case methods.Derived(uses=uses):
            return tuple(dict.fromkeys(each.kpi for each in uses.values()))
        case methods.Cumulative(kpi=kpi):
            return (kpi,)
        case methods.Decomposition(kpi=kpi, factors=factors):
            return (kpi, *factors)
        case methods.Spread(kpi=kpi, against=against):
            return (kpi,) if against is None else (kpi, against)
    return ()


def own_names(method: Method) -> tuple[str, ...]:
    """Return the names by which a way of computing tells its numbers of itself."""
    match method:
        case methods.TimeInStage():
            return ("stage", "stat")
        case methods.FunnelSteps() | methods.Bottleneck():
            return ("stage",)
        case methods.Survival():
            return ("cause", "at")
        case methods.Hygiene():
            return ("field",)
        case methods.Decomposition():
            return ("factor",)
    return ()


def several(method: Method) -> tuple[str, ...]:
    """Return which of its own names make a way of computing tell more than one number; none: it tells one at a time."""
    match method:
        case methods.TimeInStage(stages=stages, stats=stats):
            more = {"stage": stages is None or len({*stages}) > 1, "stat": len({*stats}) > 1}
        case methods.FunnelSteps(steps=steps):
            more = {"stage": len({*steps}) > 1}
        case methods.Survival(competing=competing, at=at):
            more = {"cause": bool(competing), "at": len({*at}) > 1}
        case methods.Hygiene(fields=fields):
            more = {"field": len({*fields}) > 1}
        case _:
            more = dict.fromkeys(own_names(method), True)
    return tuple(name for name, is_more in more.items() if is_more)


def adds_up(method: Method) -> bool:
    """Tell whether the values of periods added up are the value of all of them."""
    return isinstance(method, methods.Measure) and linear(method.value.node, _is_total)


def linear(node: Node, part: Callable[[Node], bool]) -> bool:
    """Tell whether an expression only adds up parts, times numbers: of parts that add up, it does too."""
    match node:
        case Convert(operand=operand) | Negate(operand=operand):
            return linear(operand, part)
        case Arithmetic(operator=Operator.ADD | Operator.SUB, left=left, right=right):
            return linear(left, part) and linear(right, part)
        case Arithmetic(operator=Operator.MUL, left=left, right=Const()):
            return linear(left, part)
        case Arithmetic(operator=Operator.MUL, left=Const(), right=right):
            return linear(right, part)
        case Arithmetic(operator=Operator.DIV, left=left, right=Const()):
            return linear(left, part)
    return part(node)


def divisor(node: Node) -> Node:
    """Return what an expression divides by, on which a quotient rests; the expression itself where it is none."""
    match node:
        case Convert(operand=operand) | Negate(operand=operand):
            return divisor(operand)
        case Arithmetic(operator=Operator.MUL, left=left, right=Const()):
            return divisor(left)
        case Arithmetic(operator=Operator.MUL, left=Const(), right=right):
            return divisor(right)
        case Arithmetic(operator=Operator.DIV, left=left, right=right):
            return divisor(left) if isinstance(right, Const) else right
    return node


def divides(node: Node) -> bool:
    """Tell whether an expression divides by anything but a number."""
    return any(
        isinstance(each, Arithmetic) and each.operator is Operator.DIV and not isinstance(each.right, Const)
        for each in walk(node)
    )


def _is_total(node: Node) -> bool:
    return isinstance(node, Aggregate) and node.function in _TOTALS
