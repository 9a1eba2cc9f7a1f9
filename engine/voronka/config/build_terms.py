"""The glossary: terms with their formulas, and who answers for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.config.context import Context
from voronka.config.names import Declaration, NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import label, many, one_of
from voronka.definition.fields import Subject
from voronka.definition.kpis import Term
from voronka.expressions import Scope
from voronka.messages import Text

__all__ = ["build_terms", "formulas_of_terms", "owner_at", "related"]


def formulas_of_terms(
    declared: Mapping[str, Declaration], everywhere: Callable[[Subject], Scope], context: Context
) -> dict[Subject, dict[str, str]]:
    """Return the formulas that are written, by what they are about; a name that a field has is reported."""
    found: dict[Subject, dict[str, str]] = {subject: {} for subject in Subject}
    for name, declaration in declared.items():
        formula, of = declaration.value.get("formula"), declaration.value.get("of")
        subject = one_of(Subject, of) or Subject.DEALS
        if formula is None or not formula.is_scalar or formula.is_empty:
            continue
        if name in everywhere(subject).names:
            context.report.error(
                "V3203",
                declaration.name.place,
                Text(
                    "“{name}” is a name of {records} already, so KPIs would not read the term.",
                    name=name,
                    records=subject.value,
                ),
                Text("Choose another name for the term."),
            )
            continue
        found[subject][name] = formula.text
    return found


def build_terms(
    declared: Mapping[str, Declaration], scope: Callable[[Subject], Scope], context: Context
) -> dict[str, Term]:
    """Return the terms by name; one without an owner or with a wrong formula is left out and reported."""
    found = {}
    known = {*declared, *context.declared.of(NameKind.KPI)}
    for name, declaration in declared.items():
        node = declaration.value
        owner = owner_at(node, declaration.name, context)
        subject = one_of(Subject, node.get("of")) or Subject.DEALS
        formula = context.expressions.compile(node.get("formula"), scope(subject))
        if formula is None and node.get("formula") is not None:
            context.expressions.broken.add(name)
            continue
        if owner is None:
            continue
        found[name] = Term(
            name=name,
            label=label(node.get("label"), name),
            definition=label(node.get("definition"), ""),
            owner=owner,
            of=subject,
            formula=formula,
            aliases=tuple(each.text for each in many(node.get("aliases"))),
            not_same_as=related(node, known, context),
        )
    return found


def owner_at(node: Node, name: Node, context: Context) -> str | None:
    """Return the role, or the user, who answers for what is declared under `name`; None if nobody does."""
    written = node.get("owner")
    if written is None:
        if not context.report.broken(node.place):
            context.report.error(
                "V5501",
                name.place,
                Text("Nobody answers for {name}: there is no owner.", name=name.text),
                Text("Write “owner:” with the role that decides what the word means."),
            )
        return None
    return refer(NameKind.ROLE, written, {*context.roles, *context.people}, context.report)


def related(node: Node, known: set[str], context: Context) -> tuple[str, ...]:
    """Return the terms and KPIs that are easily taken for this one."""
    named = (refer(NameKind.TERM, each, known, context.report) for each in many(node.get("not_same_as")))
    return tuple(each for each in named if each is not None)
