"""Comparisons, ``in`` and ``is missing``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from voronka.expressions import conversion
from voronka.expressions.ir import (
    Both,
    Compare,
    Computed,
    Const,
    Contains,
    Decide,
    Either,
    If,
    IsMissing,
    Node,
    Not,
    Operator,
    Within,
)
from voronka.expressions.names import MISSING_WORDS, declared, personal
from voronka.expressions.refusal import Refusal, described
from voronka.expressions.shares import compared, is_written, settled
from voronka.expressions.spans import excess
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.expressions.checker import Checker

__all__ = ["bracketed", "check_comparison"]

_BOOL = Type(Kind.BOOL)
_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Eq: Operator.EQ,
    ast.NotEq: Operator.NE,
    ast.Lt: Operator.LT,
    ast.LtE: Operator.LE,
    ast.Gt: Operator.GT,
    ast.GtE: Operator.GE,
}
_ORDERED = frozenset({*conversion.NUMERIC, Kind.TEXT, Kind.DATE, Kind.DATETIME})


def check_comparison(checker: Checker, tree: ast.Compare) -> Node | None:
    """Return the typed form of a comparison, or None after reporting what is wrong with it."""
    if len(tree.ops) > 1:
        checker.check_all(
            [part for part in (tree.left, *tree.comparators) if not isinstance(part, (ast.List, ast.Tuple))]
        )
        checker.report(
            "E1204",
            tree,
            Text("Comparisons cannot be written in a chain."),
            Text("Join two with and: 0 < x and x < 10."),
        )
        return None
    operator, right = tree.ops[0], tree.comparators[0]
    node: Node | None = None
    if isinstance(operator, (ast.Is, ast.IsNot)):
        node = _is_missing(checker, tree, right)
    elif isinstance(operator, (ast.In, ast.NotIn)):
        node = _in(checker, tree, right)
    elif _bare_option(checker, tree.left, right) or _bare_option(checker, right, tree.left):
        return None
    elif operands := checker.check_all((tree.left, right)):
        with checker.placing(tree):
            node = _compare(checker, tree, _OPERATORS[type(operator)], *operands)
    if node is not None and isinstance(operator, (ast.IsNot, ast.NotIn)):
        return Not(type=_BOOL, text=node.text, operand=node)
    return node


def bracketed(node: Node) -> str:
    """Return what is written as it stands before ``is missing``: a choice or a condition in brackets."""
    return f"({node.text})" if isinstance(node, (If, Both, Either, Not, Compare, Within)) else node.text


def _bare_option(checker: Checker, choice: ast.expr, written: ast.expr) -> bool:
    """Report an option without quotes beside the `choice` that has it; tell whether `written` is one."""
    name, option = checker.source.dotted(choice), checker.source.dotted(written)
    found = declared(checker, name) if name is not None else None
    if found is None or option not in found.declared.type.options or declared(checker, option) is not None:
        return False
    checker.report(
        "E1101",
        written,
        Text("There is no field or name {name} here.", name=option),
        Text("It is an option of {name}: put it in quotes.", name=name),
        f'"{option}"',
    )
    return True


def _compare(checker: Checker, tree: ast.Compare, operator: Operator, left: Node, right: Node) -> Node:
    if Kind.MISSING in {left.kind, right.kind}:
        other = bracketed(left if right.kind is Kind.MISSING else right)
        raise Refusal(
            "E1203",
            Text("A comparison with missing is never true."),
            Text("Write {other} is not missing.", other=other)
            if operator is Operator.NE
            else Text("Write {other} is missing.", other=other),
        )
    _warn_percent(checker, tree, left, right)
    _warn_percent(checker, tree, right, left)
    digits, text = checker.scope.money_digits, checker.source.written(tree)
    if (exact := compared(operator, left, right, digits, text)) is not None:
        return exact
    if Kind.DURATION in {left.kind, right.kind}:
        left = excess(left, right, text)
        right = Const(type=left.type, text="0", value=0)
    else:
        left, right = conversion.comparable(left, right, digits)
        if is_written(left) or is_written(right):
            left, right = settled(left, digits), settled(right, digits)
    if operator not in {Operator.EQ, Operator.NE} and left.kind not in _ORDERED:
        raise Refusal(
            "E1202",
            Text("{text} is {kind} and has no order.", text=left.text, kind=described(left.type)),
            Text("Compare it with == or !=."),
        )
    return Compare(type=_BOOL, text=text, operator=operator, left=left, right=right)


def _warn_percent(checker: Checker, tree: ast.Compare, percent: Node, number: Node) -> None:
    if percent.kind is Kind.PERCENT and isinstance(number, Const) and number.exact:
        value = float(number.exact)
        if value > 1:
            checker.report(
                "W1302",
                tree,
                Text("{number} stands for {percent}% here.", number=number.exact, percent=f"{value * 100:.15g}"),
                Text("Write {number}% if that was meant.", number=number.exact),
                f"{number.exact}%",
            )
    elif isinstance(percent, Const) and percent.kind is Kind.PERCENT and percent.value and _counts(number):
        written = percent.text.removesuffix("%")
        checker.report(
            "W1308",
            tree,
            Text(
                "{text} is counted in whole or in points: beside it {percent} stands for {value}.",
                text=number.text,
                percent=percent.text,
                value=f"{percent.value:.15g}",
            ),
            Text("Write {number} if that was meant.", number=written),
            written,
        )


def _counts(node: Node) -> bool:
    """Tell whether a number is one of whole things or of points, no share of anything."""
    while isinstance(node, Computed):
        node = node.body
    if isinstance(node, Decide) and node.decision.name.startswith("scores."):
        return True
    return node.kind is Kind.INTEGER and not isinstance(node, Const)


def _is_missing(checker: Checker, tree: ast.Compare, right: ast.expr) -> Node | None:
    if not (isinstance(right, ast.Name) and right.id == "missing"):
        checker.check(tree.left)
        empty = (checker.source.dotted(right) or "").lower() in MISSING_WORDS
        checker.report(
            "E1006",
            tree,
            Text("is stands only before missing or not missing."),
            Text("Write missing, as in x is missing.") if empty else Text("Write == to compare."),
        )
        return None
    node = personal(checker, tree.left) or checker.check(tree.left)
    if node is None:
        return None
    return IsMissing(type=_BOOL, text=checker.source.written(tree), operand=node)


def _in(checker: Checker, tree: ast.Compare, right: ast.expr) -> Node | None:
    operand = checker.check(tree.left)
    if not isinstance(right, ast.List):
        choices = checker.check(right)
        if operand is not None and choices is not None:
            with checker.placing(tree):
                return _contains(operand, choices, checker.source.written(tree))
        return None
    if not right.elts:
        checker.report("E1006", right, Text("The list is empty."), Text("Write at least one value into it."))
        return None
    found = [_option(checker, operand, element) for element in right.elts]
    options = [option for option in found if option is not None]
    if operand is None or len(options) < len(found):
        return None
    with checker.placing(tree):
        return _within(checker, operand, options, checker.source.written(tree))
    return None


def _contains(operand: Node, choices: Node, text: str) -> Node:
    if choices.kind is not Kind.CHOICES:
        raise Refusal(
            "E1201",
            Text("{text} is {kind}, not a list.", text=choices.text, kind=described(choices.type)),
            Text('After in stands a list, x in ["a", "b"], or a field of type choices.'),
        )
    one = Const(type=Type(Kind.CHOICE, choices.type.options), text=choices.text, value=None)
    item, _ = conversion.comparable(operand, one, 0)
    return Contains(type=_BOOL, text=text, choices=choices, item=item)


def _option(checker: Checker, operand: Node | None, element: ast.expr) -> Const | None:
    node = checker.check(element)
    if node is None or operand is None:
        return None
    with checker.placing(element):
        if isinstance(node, Const) and node.kind is not Kind.MISSING:
            option = conversion.comparable(operand, node, checker.scope.money_digits)[1]
            if isinstance(option, Const):
                return option
        raise Refusal(
            "E1006",
            Text("{text} cannot stand in a list.", text=node.text),
            Text("A list holds values written out; compare others with == and join by or."),
        )
    return None


def _within(checker: Checker, operand: Node, options: list[Const], text: str) -> Node:
    # Each option was made alike with the operand on its own; now the operand becomes alike with all of them.
    nodes = [operand, *options]
    kinds = {option.kind for option in options}
    if operand.kind is Kind.NUMBER and Kind.MONEY in kinds:
        nodes[0] = conversion.to_money(operand, checker.scope.money_digits)
    elif operand.kind in conversion.NUMERIC:
        nodes = conversion.meeting_numbers(nodes, checker.scope.money_digits)
        nodes[0] = settled(nodes[0], checker.scope.money_digits)
    elif kinds == {Kind.DATE, Kind.DATETIME}:
        raise Refusal(
            "E1202",
            Text("The list mixes dates and moments."),
            Text("Write all of them with a time, or none."),
        )
    elif kinds == {Kind.DATE}:
        nodes[0] = conversion.to_date(operand)
    known = tuple(node for node in nodes[1:] if isinstance(node, Const))
    return Within(type=_BOOL, text=text, operand=nodes[0], options=known)
