"""Fields that not everybody may see, where something tells them to somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from voronka.config.context import FunnelContext
from voronka.config.finding import Finding, Severity
from voronka.config.node import Node
from voronka.config.samples import by_language
from voronka.definition.fields import Field
from voronka.definition.people import OWNER
from voronka.expressions import Expression
from voronka.messages import Label, Text

__all__ = ["and_so", "hidden_among", "names_in", "seen_by", "told_outside"]

_WORD = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|[^\W\d][\w.]*""")


def hidden_among(names: Iterable[str], funnel: FunnelContext) -> dict[str, Field]:
    """Return those of the names, in their order, that are fields or columns which not everybody sees."""
    fields = {**funnel.workspace.columns, **funnel.workspace.party_fields, **funnel.fields}
    return {each: fields[each] for each in sorted(names) if each in fields and fields[each].visible_to}


def names_in(expression: Expression) -> frozenset[str]:
    """Return what an expression reads: the names that are written and those behind computed fields."""
    written = (word[0] for word in _WORD.finditer(expression.text) if word["quoted"] is None)
    return expression.reads.values | frozenset(word.removeprefix("deal.") for word in written)


def seen_by(field: Field, funnel: FunnelContext) -> Label:
    """Return who may see a field, as people call them, each with the name that the configuration has for it."""
    roles = funnel.workspace.roles

    def called(name: str, language: str) -> str:
        if name == OWNER:
            return Text("the owner").render(language)
        label = roles[name].label.render(language) if name in roles else name
        return name if label == name else f"{label} ({name})"

    return by_language(lambda language: ", ".join(called(name, language) for name in field.visible_to))


def and_so(reason: Text, others: Mapping[str, Field], funnel: FunnelContext) -> Text:
    """Return a reason told of one field, with the others of which it holds too and who may see each."""
    if not others:
        return reason
    each = {name: seen_by(field, funnel) for name, field in others.items()}
    told = by_language(lambda language: ", ".join(f"{name} ({roles.render(language)})" for name, roles in each.items()))
    return Text("{reason} The same goes for {fields}.", reason=reason, fields=told)


def told_outside(action: str, names: Iterable[str], node: Node, funnel: FunnelContext) -> Iterator[Finding]:
    """Yield a warning of those of the `names` that not everybody sees, and that an action of a plugin gives away."""
    hidden = hidden_among(names, funnel)
    if not hidden:
        return
    (name, field), *others = hidden.items()
    reason = Text(
        "The action {action} gives {field} away, which only {roles} may see.",
        action=action,
        field=name,
        roles=seen_by(field, funnel),
    )
    yield Finding(
        code="V3606",
        severity=Severity.WARNING,
        place=node.place,
        reason=and_so(reason, dict(others), funnel),
        remedy=Text("Take {field} out, or widen “visible_to” of the field.", field=", ".join(hidden)),
    )
