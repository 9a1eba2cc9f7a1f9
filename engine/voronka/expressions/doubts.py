"""What a text says that was surely not meant: parts that can never be true or false, branches that are never taken,
comparisons that forget that a value may be missing.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from voronka.expressions.ir import (
    Apply,
    Both,
    BuiltIn,
    Coalesce,
    Compare,
    Const,
    Convert,
    Either,
    If,
    IsMissing,
    Node,
    Not,
    Operator,
    Read,
    Within,
    walk,
)
from voronka.expressions.possibility import Results, independent, outcomes
from voronka.expressions.values import Kind
from voronka.messages import Text

__all__ = ["Doubt", "doubts"]

_SEARCHED = frozenset({BuiltIn.CONTAINS, BuiltIn.STARTS_WITH, BuiltIn.ENDS_WITH})
_TRUE: Results = frozenset({True})
_MOST_WORK = 60_000
"""So many parts are judged of one text, in all cases that are tried together; beyond that nothing is doubted."""
_AS_CASES = 10
"""To make a condition ready takes as long as so many cases."""


class _Work:
    """What may still be judged of a text."""

    def __init__(self) -> None:
        self.left = _MOST_WORK

    def cases(self, conditions: Sequence[Node]) -> Iterator[tuple[Results, ...]]:
        """Yield what conditions may give together. Raises `_TooMuchError` where that is more than is judged."""
        parts = sum(1 for each in conditions for _ in walk(each))
        self.left -= _AS_CASES * parts
        for case in outcomes(conditions):
            self.left -= parts
            if self.left < 0:
                raise _TooMuchError
            yield case


class _TooMuchError(Exception):
    """More than is judged of a text."""


class Doubt(NamedTuple):
    """A warning about a part of a text."""

    code: str
    where: ast.expr
    reason: Text
    remedy: Text


def doubts(checked: Sequence[tuple[Node, ast.expr]]) -> Iterator[Doubt]:
    """Yield what is doubtful in a text; `checked`: its typed parts with their trees, inner ones first."""
    whole, place = checked[-1]
    if isinstance(whole, Const) and isinstance(whole.value, bool):
        yield _constant(whole, place, holds=whole.value)
    every = list(walk(whole))
    reads = Counter(part.name for part in every if isinstance(part, Read))
    with suppress(_TooMuchError):
        yield from _never_otherwise(checked)
    atoms = [(node, tree) for node, tree in checked if isinstance(node, (Compare, Within, Not))]
    replaced = {id(part) for each in every if isinstance(each, Coalesce) for part in walk(each)}
    for node, tree in atoms:
        name = _name(node)
        if name is not None and reads[name] == 1 and id(node) not in replaced and _denies(node):
            yield Doubt(
                "W1305",
                tree,
                Text("Where {name} is missing this is unknown, and nothing passes.", name=name),
                Text(
                    "If missing should pass, write {name} is missing or …; if not, {name} is not missing and ….",
                    name=name,
                ),
            )


def _never_otherwise(checked: Sequence[tuple[Node, ast.expr]]) -> Iterator[Doubt]:
    """Yield the branches that are never taken, and the conditions that always give the same."""
    work, told, chained = _Work(), set[int](), set[str]()
    for node, tree in reversed(checked):
        if isinstance(node, If) and node.text not in chained:
            yield from _branches(node, tree, {part.text: where for part, where in checked}, chained, work)
    for node, tree in checked:
        if _is_condition(node) and told.isdisjoint(id(part) for part in _below(node)):
            found = _fixed(node, tree, work)
            if found is not None:
                told.add(id(node))
                yield found


def _constant(node: Node, tree: ast.expr, *, holds: bool) -> Doubt:
    remedy = Text("Write a condition that reads something, or take it out.")
    if holds:
        return Doubt("W1304", tree, Text("{text} is never false.", text=node.text), remedy)
    return Doubt("W1303", tree, Text("{text} is never true.", text=node.text), remedy)


def _below(node: Node) -> Iterator[Node]:
    """Yield the parts of a condition that are conditions themselves, the whole among them."""
    yield node
    if isinstance(node, (Both, Either)):
        for operand in node.operands:
            yield from _below(operand)
    elif isinstance(node, Not):
        yield from _below(node.operand)


def _is_condition(node: Node) -> bool:
    return isinstance(node, (Compare, Within, IsMissing, Both, Either)) or (
        isinstance(node, Not) and isinstance(node.operand, IsMissing)  # x is not missing
    )


def _fixed(node: Node, tree: ast.expr, work: _Work) -> Doubt | None:
    """Return the doubt about a condition that gives the same whatever the values are."""
    match node:
        case Compare(left=Read(least=None, most=None, kind=kind), right=Const()) if kind is not Kind.CHOICE:
            return None  # most comparisons are such
    match node:
        case Compare(operator=Operator.EQ, left=Convert(operand=whole), right=Const(value=float(value))) if (
            whole.kind is Kind.INTEGER and not value.is_integer()
        ):
            return _impossible(node, tree)  # a whole number beside a fraction
    if isinstance(node, (Both, Either)) and independent(node):
        return None  # its parts were asked each for itself
    if not isinstance(node, (Both, Either)) and any(
        isinstance(part, Read) and part.kind is Kind.CHOICE and len(part.type.options) < 2 for part in walk(node)
    ):
        return None  # there will be a second option, a second funnel
    found: set[bool | None] = set()
    for (results,) in work.cases([node]):
        found |= results
        if {True, False} <= found:
            return None
    if True not in found:
        return _impossible(node, tree)
    if False not in found:
        return Doubt(
            "W1304",
            tree,
            Text("{text} is never false.", text=node.text),
            Text("Delete it, or write x is not missing if it is to tell whether there is a value."),
        )
    return None


def _impossible(node: Node, tree: ast.expr) -> Doubt:
    return Doubt(
        "W1303",
        tree,
        Text("{text} is never true.", text=node.text),
        Text("Its parts exclude each other, or ask for what cannot be: correct it."),
    )


def _branches(node: If, tree: ast.expr, places: dict[str, ast.expr], chained: set[str], work: _Work) -> Iterator[Doubt]:
    """Yield the branches of a chain of choices that are never taken."""
    conditions: list[Node] = []
    while True:
        conditions.append(node.condition)
        taken = passed = False
        for *before, last in work.cases(conditions):
            left = all(each != _TRUE for each in before)
            taken, passed = taken or (left and True in last), passed or (left and last != _TRUE)
            if taken and passed:
                break
        if not taken:
            yield _never(node.then, places.get(node.then.text, tree))
        if not passed:
            yield _never(node.otherwise, places.get(node.otherwise.text, tree))
            return
        if not isinstance(node.otherwise, If):
            return
        node = node.otherwise
        chained.add(node.text)


def _never(branch: Node, where: ast.expr) -> Doubt:
    return Doubt(
        "W1306",
        where,
        Text("The value {text} is never taken: the conditions before it leave nothing for it.", text=branch.text),
        Text("Correct the conditions, or delete this branch."),
    )


def _name(node: Node) -> str | None:
    """Return the name that a comparison asks about, if it is about one alone that may be missing."""
    match node:
        case Not(operand=Within() | Compare() as inner):
            return _name(inner)
        case Compare(left=Read() as read, right=Const()) | Compare(left=Const(), right=Read() as read):
            pass
        case Within(operand=Read() as read) | Not(operand=Apply(operands=(Read() as read, _))):
            pass
        case _:
            return None
    return read.name if not read.present and not read.of_row else None


def _denies(node: Node) -> bool:
    """Tell whether a comparison says of a value what it is not."""
    match node:
        case Compare(operator=Operator.NE) | Not(operand=Within()):
            return True
        case Not(operand=Compare(operator=operator)):
            return operator is not Operator.NE
        case Not(operand=Apply(function=function)):
            return function in _SEARCHED
    return False
