"""From the tree to the typed form: names, types and all problems of one text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from voronka.expressions import conversion
from voronka.expressions.calls import check_call
from voronka.expressions.comparisons import bracketed, check_comparison
from voronka.expressions.ir import (
    Apply,
    Arithmetic,
    Both,
    BuiltIn,
    Computed,
    Const,
    Either,
    If,
    IsMissing,
    Negate,
    Node,
    Not,
    Operator,
    Previous,
    Read,
)
from voronka.expressions.names import Found, check_name
from voronka.expressions.problem import Problem
from voronka.expressions.refusal import Refusal, described
from voronka.expressions.scope import Scope
from voronka.expressions.spans import spanned
from voronka.expressions.suggestion import suggest
from voronka.expressions.syntax import MOST_LEVELS, Source, too_deep, too_large
from voronka.expressions.terms import always_known
from voronka.expressions.tokens import TokenKind
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

__all__ = ["Checker", "Formulas"]

_BOOL = Type(Kind.BOOL)
_MOST = 2**63 - 1
_MOST_SUGGESTIONS = 20

_ARITHMETIC: dict[type[ast.operator], Operator] = {
    ast.Add: Operator.ADD,
    ast.Sub: Operator.SUB,
    ast.Mult: Operator.MUL,
    ast.Div: Operator.DIV,
}


class Formulas(Protocol):
    """Works out computed names."""

    def inlined(self, found: Found, collection: str | None, level: int) -> Node:
        """Return the typed form of a computed name; `Refusal` if it is wrong."""
        ...


class Checker:
    """Checks one text. `collection`: whose columns names mean, inside an aggregate; `level`: how deep it is nested;
    `within`: what its names belong to, ``account`` for a formula of the deal's account. `outside`: in a KPI, of all
    aggregates. `row`: of which collection's row the text is asked; its columns come before the other names."""

    def __init__(
        self,
        source: Source,
        scope: Scope,
        formulas: Formulas,
        collection: str | None,
        level: int,
        within: str = "",
        row: str | None = None,
    ) -> None:
        self.source = source
        self.scope = scope
        self.formulas = formulas
        self.collection = collection
        self.level = level
        self._within_another = level > 0
        self.within = within
        self.row = row
        self.outside = scope.counted is not None and level == 0 and collection is None
        self.problems: list[Problem] = []
        self.checked: list[tuple[Node, ast.expr]] = []

    @property
    def rows(self) -> str | None:
        """The collection whose columns names may mean; None where there is no row."""
        return self.collection or self.row

    @property
    def subject(self) -> str:
        """The word by which a row's condition reaches the record that the text is about."""
        return self.within or self.scope.subject

    def full(self, name: str) -> str:
        """Return the name by which the scope knows a name of the record that the text is about."""
        return f"{self.within}.{name}" if self.within else name

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Read names as those of the rows that a KPI counts."""
        counted = self.scope.counted
        self.outside, self.collection = False, counted if counted in self.scope.collections else None
        try:
            yield
        finally:
            self.outside, self.collection = True, None

    @contextmanager
    def inside(self, collection: str) -> Iterator[None]:
        """Read names as columns of the collection's rows."""
        self.collection = collection
        try:
            yield
        finally:
            self.collection = None

    def report(
        self,
        code: str,
        where: ast.expr,
        reason: Text,
        remedy: Text,
        suggestion: str | None = None,
        *,
        circle: frozenset[str] = frozenset(),
    ) -> None:
        """Keep a problem."""
        start, end = self.source.span(where)
        self.problems.append(
            Problem(code=code, reason=reason, remedy=remedy, start=start, end=end, suggestion=suggestion, circle=circle)
        )

    def suggest(self, written: str, known: Iterable[str]) -> str | None:
        """Return what an unknown name was meant to be; a text that is all wrong gets no more suggestions."""
        return suggest(written, known) if len(self.problems) < _MOST_SUGGESTIONS else None

    @contextmanager
    def placing(self, where: ast.expr) -> Iterator[None]:
        """Turn a `Refusal` into a problem at `where`."""
        try:
            yield
        except Refusal as refusal:
            where = next((tree for node, tree in self.checked if node is refusal.part), where)
            self.report(refusal.code, where, refusal.reason, refusal.remedy, refusal.suggestion, circle=refusal.circle)

    def check(self, tree: ast.expr) -> Node | None:
        """Return the typed form of `tree`, or None if something in it was reported."""
        self.level += 1
        try:
            if self.level > MOST_LEVELS:
                self.problems.append((too_deep if self._within_another else too_large)(len(self.source.text)))
                return None
            node = self._check(tree)
            if node is not None:
                self.checked.append((node, tree))
            return node
        finally:
            self.level -= 1

    def _check(self, tree: ast.expr) -> Node | None:
        match tree:
            case ast.Name() | ast.Attribute():
                return check_name(self, tree)
            case ast.Constant():
                return self._literal(tree)
            case ast.BoolOp():
                return self._logic(tree)
            case ast.UnaryOp(op=ast.Not()):
                return self._not(tree)
            case ast.UnaryOp(op=ast.USub()):
                return self._negative(tree)
            case ast.BinOp():
                return self._arithmetic(tree)
            case ast.Compare():
                return check_comparison(self, tree)
            case ast.IfExp():
                return self._conditional(tree)
            case ast.Call():
                return check_call(self, tree)
            case _:
                self.foreign(tree)
                return None

    def check_all(self, trees: Sequence[ast.expr]) -> list[Node] | None:
        """Return the typed forms of all `trees`, or None if something in one of them was reported."""
        nodes = [self.check(tree) for tree in trees]
        known = [node for node in nodes if node is not None]
        return known if len(known) == len(nodes) else None

    def condition(self, tree: ast.expr) -> Node | None:
        """Return the typed form of what must be true or false."""
        node = self.check(tree)
        if node is None or node.kind is Kind.BOOL:
            return node
        self.report(
            "E1201",
            tree,
            Text("{text} is {kind}, not a condition.", text=node.text, kind=described(node.type)),
            Text("Compare it with something, or ask {text} is not missing.", text=bracketed(node)),
        )
        return None

    def foreign(self, tree: ast.expr) -> None:
        """Report what is no part of the language."""
        code, written = "E1006", self.source.written(tree)
        if isinstance(tree, ast.Tuple) and re.search(r"\d,\d", written):
            code = "E1003"
            reason = Text("A comma does not make a decimal number.")
            remedy = Text("Write a point: 0.5.")
        elif isinstance(tree, ast.Tuple):
            reason = Text("{written} is more than one value.", written=written)
            remedy = Text("Values in a row stand only in square brackets after in, or in a function.")
        elif isinstance(tree, ast.List):
            reason = Text("A list has no place here.")
            remedy = Text('Write a list only after in: x in ["a", "b"].')
        else:
            reason = Text("{written} is not in the language.", written=written)
            remedy = Text("docs/expressions.md shows all that may be written.")
        self.report(code, tree, reason, remedy)

    def divided_by_zero(self, where: ast.expr) -> None:
        """Report a part that never has a value."""
        self.report(
            "W1307",
            where,
            Text("Nothing can be divided by zero: the result is always missing."),
            Text("Divide by another number."),
        )

    # Literals

    def _literal(self, tree: ast.Constant) -> Node | None:
        token, text = self.source.token(tree), self.source.written(tree)
        if token.kind is TokenKind.FAULTY:
            return None
        if token.kind is TokenKind.TEXT:
            return Const(type=Type(Kind.TEXT), text=text, value=token.value)
        if token.kind is TokenKind.PERCENT:
            fraction = Decimal(token.value).scaleb(-2)
            return Const(type=Type(Kind.PERCENT), text=text, value=float(fraction))
        if "." in token.value:
            return Const(type=Type(Kind.NUMBER), text=text, value=float(token.value), exact=token.value)
        if int(token.value) > _MOST:
            self.report("E1003", tree, Text("The number is too large."), Text("Write at most 18 digits."))
            return None
        return Const(type=Type(Kind.INTEGER), text=text, value=int(token.value), exact=token.value)

    def _negative(self, tree: ast.UnaryOp) -> Node | None:
        node = self.check(tree.operand)
        if node is None:
            return None
        text = self.source.written(tree)
        if node.kind not in conversion.NUMERIC:
            self.report(
                "E1201",
                tree,
                Text("{text} is {kind} and has no sign.", text=node.text, kind=described(node.type)),
                Text("Only numbers, percents and money can be negative."),
            )
            return None
        if isinstance(node, Const) and isinstance(node.value, (int, float)):
            exact = node.exact and str(-Decimal(node.exact))
            return replace(node, text=text, value=-node.value, exact=exact)
        return Negate(type=node.type, text=text, operand=node)

    # Logic

    def _logic(self, tree: ast.BoolOp) -> Node | None:
        operands = [self.condition(value) for value in tree.values]
        known = tuple(node for node in operands if node is not None)
        if len(known) < len(operands):
            return None
        self._trust(tree, known)
        node = Both if isinstance(tree.op, ast.And) else Either
        return node(type=_BOOL, text=self.source.written(tree), operands=known)

    def _trust(self, tree: ast.BoolOp, operands: Sequence[Node]) -> None:
        """Take warnings of not back where the same logic asks whether the value is missing."""
        guards = operands if isinstance(tree.op, ast.Or) else [n.operand for n in operands if isinstance(n, Not)]
        asked = {guard.operand.text for guard in guards if isinstance(guard, IsMissing)}
        trusted = {
            self.source.span(part)
            for part in ast.walk(tree)
            if isinstance(part, ast.UnaryOp) and self.source.dotted(part.operand) in asked
        }
        self.problems = [p for p in self.problems if p.code != "W1301" or (p.start, p.end) not in trusted]

    def _not(self, tree: ast.UnaryOp) -> Node | None:
        node = self.condition(tree.operand)
        if node is None:
            return None
        if isinstance(node, (Read, Computed, Previous)) and not always_known(node):
            self.report(
                "W1301",
                tree,
                Text("{text} may be missing; then not {text} is unknown and nothing passes.", text=node.text),
                Text("Write not coalesce({text}, false) if missing counts as no.", text=node.text),
            )
        return Not(type=_BOOL, text=self.source.written(tree), operand=node)

    def _conditional(self, tree: ast.IfExp) -> Node | None:
        condition = self.condition(tree.test)
        branches = self.check_all((tree.body, tree.orelse))
        if condition is None or branches is None:
            return None
        with self.placing(tree):
            then, otherwise = conversion.joined(branches, self.scope.money_digits)
            text = self.source.written(tree)
            return If(type=then.type, text=text, condition=condition, then=then, otherwise=otherwise)
        return None

    # Arithmetic

    def _arithmetic(self, tree: ast.BinOp) -> Node | None:
        operator = _ARITHMETIC.get(type(tree.op))
        if operator is None:
            self.foreign(tree)
            return None
        operands = self.check_all((tree.left, tree.right))
        if operands is None:
            return None
        left, right = operands
        text = self.source.written(tree)
        kinds = {left.kind, right.kind}
        if operator is Operator.ADD and Kind.TEXT in kinds and kinds <= conversion.TEXTUAL:
            return Apply(type=Type(Kind.TEXT), text=text, function=BuiltIn.CONCAT, operands=(left, right))
        with self.placing(tree):
            if (found := spanned(operator, left, right, text)) is not None:
                return found
            if kinds <= conversion.NUMERIC:
                if operator is Operator.DIV and isinstance(right, Const) and right.value == 0:
                    self.divided_by_zero(tree)
                return self._numbers(operator, left, right, text)
            raise Refusal(
                "E1201",
                Text(
                    "{left} is {kind} and {right} is {other}: {operator} cannot be done with them.",
                    left=left.text,
                    kind=described(left.type),
                    right=right.text,
                    other=described(right.type),
                    operator=operator.value,
                ),
                _arithmetic_remedy(kinds),
            )
        return None

    def _numbers(self, operator: Operator, left: Node, right: Node, text: str) -> Node:
        digits = self.scope.money_digits
        kinds = {left.kind, right.kind}
        if operator in {Operator.ADD, Operator.SUB}:
            if kinds == {Kind.MONEY, Kind.PERCENT}:
                raise Refusal(
                    "E1201",
                    Text("A percent cannot be added to money."),
                    Text("Multiply: amount * (1 + 10%)."),
                )
            left, right = conversion.meeting_numbers((left, right), digits)
            kind = left.kind if left.kind is right.kind else Kind.NUMBER
        elif operator is Operator.MUL and kinds == {Kind.INTEGER}:
            kind = Kind.INTEGER
        elif operator is Operator.MUL and kinds == {Kind.MONEY}:
            raise Refusal(
                "E1201",
                Text("Money cannot be multiplied by money."),
                Text("Multiply by a number or a percent."),
            )
        else:
            # Amount by amount is coins by coins: rounded once, a share is the double that the same percent written is.
            unit = 0 if operator is Operator.DIV and kinds == {Kind.MONEY} else digits
            left, right = conversion.to_number(left, unit), conversion.to_number(right, unit)
            kind = Kind.NUMBER
        return Arithmetic(type=Type(kind), text=text, operator=operator, left=left, right=right)


def _arithmetic_remedy(kinds: set[Kind]) -> Text:
    if kinds <= {Kind.DATE, Kind.DATETIME}:
        return Text("Take one date from the other, or compare them.")
    if kinds & {Kind.DATE, Kind.DATETIME}:
        return Text("Add days to a date as days(2) or working_days(2).")
    if Kind.DURATION in kinds:
        return Text("Add a duration to a date or to another duration: days(2).")
    if Kind.TEXT in kinds:
        return Text("Only + joins texts, and only with texts; a number stands without quotes.")
    return Text("Arithmetic is for numbers, percents and money.")
