"""Names: of the subject, and inside an aggregate of the row."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from voronka.expressions.functions import SIGNATURES
from voronka.expressions.ir import Clock, Computed, Const, Node, Read
from voronka.expressions.scope import Name
from voronka.expressions.tokens import KEYWORDS
from voronka.expressions.values import Kind, Type
from voronka.messages import Text

if TYPE_CHECKING:
    from voronka.expressions.checker import Checker

__all__ = ["MISSING_WORDS", "WORDS", "Found", "check_name", "declared", "find", "personal"]

WORDS = KEYWORDS | {"now", "today"}
"""The words of the language, by which no field, column or collection may be called."""

MISSING_WORDS = frozenset({"none", "null", "nil", "empty", "пусто"})
"""What people write for ``missing``."""
_DECISIONS = frozenset({"matrices", "scores", "tables"})
_CHIEF = frozenset({"cell", "total"})
_LATER = frozenset({"campaign"})


class Found(NamedTuple):
    """A declared name under its full one. `of_row`: it is a column of the row at hand."""

    full: str
    declared: Name
    of_row: bool


def check_name(checker: Checker, tree: ast.Name | ast.Attribute) -> Node | None:
    """Return the typed form of a name or a constant word, or None after reporting what is wrong with it."""
    if isinstance(tree, ast.Name) and tree.id in KEYWORDS:
        if tree.id == "missing":
            return Const(type=Type(Kind.MISSING), text=tree.id, value=None)
        return Const(type=Type(Kind.BOOL), text=tree.id, value=tree.id == "true")
    name = checker.source.dotted(tree)
    if name is None:
        checker.foreign(tree)
        return None
    if name in {"now", "today"}:
        return Clock(type=Type(Kind.DATETIME if name == "now" else Kind.DATE), text=name)
    if checker.outside:
        checker.report(
            "E1112",
            tree,
            Text("{name} belongs to one row, and a KPI is a number over many.", name=name),
            Text("Put it into an aggregate: {example}.", example=f"sum({checker.scope.counted}, {name})"),
        )
        return None
    found = find(checker, tree, name)
    if found is None:
        return None
    if found.declared.pii:
        checker.report(
            "E1206",
            tree,
            Text("{name} is personal: its value never enters a decision.", name=name),
            Text("Ask only {name} is missing, {name} is not missing or changed({name}).", name=name),
        )
        return None
    if found.declared.formula is None and found.declared.deciding is None:
        return _read(checker, tree, found)
    with checker.placing(tree):
        body = checker.formulas.inlined(found, checker.rows if found.of_row else None, checker.level)
        text = checker.source.written(tree)
        # The formula of a field was given the type of the field, a definition has its own.
        return Computed(type=body.type, text=text, name=found.full, body=body, of_row=found.of_row)
    return None


def personal(checker: Checker, tree: ast.expr) -> Read | None:
    """Return the reading of a personal name, where one may be read; None for everything else."""
    name = checker.source.dotted(tree)
    found = declared(checker, name) if name is not None else None
    return _read(checker, tree, found) if found is not None and found.declared.pii else None


def find(checker: Checker, tree: ast.expr, name: str) -> Found | None:
    """Return the declared name, or None after reporting that there is none."""
    found = declared(checker, name)
    if found is None:
        report = _unknown if checker.collection is None else _unknown_column
        report(checker, tree, name)
    return found


def declared(checker: Checker, name: str) -> Found | None:
    """Return what a name means in its place; None if nothing."""
    names = checker.scope.names
    if checker.rows is not None:
        columns = checker.scope.collections[checker.rows]
        if name in columns:
            return Found(name, columns[name], of_row=True)
        inner = name.removeprefix(f"{checker.subject}.")
        if inner == name and checker.collection is not None:
            return None
        name = inner
    full = checker.full(name)
    return Found(full, names[full], of_row=False) if full in names else None


def _read(checker: Checker, tree: ast.expr, found: Found) -> Read:
    declared = found.declared
    return Read(
        type=declared.type,
        text=checker.source.written(tree),
        name=found.full,
        of_row=found.of_row,
        present=declared.present,
        pii=declared.pii,
        least=declared.least,
        most=declared.most,
    )


def _output(checker: Checker, name: str, outputs: Sequence[str]) -> str | None:
    """Return which output of a decision was meant; where it alone is named, the one that it is there for."""
    if name.count(".") > 1:
        return checker.suggest(name, outputs)
    chief = [each for each in outputs if each.rpartition(".")[2] in _CHIEF]
    found = chief or [each for each in outputs if not each.endswith(".row")]
    return found[0] if len(found) == 1 else None


def _unknown_column(checker: Checker, tree: ast.expr, name: str) -> None:
    collection, subject = checker.collection or "", checker.scope.subject
    columns, names = checker.scope.collections[collection], checker.scope.names
    inner = name.removeprefix(f"{subject}.")
    meant: str | None
    if inner != name and inner in columns:
        meant, remedy = inner, Text("Inside a collection write its column as {meant} alone.", meant=inner)
    elif name in names:
        meant = f"{subject}.{name}"
        remedy = Text("Inside a collection names are its columns; write {meant} for the one outside.", meant=meant)
    else:
        meant = checker.suggest(name, [*columns, *(f"{subject}.{other}" for other in names)])
        remedy = (
            Text("Did you mean {meant}?", meant=meant)
            if meant
            else Text("Its columns: {columns}.", columns=", ".join(list(columns)[:12]))
        )
    reason = Text("{collection} has no column {name}.", collection=collection, name=name)
    checker.report("E1105", tree, reason, remedy, meant)


def _unknown(checker: Checker, tree: ast.expr, name: str) -> None:
    scope, code, meant = checker.scope, "E1101", None
    reason = Text("There is no field or name {name} here.", name=name)
    inner = name.removeprefix(f"{scope.subject}.")
    head, _, rest = name.partition(".")
    outputs = [other for other in scope.names if other.startswith(f"{head}.{rest.partition('.')[0]}.")]
    if name.lower() in MISSING_WORDS:
        meant, remedy = "missing", Text("Write missing, as in x is missing.")
    elif name.split(".")[0] in _LATER:
        code = "E1106"
        reason = Text("{name} is not known yet.", name=name)
        remedy = Text("It comes with a later version; leave it out for now.")
    elif inner != name and inner in scope.names:
        meant, remedy = inner, Text("Outside of collections write {meant} alone.", meant=inner)
    elif inner != name and checker.row is not None:
        meant = (found := checker.suggest(inner, scope.names)) and f"{scope.subject}.{found}"
        remedy = (
            Text("Did you mean {meant}?", meant=meant)
            if meant
            else Text("Declare it among the fields; a text stands in quotes.")
        )
    elif head in _DECISIONS and outputs:
        meant = _output(checker, name, outputs)
        remedy = (
            Text("Did you mean {meant}?", meant=meant)
            if meant
            else Text("It gives {names}.", names=", ".join(outputs[:12]))
        )
    elif head in scope.of_deals:
        remedy = Text("Only deals have {name}; read what belongs to the account or the contact itself.", name=name)
    elif name in scope.collections:
        remedy = Text("{name} is a collection: count({name}) or another aggregate reads it.", name=name)
    elif name in SIGNATURES:
        remedy = Text("{name} is a function: {signature}.", name=name, signature=SIGNATURES[name])
    else:
        strange = "".join(dict.fromkeys(each for each in name if each.isalpha() and not each.isascii()))
        linked = next((other for other in scope.names if other.rpartition(".")[2] == name), None)
        columns = scope.collections[checker.row] if checker.row is not None else ()
        meant = linked or checker.suggest(name, [*columns, *scope.names, "now", "today", "true", "false"])
        if meant and strange and any(each.isascii() and each.isalpha() for each in name):
            reason = Text(
                "{name} mixes Latin letters with «{letters}», which only look like them.", name=name, letters=strange
            )
        remedy = (
            Text("Did you mean {meant}?", meant=meant)
            if meant
            else Text("Declare it among the fields; a text stands in quotes.")
        )
    checker.report(code, tree, reason, remedy, meant)
