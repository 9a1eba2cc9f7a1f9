"""Definitions: expressions with a name, for the conditions and formulas that share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from voronka.config.build_fields import DeclaredFields
from voronka.config.document import Document
from voronka.config.expressions_check import Expressions
from voronka.config.names import NameKind, refer, twice
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.definition.fields import Subject
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_NAMES
from voronka.expressions import Scope
from voronka.messages import Text

__all__ = ["Definitions", "build_definitions"]


_SUBJECTS = frozenset(each.value for each in Subject)


class _Definition(NamedTuple):
    name: Node
    value: Node


@dataclass(slots=True)
class Definitions:
    """The definitions by what they are about: a subject (``deals``) or the rows of a collection."""

    fields: DeclaredFields
    of: dict[str, dict[str, _Definition]] = field(default_factory=dict)

    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """Return the expressions as they are written."""
        return {what: {name: each.value.text for name, each in named.items()} for what, named in self.of.items()}

    def check(self, scope: Callable[[Subject], Scope], expressions: Expressions) -> None:
        """Report what is wrong with each, read or not; `scope` gives what expressions about a subject may name."""
        scopes = {subject: scope(subject) for subject in {each for what in self.of for each in self._subjects(what)}}
        for what, named in self.of.items():
            for name, each in named.items():
                for subject in self._subjects(what):
                    collection = None if what == subject else what
                    if not expressions.check(each.value, scopes[subject], collection):
                        expressions.broken.add(name)
                        break

    def warn_of_unused(self, expressions: Expressions, report: Report) -> None:
        """Report the definitions that no expression reads."""
        read = set()
        for subject, collection, name in expressions.formulas_read():
            linked, _, own = name.rpartition(".")
            read.add((f"{linked or subject}s" if collection is None else collection.rpartition(".")[2], own))
        for what, named in self.of.items():
            for name, each in named.items():
                if (what, name) not in read:
                    report.warning(
                        "V5801",
                        each.name.place,
                        Text("Nothing reads the definition {name}.", name=name),
                        Text("Use it in a condition or a formula, or delete it."),
                    )

    def _subjects(self, what: str) -> Iterator[Subject]:
        """Yield the subjects of which `what` is one or which have a collection of this name."""
        for subject in Subject:
            built_in = BUILT_IN_COLLECTIONS if subject is Subject.DEALS else {}
            if what == subject or what in built_in or what in self.fields.collections[subject]:
                yield subject


def build_definitions(documents: Iterable[Document], fields: DeclaredFields, report: Report) -> Definitions:
    """Return what the files define under ``define``. A name is that of one thing alone, a field or a definition."""
    found = Definitions(fields)
    collections = {name for each in fields.collections.values() for name in each}
    known = (*Subject, *BUILT_IN_COLLECTIONS, *sorted(collections))
    for document in documents:
        defined = document.root.get("define") if document.root is not None else None
        for part in defined.items() if defined is not None else ():
            what = refer(NameKind.COLLECTION, part.key, known, report)
            if what is None:
                continue
            named = found.of.setdefault(what, {})
            for entry in part.value.items():
                if not entry.value.is_scalar or entry.value.is_empty or report.broken(entry.value.place):
                    continue
                if _free(what, entry.key, named, fields, report):
                    named[entry.key.text] = _Definition(entry.key, entry.value)
    return found


def _free(what: str, key: Node, named: Mapping[str, _Definition], fields: DeclaredFields, report: Report) -> bool:
    """Tell whether the name may be given, reporting why not."""
    name = key.text
    subject = Subject(what) if what in _SUBJECTS else None
    built_in = BUILT_IN_COLLECTIONS[what].fields if what in BUILT_IN_COLLECTIONS else ()
    if name in (built_in if subject is None else BUILT_IN_NAMES[subject]):
        report.error(
            "V3202",
            key.place,
            Text("“{name}” is built in and cannot be declared again.", name=name),
            Text("Use the built-in one, or choose another name."),
        )
        return False
    before = named[name].name if name in named else None
    if before is None and subject is not None:
        before = fields.nodes.get((subject, name))
    if before is not None:
        twice(name, key.place, before.place, report)
        return False
    if any(name in each[what].fields for each in fields.collections.values() if what in each):
        report.error(
            "V3203",
            key.place,
            Text("The rows of {collection} have a field {name} already.", collection=what, name=name),
            Text("Choose another name for the definition."),
        )
        return False
    return True
