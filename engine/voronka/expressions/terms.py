"""Terms of a condition: parts that are judged from outside alone, as one value that may be any within its range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from voronka.expressions.boundaries import boundary
from voronka.expressions.decision import Decision
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.ir import (
    SAID,
    Aggregate,
    Apply,
    Both,
    BuiltIn,
    Changed,
    Clock,
    Coalesce,
    Compare,
    Computed,
    Const,
    Convert,
    Decide,
    Either,
    Function,
    If,
    IsMissing,
    Node,
    Not,
    Read,
    Visits,
    Within,
    children,
    walk,
)
from voronka.expressions.texts import lower
from voronka.expressions.values import Kind
from voronka.frozen import frozen

__all__ = ["Term", "always_known", "made_of", "opened"]

_RANGES = {
    BuiltIn.YEAR: (1, 9999),
    BuiltIn.MONTH: (1, 12),
    BuiltIn.DAY: (1, 31),
    BuiltIn.WEEKDAY: (1, 7),
    BuiltIn.LENGTH: (0, None),
    BuiltIn.ABS: (0, None),
}
_SETTLED: dict[BuiltIn, Callable[[str], str]] = {BuiltIn.LOWER: lower, BuiltIn.TRIM: lambda text: text.strip(" ")}
_NONE = (None, None)


@frozen(eq=False)
class Term(Read):
    """What stands for a part that holds more than names: its `name` is the same for parts that always give the same.

    `settled`: a function that leaves all values of the term as they are; None: nothing is known of its texts.
    """

    settled: Callable[[str], str] | None = None


def opened(node: Node) -> Node:
    """Return a condition as comparisons of names, constants and terms, joined by words of logic.

    A comparison with a `boundary` stays as it is.
    """
    match node:
        case Const() | Term() | Read(of_row=False):
            return node
        case Computed(body=body):
            return opened(body)
        case Both(operands=operands) | Either(operands=operands):
            found = tuple(opened(each) for each in operands)
            same = all(new is old for new, old in zip(found, operands, strict=True))
            return node if same else replace(node, operands=found)
        case Not(operand=operand) | IsMissing(operand=operand) | Within(operand=operand):
            inner = opened(operand)
            return node if inner is operand else replace(node, operand=inner)
        case Compare() if boundary(node) is not None:
            return node
        case Compare(left=left, right=right):
            first, second = opened(left), opened(right)
            return node if first is left and second is right else replace(node, left=first, right=second)
        case Convert(operand=operand) if type(opened(operand)) in (Read, Const):
            return node if opened(operand) is operand else replace(node, operand=opened(operand))
    least, most = _bounds(node)
    return Term(
        type=node.type,
        text=node.text,
        name=repr(made_of(node)),
        present=_surely_known(node),
        least=least,
        most=most,
        settled=_SETTLED.get(node.function) if isinstance(node, Apply) else None,
    )


def always_known(node: Node) -> bool:
    """Return whether a value is never missing, nor a condition unknown; a sum is taken not to overflow."""
    match node:
        case Read(present=present):
            return present
        case Const() | IsMissing() | Clock() | Changed() | Visits():
            return True
        case Aggregate(function=function):
            return function in {Function.COUNT, Function.SUM}
        case Coalesce(operands=operands):
            return any(always_known(operand) for operand in operands)
        case Not() | Both() | Either() | Compare() | Within() | If() | Computed() | Apply():
            return all(always_known(child) for child in children(node))
    return False


def _surely_known(node: Node) -> bool:
    """Return whether it is never missing, not even where a sum overflows or the word ``missing`` is a branch."""
    unsure = (part for part in walk(node) if isinstance(part, (Const, Aggregate, Apply)))
    return always_known(node) and not any(
        part.value is None
        if isinstance(part, Const)
        else part.function in {Function.SUM, BuiltIn.ABS, BuiltIn.FLOOR, BuiltIn.CEIL}  # may go beyond 64 bits
        for part in unsure
    )


def made_of(node: Node) -> tuple[object, ...]:
    """Return what two parts have in common exactly if they are made alike."""
    if isinstance(node, Computed):
        return made_of(node.body)
    parts = (_keyed(getattr(node, each.name)) for each in fields(node) if each.name not in SAID)
    return (type(node).__name__, node.kind.value, *parts)


def _keyed(part: object) -> object:
    if isinstance(part, Node):
        return made_of(part)
    if isinstance(part, tuple):
        return tuple(_keyed(each) for each in part)
    return part.name if isinstance(part, (Decision, ExpressionFunction)) else part


def _bounds(node: Node) -> tuple[Any, Any]:
    """Return between which values the known ones of a part lie, whatever its names are; None: there is no bound."""
    match node:
        case Const(value=value):
            return value, value
        case Computed(body=body):
            return _bounds(body)
        case Visits() | Aggregate(function=Function.COUNT):
            return 0, None
        case Aggregate(function=Function.MIN | Function.MAX, value=value) if value is not None:
            return _bounds(value)
        case Apply(function=function, operands=operands):
            return _applied(function, [_bounds(each) for each in operands])
        case Decide(decision=decision):
            return decision.bounds
        case If(then=then, otherwise=otherwise):
            return _either([_bounds(then), _bounds(otherwise)])
        case Coalesce(operands=operands):
            return _either([_bounds(each) for each in operands])
        case Convert(operand=operand, type=type_) if type_.kind is Kind.NUMBER and operand.kind is Kind.INTEGER:
            least, most = _bounds(operand)
            return _as_float(least), _as_float(most)
    return _NONE


def _applied(function: BuiltIn, bounds: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Return the bounds of what a function gives; of the least or the greatest of several one end of one is enough."""
    if function not in {BuiltIn.LEAST, BuiltIn.GREATEST}:
        return _RANGES.get(function, _NONE)
    lows, highs = ([end for end in ends if end is not None] for ends in zip(*bounds, strict=True))
    if function is BuiltIn.LEAST:
        return min(lows) if len(lows) == len(bounds) else None, min(highs, default=None)
    return max(lows, default=None), max(highs) if len(highs) == len(bounds) else None


def _as_float(number: int | None) -> float | None:
    return None if number is None else float(number)


def _either(bounds: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    lows, highs = zip(*bounds, strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)
