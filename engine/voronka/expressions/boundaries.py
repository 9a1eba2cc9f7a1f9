"""Where the truth of a comparison changes that reckons with one number, such as ``sites * 2 > 10``."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, inf, nextafter
from typing import TypeGuard

from voronka.expressions.ir import Arithmetic, Compare, Computed, Const, Convert, Negate, Node, Operator, Read, walk
from voronka.expressions.values import Kind, Value

__all__ = ["boundary"]

_WHOLE = frozenset({Kind.INTEGER, Kind.MONEY})
_DIGITS = 3
"""So many neighbours of a fraction are given: what is reckoned with it is rounded."""
_LEAST, _MOST = Fraction(1, 10_000), 10**13
"""Beyond these what is reckoned with is not looked into: too much of it might be rounded away."""
_FAR = 10_000


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
                    values = _about(read.kind, solution, _scale(node, solution))
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


def _scale(node: Node, solution: Fraction) -> int | None:
    """Return a number beside which nothing that a comparison reckons with is large; None where some is too large, or so
    small that little of the name is left."""
    told = [abs(Fraction(part.value)) for part in walk(node) if isinstance(part, Const) and _is_number(part.value)]
    if any(each and not _LEAST <= each <= _MOST for each in told) or abs(solution) > _MOST:
        return None
    return ceil(max([*told, abs(solution), Fraction(1)]))


def _is_number(value: Value | None) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _about(kind: Kind, solution: Fraction, scale: int | None) -> tuple[Value, ...] | None:
    """Return values at a solution, beside it, and so far from it that they do not vanish beside what they are added to.

    `scale`: of what is reckoned with.
    """
    if scale is None:
        return None
    far = [solution + sign * scale * times for sign in (-1, 1) for times in (1, _FAR)]
    if kind in _WHOLE:
        return tuple({floor(each) for each in (solution, *far)} | {ceil(solution)})
    found = [float(solution)]
    for towards in (-inf, inf):
        beside = found[0]
        for _ in range(_DIGITS):
            beside = nextafter(beside, towards)
            found.append(beside)
    return (*found, *map(float, far))
