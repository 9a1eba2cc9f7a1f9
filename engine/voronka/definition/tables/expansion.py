"""A table in comparisons and conditional expressions, for backends that cannot call Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voronka.definition.tables.conditions import Condition
from voronka.expressions import Kind, Type, Value
from voronka.expressions.ir import Arithmetic, Both, Compare, Const, Either, If, IsMissing, Node, Not, Operator, Within

__all__ = ["condition_node", "counted", "nested", "summed"]

Rows = Sequence[tuple[Node, Value | None]]
_BOOL = Type(Kind.BOOL)


def condition_node(operands: Sequence[Node], conditions: Sequence[Condition]) -> Node:
    """Return the conjunction of a row's conditions over the inputs."""
    parts = [
        _asked(operand, condition)
        for operand, condition in zip(operands, conditions, strict=True)
        if not condition.everything
    ]
    if not parts:
        return Const(type=_BOOL, text="any", value=True)
    return (
        parts[0]
        if len(parts) == 1
        else Both(type=_BOOL, text=" and ".join(p.text for p in parts), operands=tuple(parts))
    )


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


def nested(name: str, type_: Type, rows: Rows) -> Node:
    """Return the result of the first row that hits; missing if none does."""
    node: Node = _const(type_, None)
    for condition, result in reversed(rows):
        node = If(type=type_, text=name, condition=condition, then=_const(type_, result), otherwise=node)
    return node


def counted(name: str, rows: Rows) -> Node:
    """Return how many rows hit."""
    return _added(name, Type(Kind.INTEGER), [(condition, 1) for condition, _ in rows])


def summed(name: str, type_: Type, rows: Rows) -> Node:
    """Return the sum of the results of the rows that hit."""
    return _added(name, type_, [(condition, result) for condition, result in rows if result is not None])


def _added(name: str, type_: Type, rows: Rows) -> Node:
    nothing = 0 if type_.kind in {Kind.INTEGER, Kind.MONEY} else 0.0
    total: Node = _const(type_, nothing)
    for condition, result in rows:
        part = If(
            type=type_, text=name, condition=condition, then=_const(type_, result), otherwise=_const(type_, nothing)
        )
        total = Arithmetic(type=type_, text=name, operator=Operator.ADD, left=total, right=part)
    return total
