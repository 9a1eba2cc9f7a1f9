"""Expressions of a configuration: compiled in the scope of their place, their problems found in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping

from voronka.config.document import Document
from voronka.config.files import WORKSPACE_FILE
from voronka.config.finding import Finding, Place, Severity
from voronka.config.names import NameKind, not_used
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.expressions import Expression, Kind, Problem, Scope, Type, compile_expression, problems_of
from voronka.expressions import Severity as ProblemSeverity
from voronka.messages import Text
from voronka.sql import untranslatable

__all__ = ["Expressions"]

_UNKNOWN = "E1101"
_ABOUT_AN_OPTION = "E1107"
_ABOUT_FORMULAS = frozenset({"E1109", "E1110"})
_ABOUT_A_NAME = frozenset({"E1101", "E1104", "E1105", "E1109"})


class Expressions:
    """Compiles each expression once for its scope, however many cases of a funnel hold it.

    `broken`: names that are declared, but so badly that nothing could be built of them: that the scope does not know
    them follows, and is not told; nor are names that begin with one and a dot. `place`: where the expression stands
    that is being compiled.
    """

    def __init__(self, documents: Mapping[str, Document], report: Report) -> None:
        self._documents = documents
        self._report = report
        self._compiled: dict[tuple[Place, int, Type | Kind | None, str | None], Expression | None] = {}
        self._scopes: list[Scope] = []
        self._circles: set[tuple[str, frozenset[str]]] = set()
        self._formulas_told: set[str] = set()
        self.broken: set[str] = set()
        self.place = Place(WORKSPACE_FILE, 1, 1)

    def scope(self, scope: Scope) -> Scope:
        """Return `scope`, kept as long as this compiler is, so that its identity stands for it."""
        self._scopes.append(scope)
        return scope

    def compile(
        self,
        node: Node | None,
        scope: Scope,
        expect: Type | Kind | None = Kind.BOOL,
        *,
        skip: int = 0,
        collection: str | None = None,
        row: str | None = None,
    ) -> Expression | None:
        """Return the expression at `node`, without its first `skip` characters; None if it is wrong or absent.

        `collection`: whose row it is about; one text is about the same rows wherever it is met. `row`: of which
        collection's row it is asked beside the subject.
        """
        if node is None or not node.is_scalar or node.is_empty or self._report.broken(node.place):
            return None
        key = (node.place, id(scope), expect, row)
        if key not in self._compiled:
            self._compiled[key] = self._compile(node, scope, expect, skip, collection, row)
        return self._compiled[key]

    def check(self, node: Node, scope: Scope, collection: str | None = None) -> bool:
        """Tell whether the text at `node` is an expression of any type; `collection`: whose rows it is about."""
        if not node.is_scalar or node.is_empty or self._report.broken(node.place):
            return False
        self.place = node.place
        problems = problems_of(node.text, scope, collection=collection)
        self._tell(problems, node, scope, skip=0)
        return not any(problem.severity is ProblemSeverity.ERROR for problem in problems)

    def check_selecting(
        self, node: Node, where: Expression, *, not_kept: Container[str], code: str, told: Callable[[Text], Text]
    ) -> None:
        """Report what of `where`, the condition at `node`, a database cannot judge. `not_kept`: names it has not.

        `told` gives the sentence for a reason.
        """
        for refusal in dict.fromkeys(untranslatable(where.node, unreadable=not_kept)):
            self._report.error(code, self.part(node, refusal.text), told(refusal.reason), refusal.remedy)

    def part(self, node: Node, text: str) -> Place:
        """Return where `text` stands in the expression at `node`; where the expression stands if it is not in it."""
        word = re.search(rf"(?<![\w.]){re.escape(text)}(?![\w.])", node.text)
        start = max(node.text.find(text), 0) if word is None else word.start()
        return self._documents[node.place.file].within(node, start, start + len(text))

    def formulas_read(self, *, but: Iterable[Scope] = ()) -> set[tuple[str, str | None, str]]:
        """Return the computed names that expressions have read so far: of which subject, in which collection.

        `but`: not those that were read within these scopes alone.
        """
        left_out = {id(scope) for scope in but}
        scopes = [scope for scope in self._scopes if id(scope) not in left_out]
        return {(scope.subject, collection, name) for scope in scopes for collection, name in scope.formulas}

    def _compile(
        self,
        node: Node,
        scope: Scope,
        expect: Type | Kind | None,
        skip: int,
        collection: str | None,
        row: str | None,
    ) -> Expression | None:
        text = node.text[skip:]
        self.place = node.place
        outcome = compile_expression(text, scope, expect=expect, collection=collection, row=row)
        self._tell(outcome.warnings if isinstance(outcome, Expression) else outcome, node, scope, skip=skip)
        return outcome if isinstance(outcome, Expression) else None

    def _tell(self, problems: Iterable[Problem], node: Node, scope: Scope, *, skip: int) -> None:
        document, text = self._documents[node.place.file], node.text[skip:]
        for problem in problems:
            if not self._follows(problem, text, scope, node.place.file):
                lacking = self._lacking(problem, text, scope)
                self._report.add(
                    Finding(
                        code=problem.code,
                        severity=Severity(problem.severity.value),
                        place=document.within(node, problem.start + skip, problem.end + skip),
                        reason=problem.reason,
                        remedy=problem.remedy if lacking is None else not_used(lacking),
                        suggestion=None if lacking else self._labelled(problem, text) or problem.suggestion,
                    )
                )

    def _lacking(self, problem: Problem, text: str, scope: Scope) -> str | None:
        """Return the set of a field that the expression names, where the funnel does not use the set."""
        if problem.code != _UNKNOWN or scope.subject != "deal":
            return None
        return self._report.set_of(text[problem.start : problem.end])

    def is_told(self, problem: Problem) -> bool:
        """Tell whether the problem is of formulas that it reads, and was told before; from now on it was."""
        if problem.code not in _ABOUT_FORMULAS:
            return False
        reason = str(problem.reason)
        known = reason in self._formulas_told
        self._formulas_told.add(reason)
        return known

    def _labelled(self, problem: Problem, text: str) -> str | None:
        """Return the name whose label is written in an expression."""
        written = text[problem.start : problem.end].strip("\"'")
        kinds: tuple[NameKind, ...] = ()
        if problem.code == _ABOUT_AN_OPTION:
            kinds = (NameKind.OPTION, NameKind.STAGE, NameKind.FUNNEL, NameKind.ROLE)
        elif problem.code in _ABOUT_A_NAME:
            kinds = (NameKind.FIELD, NameKind.COLUMN, NameKind.COLLECTION)
        return next((name for kind in kinds if (name := self._report.labelled(kind, written))), None)

    def _follows(self, problem: Problem, text: str, scope: Scope, file: str) -> bool:
        """Tell whether the problem only follows from a declaration that is itself wrong: of a circle of formulas, of
        one that is wrong and of those that are too many, which whoever reads them meets, the first is told."""
        if problem.circle:
            circle = scope.subject, problem.circle
            told = circle in self._circles
            self._circles.add(circle)
            return told
        if self.is_told(problem):
            return True
        name = text[problem.start : problem.end]
        if problem.code == _ABOUT_AN_OPTION:  # an option of a field is never lost alone
            return any(
                self._report.doubtful(kind, file, name.strip("\"'"), problem.suggestion)
                for kind in (NameKind.STAGE, NameKind.FUNNEL, NameKind.ROLE, NameKind.USER)
            )
        if problem.code not in _ABOUT_A_NAME:
            return False
        head, _, inner = name.rpartition(".")  # ``account.turnover`` is declared as ``turnover``
        return not self.broken.isdisjoint((name, head)) or any(
            self._report.doubtful(NameKind.FIELD, file, each, problem.suggestion) for each in (name, inner)
        )
