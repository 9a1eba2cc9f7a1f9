"""Parts of amounts beside numbers written out, such as ``amount * 10% <= 1000.30``: compared exactly.

What is written is a decimal, and an amount is a whole number of the smallest coin: the written factors go over to the
other side as fractions, which leaves an amount beside a bound, for every backend alike. What an amount gives with a
factor that is no constant is rounded to the smallest coin, as it is beside an amount. Behind a name such a part is the
same, and in a table or among alternatives it is `settled`, so that it is judged there as it is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from operator import add, mul, sub, truediv

from voronka.expressions.conversion import is_amount, to_money
from voronka.expressions.ir import (
    Apply,
    Arithmetic,
    Both,
    BuiltIn,
    Coalesce,
    Compare,
    Computed,
    Const,
    Convert,
    If,
    Negate,
    Node,
    Not,
    Operator,
)
from voronka.expressions.values import Kind, Type

__all__ = ["compared", "is_written", "settled"]

_BOOL, _MONEY, _NUMBER = Type(Kind.BOOL), Type(Kind.MONEY), Type(Kind.NUMBER)
_MOST = 2**63 - 1
_MOST_OF_DOUBLE = 2**53
_ALTERNATIVES = frozenset({BuiltIn.LEAST, BuiltIn.GREATEST, BuiltIn.ABS})
_MIRRORED = {
    Operator.LT: Operator.GT,
    Operator.LE: Operator.GE,
    Operator.GT: Operator.LT,
    Operator.GE: Operator.LE,
}
_NOT_COUNTED = frozenset({Kind.MONEY, Kind.PERCENT})
_REACHED: Mapping[Operator, Callable[[Fraction, Fraction], Fraction]] = {
    Operator.ADD: add,
    Operator.SUB: sub,
    Operator.MUL: mul,
    Operator.DIV: truediv,
}


def compared(operator: Operator, left: Node, right: Node, digits: int, text: str) -> Node | None:
    """Return the comparison of a part of an amount with a number written out; None where it is none."""
    why = (left, right)
    left, right = _named(left), _named(right)
    if isinstance(left, Const):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    if left.kind is not Kind.NUMBER or not (isinstance(right, Const) and right.exact) or right.kind in _NOT_COUNTED:
        return None
    part = _part(left, digits)
    if part is None or not part[1]:
        return None
    amount, factor = part
    bound = Fraction(Decimal(right.exact).scaleb(digits)) / factor
    if abs(bound) > _MOST:
        return None
    if factor < 0:
        operator = _MIRRORED.get(operator, operator)
    return _Bound(amount, bound, right, text, why).by(operator)


def settled(node: Node, digits: int) -> Node:
    """Return a number as it is judged beside numbers written out, for what compares no exact amounts.

    A part of an amount is divided once, which gives the double nearest to it, and what is counted in coins is rounded
    to them; of alternatives each is.
    """
    if node.kind is not Kind.NUMBER:
        return node
    match node:
        case Computed(body=body):
            inner = settled(body, digits)
            return node if inner is body else replace(node, body=inner)
        case If(then=then, otherwise=otherwise):
            return replace(node, then=settled(then, digits), otherwise=settled(otherwise, digits))
        case Coalesce(operands=operands):
            return replace(node, operands=tuple(settled(each, digits) for each in operands))
        case Apply(function=function, operands=operands) if function in _ALTERNATIVES:
            return replace(node, operands=tuple(settled(each, digits) for each in operands))
        case Arithmetic() | Negate() if (part := _part(node, digits)) is not None:
            return _divided(*part, digits, node)
        case Arithmetic() | Negate() if is_amount(node, digits):
            return _of_coins(to_money(node, digits), digits, node)
    return node


def is_written(node: Node) -> bool:
    """Tell whether a number is written out, be it under a name."""
    return _written(node) is not None


def _divided(amount: Node, factor: Fraction, digits: int, node: Node) -> Node:
    """Return so many times an amount as whole numbers with one division; the `node` itself for unwieldy factors."""
    if factor == 1:
        return _of_coins(amount, digits, node)
    coins = factor / 10**digits
    if max(abs(coins.numerator), coins.denominator) > _MOST_OF_DOUBLE:
        return node
    found = _of_coins(amount, 0, node)
    for operator, number in ((Operator.MUL, coins.numerator), (Operator.DIV, coins.denominator)):
        if number != 1:
            whole = Const(type=_NUMBER, text=str(number), value=float(number), exact=str(number))
            found = Arithmetic(type=_NUMBER, text=node.text, operator=operator, left=found, right=whole, why=(node,))
    return found


def _of_coins(amount: Node, digits: int, node: Node) -> Node:
    return Convert(type=_NUMBER, text=node.text, operand=amount, digits=digits)


def _named(node: Node) -> Node:
    """Return what stands behind names."""
    while isinstance(node, Computed):
        node = node.body
    return node


class _Bound:
    """An amount beside a bound in minor units. `why`: what stands in the expression."""

    def __init__(self, amount: Node, bound: Fraction, written: Const, text: str, why: tuple[Node, ...]) -> None:
        self._amount = amount
        self._bound = bound
        self._written = written
        self._text = text
        self._why = why

    def by(self, operator: Operator) -> Node:
        """Return the comparison; beside a part of a coin an amount is up to the coin below or from that above."""
        below, above = floor(self._bound), ceil(self._bound)
        if below == above:
            return self._than(operator, below)
        match operator:
            case Operator.LE | Operator.LT:
                return self._than(Operator.LE, below)
            case Operator.GE | Operator.GT:
                return self._than(Operator.GE, above)
        parts = (self._than(Operator.LE, below), self._than(Operator.GE, above))
        never = Both(type=_BOOL, text=self._text, operands=parts)
        return never if operator is Operator.EQ else Not(type=_BOOL, text=self._text, operand=never)

    def _than(self, operator: Operator, minor: int) -> Node:
        bound = replace(self._written, type=_MONEY, value=minor, exact="")
        return Compare(type=_BOOL, text=self._text, operator=operator, left=self._amount, right=bound, why=self._why)


def _part(node: Node, digits: int) -> tuple[Node, Fraction] | None:
    """Return of how many times which amount a number is the value; None if it is no such number."""
    match node:
        case Computed(body=body):
            return _part(body, digits)
        case Convert(operand=operand, rounded=False) if operand.kind is Kind.MONEY and node.digits == digits:
            return operand, Fraction(1)
        case Negate(operand=operand):
            return _times(_part(operand, digits), Fraction(-1))
        case Arithmetic(operator=Operator.MUL, left=left, right=right):
            for one, other in ((left, right), (right, left)):
                if (factor := _written(other)) is not None:
                    return _times(_part(one, digits), factor)
            amounts = [_part(side, digits) is not None for side in (left, right)]
            return (to_money(node, digits), Fraction(1)) if amounts.count(True) == 1 else None
        case Arithmetic(operator=Operator.DIV, left=left, right=right) if divisor := _written(right):
            return _times(_part(left, digits), 1 / divisor)
    return None


def _times(part: tuple[Node, Fraction] | None, factor: Fraction) -> tuple[Node, Fraction] | None:
    return None if part is None else (part[0], part[1] * factor)


def _written(node: Node) -> Fraction | None:
    """Return what numbers written out come to; None where anything else is among them."""
    match node:
        case Computed(body=body):
            return _written(body)
        case Const(exact=exact) if exact and node.kind is not Kind.MONEY:
            return Fraction(Decimal(exact))
        case Const(value=float() as share) if node.kind is Kind.PERCENT:
            return Fraction(Decimal(repr(share)))
        case Negate(operand=operand) if (found := _written(operand)) is not None:
            return -found
        case Convert(operand=operand) if node.kind is Kind.NUMBER:
            return _written(operand)
        case Arithmetic(operator=operator, left=left, right=right) if operator in _REACHED:
            first, second = _written(left), _written(right)
            if first is None or second is None or (operator is Operator.DIV and not second):
                return None
            return _REACHED[operator](first, second)
    return None
