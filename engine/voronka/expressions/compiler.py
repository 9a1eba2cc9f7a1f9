"""From a text to an expression, or to everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from voronka.expressions.checker import Checker
from voronka.expressions.conversion import assigned
from voronka.expressions.doubts import doubts
from voronka.expressions.expression import Expression, reads_of
from voronka.expressions.ir import Computed, Const, Decide, Node, children, walk
from voronka.expressions.names import Found
from voronka.expressions.problem import Problem, Severity
from voronka.expressions.refusal import Refusal
from voronka.expressions.scope import Scope
from voronka.expressions.shares import settled
from voronka.expressions.syntax import MOST_LEVELS, parse, too_deep, too_large
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

__all__ = ["compile_expression", "problems_of"]

_MOST_NODES = 2_000
_OF_ANOTHER = frozenset({"E1108", "E1109", "E1110"})
"""What is told as it is of whatever reads the name: it says which names are at fault, and why."""


def compile_expression(
    text: str,
    scope: Scope,
    *,
    expect: Type | Kind | None = Kind.BOOL,
    collection: str | None = None,
    row: str | None = None,
) -> Expression | tuple[Problem, ...]:
    """Return the expression that `text` tells within `scope`, or all problems it has.

    `expect`: what its place needs; a number meant for money is rounded half up, a text meant for a choice must be an
    option, a moment meant for a date gives its local one. None: anything. Warnings alone leave it an expression,
    and stand in its `warnings`. `collection`: whose row it is about. `row`: likewise, but it is about the subject as
    well: a name that is a column means the column, any other the subject's; ``deal.x`` is always the subject's.
    """
    wanted = Type(expect) if isinstance(expect, Kind) else expect
    node, problems = _Formulas(scope).compiled(text, collection, wanted, 0, row=row)
    if node is None:
        return problems
    if expect is Kind.BOOL and isinstance(node, Const) and node.value is None:  # a field may be set to it, a gate waits
        problems = (*problems, _never(text))
    return Expression(
        text=text,
        type=wanted if wanted is not None and node.kind is Kind.MISSING else node.type,
        node=node,
        reads=reads_of(node, row or ""),
        digits=scope.money_digits,
        warnings=problems,
        zone=scope.zone,
        of=row or "",
        subject=scope.subject,
    )


def _never(text: str) -> Problem:
    reason, remedy = (
        Text("{text} is never true.", text=text),
        Text("Write a condition that reads something, or take it out."),
    )
    return Problem(code="W1303", reason=reason, remedy=remedy, start=0, end=len(text))


def problems_of(text: str, scope: Scope, *, collection: str | None = None) -> tuple[Problem, ...]:
    """Return all problems of `text`, whatever it gives; of the rows of a `collection`, its names are their columns."""
    return _Formulas(scope).compiled(text, collection, None, 0)[1]


@dataclass(slots=True)
class _Formulas:
    """Puts computed fields in place of their names. `open`: those being worked out just now."""

    scope: Scope
    open: list[tuple[str | None, str]] = field(default_factory=list)

    def compiled(
        self,
        text: str,
        collection: str | None,
        wanted: Type | None,
        level: int,
        within: str = "",
        row: str | None = None,
    ) -> tuple[Node | None, tuple[Problem, ...]]:
        """Return the typed form of a text, None if it has errors, and its problems in the order of the text."""
        source, found = parse(text)
        node: Node | None = None
        problems = list(found)
        if source is not None:
            checker = Checker(source, self.scope, self, collection, level, within, row)
            node = checker.check(source.tree)
            if node is not None:
                with checker.placing(source.tree):
                    node = assigned(node, wanted, self.scope.money_digits) if wanted is not None else node
                    if not _fits(node):
                        computed = any(isinstance(part, (Computed, Decide)) for part in walk(node))
                        checker.problems.append((too_deep if computed else too_large)(len(text)))
            problems += checker.problems
            if level == 0 and node is not None and not any(each.severity is Severity.ERROR for each in problems):
                problems += (
                    Problem(
                        code=each.code,
                        reason=each.reason,
                        remedy=each.remedy,
                        start=source.span(each.where)[0],
                        end=source.span(each.where)[1],
                    )
                    for each in doubts(checker.checked)
                )
        problems.sort(key=lambda problem: (problem.start, problem.end))
        faulty = any(problem.severity is Severity.ERROR for problem in problems)
        return (None if faulty else node), tuple(problems)

    def inlined(self, found: Found, collection: str | None, level: int) -> Node:
        """Return the typed form of a computed name; `Refusal` if it is wrong or computed from itself."""
        key = (collection, found.full)
        if key in self.open:
            names = [name for _, name in self.open[self.open.index(key) :]]
            raise Refusal(
                "E1108",
                Text("{name} is computed from itself: {path}.", name=names[0], path=" → ".join([*names, names[0]])),
                Text("Break the circle: one of them must not read the next."),
                circle=frozenset(names),
            )
        cache = self.scope.formulas
        if key not in cache:
            self.open.append(key)
            cache[key] = self._worked_out(found, collection, level)
            self.open.pop()
        node, problems = cache[key]
        if node is not None:
            return node
        first = next(problem for problem in problems if problem.severity is Severity.ERROR)
        if first.code in _OF_ANOTHER:
            raise Refusal(first.code, first.reason, first.remedy, circle=first.circle)
        if found.declared.within:
            raise Refusal(
                "E1106",
                Text("{name} cannot be read from here: {reason}", name=found.full, reason=first.reason),
                Text("It may read only what belongs to that record itself; compute the rest where you need it."),
            )
        raise Refusal(
            "E1109",
            Text("The formula of {name} is wrong: {reason}", name=found.full, reason=first.reason),
            first.remedy,
        )

    def _worked_out(self, found: Found, collection: str | None, level: int) -> tuple[Node | None, tuple[Problem, ...]]:
        """Return the typed form of a computed name."""
        deciding = found.declared.deciding
        if deciding is None:
            wanted = None if found.declared.type.kind is Kind.MISSING else found.declared.type
            return self.compiled(found.declared.formula or "", collection, wanted, level, found.declared.within)
        operands: list[Node] = []
        for text in deciding.inputs:
            node, problems = self.compiled(text, collection, None, level)
            if node is None:
                return None, problems
            operands.append(settled(node, self.scope.money_digits))
        given, why = tuple(operands), None
        if deciding.why is not None:
            why = Decide(type=Type(Kind.TEXT), text=deciding.why.name, decision=deciding.why, operands=given)
        decided = Decide(
            type=found.declared.type,
            text=found.full,
            decision=deciding.decision,
            operands=given,
            why=why,
        )
        return decided, ()


def _fits(node: Node) -> bool:
    """Return whether a typed form, formulas written out in full, is small enough to be run."""
    seen: dict[int, tuple[int, int]] = {}

    def measure(part: Node) -> tuple[int, int]:
        if id(part) not in seen:
            below = [measure(child) for child in children(part)]
            seen[id(part)] = 1 + sum(size for size, _ in below), 1 + max((deep for _, deep in below), default=0)
        return seen[id(part)]

    size, levels = measure(node)
    return size <= _MOST_NODES and levels <= 2 * MOST_LEVELS
