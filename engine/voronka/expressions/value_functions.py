"""Functions of single values: of numbers, texts, dates, and of alternatives."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from voronka.expressions import conversion
from voronka.expressions.arguments import arguments, wrong
from voronka.expressions.ir import Apply, Arithmetic, BuiltIn, Coalesce, Const, Convert, Node, Operator
from voronka.expressions.refusal import Refusal
from voronka.expressions.shares import settled
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.expressions.checker import Checker

__all__ = ["VALUE_FUNCTIONS"]

_MOST_ALTERNATIVES = 20
_MOST_DECIMALS = 6
_COMPARED = frozenset({*conversion.NUMERIC, Kind.DATE, Kind.DATETIME})
_ALREADY_WHOLE = frozenset({Kind.INTEGER})


def _coalesce(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    operands = checker.check_all(arguments(tree, name, 2, _MOST_ALTERNATIVES))
    if operands is None:
        return None
    same = conversion.joined(operands, checker.scope.money_digits)
    return Coalesce(type=same[0].type, text=checker.source.written(tree), operands=tuple(same))


def _extreme(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    operands = checker.check_all(arguments(tree, name, 2, _MOST_ALTERNATIVES))
    if operands is None:
        return None
    same = conversion.joined(operands, checker.scope.money_digits)
    for node in same:
        if node.kind not in _COMPARED:
            raise wrong(name, node)
    return Apply(type=same[0].type, text=checker.source.written(tree), function=BuiltIn(name), operands=tuple(same))


def _mod(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    operands = checker.check_all(arguments(tree, name, 2, 2))
    if operands is None:
        return None
    for node in operands:
        if node.kind is not Kind.INTEGER:
            raise wrong(name, node)
    left, right = operands
    if isinstance(right, Const) and right.value == 0:
        checker.divided_by_zero(tree)
    text = checker.source.written(tree)
    return Arithmetic(type=Type(Kind.INTEGER), text=text, operator=Operator.MOD, left=left, right=right)


def _abs(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    node = _number(checker, arguments(tree, name, 1, 1)[0], name)
    if node is None:
        return None
    return Apply(type=node.type, text=checker.source.written(tree), function=BuiltIn.ABS, operands=(node,))


def _whole(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    node = _number(checker, arguments(tree, name, 1, 1)[0], name)
    if node is None or node.kind in _ALREADY_WHOLE:
        return node
    digits = checker.scope.money_digits
    number = settled(conversion.to_number(node, digits), digits)
    return Apply(type=Type(Kind.INTEGER), text=checker.source.written(tree), function=BuiltIn(name), operands=(number,))


def _round(checker: Checker, tree: ast.Call, name: str) -> Node | None:
    written = arguments(tree, name, 1, 2)
    node = _number(checker, written[0], name)
    decimals = checker.check(written[1]) if len(written) > 1 else None
    if node is None or (len(written) > 1 and decimals is None):
        return None
    text = checker.source.written(tree)
    if decimals is None:
        if node.kind in _ALREADY_WHOLE:
            return node
        return Convert(type=Type(Kind.INTEGER), text=text, operand=_as_number(checker, node))
    if not (isinstance(decimals, Const) and decimals.kind is Kind.INTEGER and isinstance(decimals.value, int)):
        raise wrong(name, decimals)
    if not 1 <= decimals.value <= _MOST_DECIMALS:
        raise Refusal(
            "E1103",
            Text("A number is not rounded to {decimals} decimals.", decimals=decimals.value),
            Text("Write from 1 to {most}; round(x) alone gives a whole number.", most=_MOST_DECIMALS),
            part=decimals,
        )
    # Rounded to so many decimals as money is to those of its currency, then a number again.
    digits = decimals.value
    coins = Convert(type=Type(Kind.MONEY), text=text, operand=_as_number(checker, node), digits=digits)
    return Convert(type=Type(Kind.NUMBER), text=text, operand=coins, digits=digits, rounded=True)


def _number(checker: Checker, tree: ast.expr, name: str) -> Node | None:
    node = checker.check(tree)
    if node is not None and node.kind not in conversion.NUMERIC:
        raise wrong(name, node)
    return node


def _as_number(checker: Checker, node: Node) -> Node:
    return conversion.to_number(node, checker.scope.money_digits)


def _dated(kind: Kind) -> Callable[[Checker, ast.Call, str], Node | None]:
    def check(checker: Checker, tree: ast.Call, name: str) -> Node | None:
        node = checker.check(arguments(tree, name, 1, 1)[0])
        if node is None:
            return None
        day = conversion.to_date(node)
        return Apply(type=Type(kind), text=checker.source.written(tree), function=BuiltIn(name), operands=(day,))

    return check


def _of_texts(kind: Kind, count: int) -> Callable[[Checker, ast.Call, str], Node | None]:
    def check(checker: Checker, tree: ast.Call, name: str) -> Node | None:
        operands = checker.check_all(arguments(tree, name, count, count))
        if operands is None:
            return None
        for node in operands:
            if node.kind not in conversion.TEXTUAL:
                raise wrong(name, node)
        text = checker.source.written(tree)
        return Apply(type=Type(kind), text=text, function=BuiltIn(name), operands=tuple(operands))

    return check


VALUE_FUNCTIONS: dict[str, Callable[[Checker, ast.Call, str], Node | None]] = {
    "coalesce": _coalesce,
    "least": _extreme,
    "greatest": _extreme,
    "mod": _mod,
    "abs": _abs,
    "round": _round,
    "floor": _whole,
    "ceil": _whole,
    **dict.fromkeys(("contains", "starts_with", "ends_with"), _of_texts(Kind.BOOL, 2)),
    **dict.fromkeys(("lower", "trim"), _of_texts(Kind.TEXT, 1)),
    "length": _of_texts(Kind.INTEGER, 1),
    **dict.fromkeys(("start_of_week", "start_of_month", "start_of_quarter", "start_of_year"), _dated(Kind.DATE)),
    **dict.fromkeys(("year", "month", "day", "weekday"), _dated(Kind.INTEGER)),
}
"""How a call of each is checked: the typed form, or None after a problem was reported; `Refusal` for the call."""
