"""Rules in each other's way, or in their own: two writers of one field, a rule that sets what triggers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from voronka.config.finding import Finding, Place, Severity
from voronka.config.names import Declaration
from voronka.config.scalars import many
from voronka.definition.actions import Assigned, MoveAction, SetAction
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.expressions import Expression, can_both_hold
from voronka.messages import Text

__all__ = ["check_rules"]


def check_rules(rules: Mapping[str, Rule], declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    """Yield what is doubtful about rules as a whole; `declared` tells where each is written."""
    working = [rule for rule in rules.values() if rule.mode is not Mode.OFF]
    for rule in working:
        watched = rule.trigger.name
        if rule.trigger.kind is TriggerKind.FIELD and watched in _written(rule):
            yield Finding(
                code="V5705",
                severity=Severity.WARNING,
                place=_place(declared[rule.name], watched),
                reason=Text(
                    "The rule {rule} sets {field}, which triggers it; it does not trigger itself, and what stood there"
                    " is lost.",
                    rule=rule.name,
                    field=watched,
                ),
                remedy=Text("Set another field, or let the rule wait for another."),
            )
    written = {rule.name: _written(rule) for rule in working}
    for first, second in combinations([rule for rule in working if written[rule.name]], 2):
        one, other = written[first.name], written[second.name]
        fields = [name for name in one if name in other and one[name] != other[name]]
        if fields and first.trigger == second.trigger:
            yield from _two_writers(first, second, fields, declared)


def _two_writers(
    first: Rule, second: Rule, fields: list[str], declared: Mapping[str, Declaration]
) -> Iterator[Finding]:
    if not _both_fire(first, second):
        return
    for name in fields:
        yield Finding(
            code="V5706",
            severity=Severity.WARNING,
            place=_place(declared[second.name], name),
            reason=Text(
                "The rules {first} and {second} can act at once, and each sets {field} to another value.",
                first=first.name,
                second=second.name,
                field=name,
            ),
            remedy=Text(
                "Let “where” of the one exclude that of the other; of the two, the later one has the last word."
            ),
            related=_place(declared[first.name], name),
        )


def _both_fire(first: Rule, second: Rule) -> bool:
    """Tell whether there is a stage where both can act on one deal."""
    places = [
        {"funnel": funnel, "stage": stage}
        for funnel, stages in first.places.items()
        for stage in sorted(stages & second.places.get(funnel, frozenset()))
    ]
    conditions = [rule.where.node for rule in (first, second) if rule.where is not None]
    return any(can_both_hold(conditions, dict(place)) for place in places)


def _written(rule: Rule) -> dict[str, Assigned]:
    """Return what a rule sets, by field; expressions by their text."""
    found: dict[str, Assigned] = {}
    for action in rule.actions:
        if isinstance(action, SetAction):
            found |= action.values
        elif isinstance(action, MoveAction):
            found |= action.set
    return {name: f"={value.text}" if isinstance(value, Expression) else value for name, value in found.items()}


def _place(declaration: Declaration, field: str) -> Place:
    for action in many(declaration.value.get("do")):
        for values in (action.get("set"), action.at("move", "set")):
            if values is not None and (key := values.key(field)) is not None:
                return key.place
    return declaration.name.place
