"""A table in conditions and cases, for databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from voronka.definition.tables.conditions import Condition
from voronka.definition.tables.results import decimal
from voronka.expressions import Kind, Type, Value
from voronka.expressions.ir import (
    Arithmetic,
    Both,
    Compare,
    Const,
    Convert,
    Either,
    IsMissing,
    Node,
    Not,
    Operator,
    Within,
)
from voronka.expressions.layout import Bound, Cases, Let, Total

__all__ = ["Rows", "counted", "first", "summed"]

Rows = Sequence[tuple[Sequence[Condition], Value | None]]
"""Of each row the conditions, one an operand, and the result."""

_BOOL, _INTEGER, _NUMBER = Type(Kind.BOOL), Type(Kind.INTEGER), Type(Kind.NUMBER)
_MOST = 2**63 - 1
# Integers and powers of ten up to these are doubles, so that the quotient of two is rounded once.
_MOST_OF_DOUBLE, _MOST_DIGITS = 2**53, 22


def first(
    name: str, type_: Type, operands: Sequence[Node], rows: Rows, clashing: Sequence[Sequence[Condition]] = ()
) -> Node:
    """Return the result of the first row that hits; missing if none does, or more than one of the `clashing`."""
    names = _names(operands)
    conditions: list[Node] = []
    results: list[Node] = []
    otherwise = _const(type_, None)
    if clashing:
        hits = _total(name, _INTEGER, [(_asked_of_row(names, each), 1) for each in clashing])
        several = Compare(type=_BOOL, text=name, operator=Operator.GT, left=hits, right=_const(_INTEGER, 1))
        conditions.append(several)
        results.append(otherwise)
    for asked, result in rows:
        condition = _asked_of_row(names, asked)
        if condition is None:
            otherwise = _const(type_, result)
            break
        conditions.append(condition)
        results.append(_const(type_, result))
    if not conditions:
        return otherwise
    found = Cases(type=type_, text=name, conditions=tuple(conditions), results=tuple(results), otherwise=otherwise)
    return _let(operands, names, rows, found)


def counted(name: str, operands: Sequence[Node], rows: Rows) -> Node:
    """Return how many rows hit."""
    names = _names(operands)
    return _let(operands, names, rows, _total(name, _INTEGER, [(_asked_of_row(names, asked), 1) for asked, _ in rows]))


def summed(name: str, type_: Type, operands: Sequence[Node], rows: Rows) -> Node | None:
    """Return the sum of the results of the rows that hit; None if whole numbers of 64 bits may not do for it.

    Decimals are added as whole numbers of their last digit, and divided once.
    """
    rows = [(asked, result) for asked, result in rows if result is not None]
    exact = type_.kind in {Kind.INTEGER, Kind.MONEY}
    results = [decimal(result) for _, result in rows]
    digits = max((_digits(each) for each in results), default=0)
    units = [int(each * 10**digits) for each in results]
    low, high = sum(each for each in units if each < 0), sum(each for each in units if each > 0)
    if max(-low, high) > (_MOST if exact else _MOST_OF_DOUBLE) or digits > _MOST_DIGITS:
        return None
    names = _names(operands)
    parts = [(_asked_of_row(names, asked), unit) for (asked, _), unit in zip(rows, units, strict=True)]
    if exact:
        return _let(operands, names, rows, _total(name, type_, parts))
    whole = Convert(type=_NUMBER, text=name, operand=_total(name, _INTEGER, parts))
    power = _const(_NUMBER, float(10**digits))
    return _let(
        operands, names, rows, Arithmetic(type=type_, text=name, operator=Operator.DIV, left=whole, right=power)
    )


def _digits(number: Fraction) -> int:
    """Return how many decimals a number has whose denominator divides a power of ten."""
    digits = 0
    while 10**digits % number.denominator:
        digits += 1
    return digits


def _names(operands: Sequence[Node]) -> tuple[Bound, ...]:
    return tuple(Bound(type=each.type, text=each.text) for each in operands)


def _let(operands: Sequence[Node], names: Sequence[Bound], rows: Rows, body: Node) -> Node:
    """Return the body with names for those operands that a row asks something of."""
    asked = [place for place in range(len(operands)) if any(not each[place].everything for each, _ in rows)]
    if not asked:
        return body
    return Let(
        type=body.type,
        text=body.text,
        operands=tuple(operands[place] for place in asked),
        names=tuple(names[place] for place in asked),
        body=body,
    )


def _total(name: str, type_: Type, parts: Sequence[tuple[Node | None, int]]) -> Node:
    """Return the sum of the numbers whose condition is true; None: it always is."""
    always = sum(number for condition, number in parts if condition is None)
    nothing = _const(type_, 0)
    cases = [
        Cases(type=type_, text=name, conditions=(condition,), results=(_const(type_, number),), otherwise=nothing)
        for condition, number in parts
        if condition is not None
    ]
    if not cases:
        return _const(type_, always)
    return Total(type=type_, text=name, operands=(*([_const(type_, always)] if always else []), *cases))


def _asked_of_row(operands: Sequence[Node], conditions: Sequence[Condition]) -> Node | None:
    """Return the conjunction of a row's conditions; None if they hold for everything."""
    parts = [
        _asked(operand, condition)
        for operand, condition in zip(operands, conditions, strict=True)
        if not condition.everything
    ]
    if len(parts) < 2:
        return parts[0] if parts else None
    return Both(type=_BOOL, text=" and ".join(part.text for part in parts), operands=tuple(parts))


def _asked(operand: Node, condition: Condition) -> Node:
    text = f"{operand.text}: {condition.text}"
    if condition.missing:
        node: Node = IsMissing(type=_BOOL, text=text, operand=operand)
    else:
        ways = tuple(_ways(operand, condition, text))
        node = ways[0] if len(ways) == 1 else Either(type=_BOOL, text=text, operands=ways)
    return Not(type=_BOOL, text=text, operand=node) if condition.negated else node


def _ways(operand: Node, condition: Condition, text: str) -> Iterator[Node]:
    if condition.values:
        options = tuple(_const(operand.type, value) for value in sorted(condition.values))
        yield Within(type=_BOOL, text=text, operand=operand, options=options)
    for span in condition.spans:
        ends = []
        if span.low is not None:
            sign = Operator.GE if span.from_low else Operator.GT
            ends.append(
                Compare(type=_BOOL, text=text, operator=sign, left=operand, right=_const(operand.type, span.low))
            )
        if span.high is not None:
            sign = Operator.LE if span.to_high else Operator.LT
            ends.append(
                Compare(type=_BOOL, text=text, operator=sign, left=operand, right=_const(operand.type, span.high))
            )
        yield ends[0] if len(ends) == 1 else Both(type=_BOOL, text=text, operands=tuple(ends))


def _const(type_: Type, value: Value | None) -> Const:
    return Const(type=type_, text=str(value), value=value)
