"""Where the truth of a comparison changes that reckons with one number, such as ``sites * 2 > 10``."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, inf, nextafter

from voronka.expressions.ir import Arithmetic, Compare, Computed, Const, Convert, Negate, Node, Operator, Read
from voronka.expressions.values import Kind, Value

__all__ = ["boundary"]

_WHOLE = frozenset({Kind.INTEGER, Kind.MONEY})
_DIGITS = 3
"""So many neighbours of a fraction are given: what is reckoned with it is rounded."""


def boundary(node: Node) -> tuple[str, tuple[Value, ...]] | None:
    """Return the one name that a comparison with a constant reckons with, and the values about which its truth changes.

    None for any other condition, also for one that compares the name as it is.
    """
    match node:
        case Compare(left=left, right=right):
            for side, other in ((left, right), (right, left)):
                value = _constant(other)
                if value is not None and not isinstance(_named(side), Read) and (found := _solved(side, value)):
                    read, solution = found
                    values = _about(read.kind, solution)
                    return None if values is None else (read.name, values)
    return None


def _named(node: Node) -> Node:
    while isinstance(node, Computed):
        node = node.body
    return node


def _constant(node: Node) -> Fraction | None:
    match _named(node):
        case Const(value=int() | float() as value) if not isinstance(value, bool):
            return Fraction(value)
        case Negate(operand=operand) if (found := _constant(operand)) is not None:
            return -found
        case Convert(operand=operand) as whole if _is_widening(whole):
            return _constant(operand)
    return None


def _is_widening(node: Convert) -> bool:
    return node.kind is Kind.NUMBER and node.operand.kind is Kind.INTEGER


def _solved(node: Node, value: Fraction) -> tuple[Read, Fraction] | None:
    """Return for which value of which name a part comes to `value`; None unless it only grows or falls with that."""
    match _named(node):
        case Read(of_row=False) as read if type(read) is Read:
            return read, value
        case Convert(operand=operand) as whole if _is_widening(whole):
            return _solved(operand, value)
        case Negate(operand=operand):
            return _solved(operand, -value)
        case Arithmetic(operator=operator, left=left, right=right):
            first, second = _constant(left), _constant(right)
            if second is not None:
                return _without(operator, left, second, value)
            if first is not None and operator is Operator.SUB:
                return _solved(right, first - value)
            if first is not None and operator in (Operator.ADD, Operator.MUL):
                return _without(operator, right, first, value)
    return None


def _without(operator: Operator, part: Node, constant: Fraction, value: Fraction) -> tuple[Read, Fraction] | None:
    match operator:
        case Operator.ADD:
            return _solved(part, value - constant)
        case Operator.SUB:
            return _solved(part, value + constant)
        case Operator.MUL if constant:
            return _solved(part, value / constant)
        case Operator.DIV if constant:
            return _solved(part, value * constant)
    return None


def _about(kind: Kind, solution: Fraction) -> tuple[Value, ...] | None:
    if kind in _WHOLE:
        return tuple({floor(solution), ceil(solution)}) if abs(solution) < 2**62 else None
    try:
        found = [float(solution)]
    except OverflowError:
        return None
    for towards in (-inf, inf):
        beside = found[0]
        for _ in range(_DIGITS):
            beside = nextafter(beside, towards)
            found.append(beside)
    return tuple(found)
