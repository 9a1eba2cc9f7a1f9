"""Tables, scorecards and matrices, each after those whose names it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voronka.config.expressions_check import Expressions
from voronka.config.finding import Place
from voronka.config.names import Declaration, Declared, NameKind
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.definition.fields import Field
from voronka.definition.workspace import Currency
from voronka.expressions import Expression, Name, Scope, compile_expression
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.definition.matrices import Matrix
    from voronka.definition.scorecards import Scorecard
    from voronka.definition.tables import DecisionTable

__all__ = ["Decisions", "build_decisions"]

_KINDS = {"tables": NameKind.TABLE, "scores": NameKind.SCORECARD, "matrices": NameKind.MATRIX}
_NAME = re.compile(r"\b(?:(tables|scores|matrices)\.)?([a-z][a-z0-9_]*)")

Key = tuple[str, str]


@dataclass(kw_only=True, slots=True)
class Decisions:
    """What is declared, and the `names` that expressions about deals read of it.

    The rest is what building needs: `fields` by the names that expressions give them, and the `scope` of all deals,
    in which expressions may name what is built already, and all `within` which they were. `reading`: what each names.
    """

    report: Report
    declared: Declared
    expressions: Expressions
    currency: Currency
    timezone: str
    fields: Mapping[str, Field]
    scope: Scope = field(default_factory=lambda: Scope({}))
    tables: dict[str, DecisionTable] = field(default_factory=dict)
    scorecards: dict[str, Scorecard] = field(default_factory=dict)
    matrices: dict[str, Matrix] = field(default_factory=dict)
    names: dict[str, Name] = field(default_factory=dict)
    reading: dict[Key, tuple[Key, ...]] = field(default_factory=dict)
    within: list[Scope] = field(default_factory=list)

    def add(self, names: Mapping[str, Name]) -> None:
        """Let what is built next read these names."""
        self.names.update(names)
        before = self.scope
        self.put_within(replace(before, names={**before.names, **names}))
        # What could be worked out already stays as it is: names are only added.
        self.scope.formulas.update({key: found for key, found in before.formulas.items() if found[0] is not None})

    def put_within(self, scope: Scope) -> None:
        """Let what is built next name what `scope` tells."""
        self.scope = self.expressions.scope(scope)
        self.within.append(self.scope)

    def used(self) -> set[str]:
        """Return what expressions have read so far, or one of these reads of another, such as ``tables.NAME``."""
        names = self.expressions.formulas_read(but=self.within)
        found = {name.rpartition(".")[0] for _, _, name in names}
        return found | {".".join(key) for read in self.reading.values() for key in read}

    def expressions_of(self, head: str, outputs: Iterable[str], place: Place) -> list[Expression] | None:
        """Return what names that were added give; None if they cannot be worked out, which is reported at `place`."""
        found = []
        for output in outputs:
            made = compile_expression(f"{head}.{output}", self.scope, expect=None)
            if not isinstance(made, Expression):
                if not self.expressions.is_told(made[0]):
                    self.report.error(made[0].code, place, made[0].reason, made[0].remedy)
                self.expressions.broken |= {name for name in self.names if name.startswith(f"{head}.")}
                return None
            found.append(made)
        return found


def build_decisions(decisions: Decisions, scope: Callable[[], Scope], formulas: Mapping[str, str]) -> None:
    """Build all that is declared. `scope` gives what expressions about any deal may name without it; `formulas`: texts
    of the computed names among that.
    """
    declared = {
        (word, name): each for word, kind in _KINDS.items() for name, each in decisions.declared.of(kind).items()
    }
    if not declared:
        return
    decisions.put_within(scope())
    from voronka.config.build_matrices import build_matrix  # a small workspace decides nothing
    from voronka.config.build_scorecards import build_scorecard
    from voronka.config.build_tables import build_table

    builders = {"tables": build_table, "scores": build_scorecard, "matrices": build_matrix}
    decisions.reading = {key: tuple(dict.fromkeys(_read(each.value, formulas))) for key, each in declared.items()}
    ordered = _ordered(declared, decisions.reading, decisions.report)
    decisions.expressions.broken |= {".".join(key) for key in declared.keys() - ordered}
    for word, name in ordered:
        builders[word](name, declared[word, name], decisions)


def _ordered(declared: Mapping[Key, Declaration], reading: Mapping[Key, tuple[Key, ...]], report: Report) -> list[Key]:
    """Return everything after what it reads; what reads itself, around a circle, is reported and left out."""
    done: list[Key] = []
    open_: list[Key] = []
    circular: set[Key] = set()

    def visit(key: Key) -> None:
        if key in done or key in circular:
            return
        if key in open_:
            path = [*open_[open_.index(key) :], key]
            circular.update(path)
            report.error(
                "V5901",
                declared[key].name.place,
                Text("{name} rests on itself: {path}.", name=".".join(key), path=" → ".join(map(".".join, path))),
                Text("Break the circle: one of them must read fields alone."),
            )
            return
        open_.append(key)
        for read in reading[key]:
            if read in declared:
                visit(read)
        open_.pop()
        if key not in circular:
            done.append(key)

    for key in declared:
        visit(key)
    return done


def _read(node: Node, formulas: Mapping[str, str]) -> Iterator[Key]:
    """Yield the tables, scorecards and matrices that expressions below a node may name, through formulas too."""
    pending, seen = list(_texts(node)), set[str]()
    while pending:
        for found in _NAME.finditer(pending.pop()):
            word, name = found.groups()
            if word is not None:
                yield word, name
            elif name in formulas and name not in seen:
                seen.add(name)
                pending.append(formulas[name])


def _texts(node: Node) -> Iterator[str]:
    for entry in node.items():
        if entry.key.text == "score":
            yield f"scores.{entry.value.text}"
        elif entry.key.text not in {"label", "rows", "ask", "scale", "bands", "cells"}:
            yield from _texts(entry.value)
    for each in node.elements:
        yield from _texts(each)
    if node.is_scalar:
        yield node.text
