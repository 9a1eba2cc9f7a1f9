"""Fields of which something sees to it that they are filled in, and so those that may stay empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from voronka.definition.actions import Action, MoveAction, OpenDealAction, SetAction
from voronka.definition.funnels import Funnel, Gate, Transition, Variant

if TYPE_CHECKING:
    from voronka.definition.imports import Import
    from voronka.definition.rules import Rule

__all__ = [
    "asked_by",
    "asked_on_arrival",
    "asked_on_the_way",
    "done_actions",
    "every_action",
    "required_on_arrival",
    "set_fields",
]


def every_action(funnels: Mapping[str, Funnel], rules: Mapping[str, Rule]) -> list[Action]:
    """Return what rules, gates and timed events say is to be done, in whatever mode the rules are."""
    return _of_funnels(funnels) + [action for rule in rules.values() for action in rule.actions]


def done_actions(funnels: Mapping[str, Funnel], rules: Mapping[str, Rule]) -> list[Action]:
    """Return what is really done: without the actions of rules that only tell what they would do, or rest."""
    return _of_funnels(funnels) + [action for rule in rules.values() for action in rule.done]


def _of_funnels(funnels: Mapping[str, Funnel]) -> list[Action]:
    variants = [variant for funnel in funnels.values() for variant in funnel.variants.values()]
    return [action for variant in variants for action in variant.actions]


def set_fields(funnel: Funnel, actions: Iterable[Action], imports: Mapping[str, Import]) -> set[str]:
    """Return the fields that actions and imports set in deals of the funnel. `actions`: all that are done."""
    found: set[str] = set()
    for action in actions:
        if isinstance(action, SetAction):
            found |= action.values.keys()
        elif isinstance(action, MoveAction):
            found |= action.set.keys()
        elif isinstance(action, OpenDealAction) and action.funnel in ("", funnel.name):
            found |= {*action.copy, *action.set}
    for mapping in imports.values():
        if mapping.funnel == funnel.name:
            found |= {*mapping.deal, *(name for event in mapping.events for name in event.set)}
    return found


def asked_by(gate: Gate) -> set[str]:
    """Return the names without which nothing passes the gate."""
    return {*gate.require, *(name for check in gate.checks for name in check.when.reads.names)}


def asked_on_the_way(variant: Variant, transition: Transition) -> set[str]:
    """Return the names that the gates on a transition ask for, that start it or that it sets."""
    source, target = variant.stages[transition.source], variant.stages[transition.target]
    found = asked_by(transition.gate) | asked_by(target.enter) | transition.set.keys()
    if transition.when is not None:
        found |= transition.when.reads.names
    if variant.binds_leave(source, target):
        found |= asked_by(source.leave)
    return found


def asked_on_arrival(variant: Variant) -> dict[str, frozenset[str]]:
    """Return, for each stage that a deal can come to, the names that every way to it has asked for or set."""
    return _on_arrival(variant, asked_on_the_way)


def required_on_arrival(variant: Variant) -> dict[str, frozenset[str]]:
    """Return, for each stage that a deal can come to, the names without which no way leads there."""
    return _on_arrival(variant, _required_on_the_way)


def _required_on_the_way(variant: Variant, transition: Transition) -> set[str]:
    source, target = variant.stages[transition.source], variant.stages[transition.target]
    leave = source.leave.require if variant.binds_leave(source, target) else ()
    return {*transition.gate.require, *target.enter.require, *leave}


def _on_arrival(variant: Variant, asked: Callable[[Variant, Transition], set[str]]) -> dict[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {variant.first.name: frozenset()}
    ways = [(each, asked(variant, each)) for each in variant.transitions.values()]
    changed = True
    while changed:
        changed = False
        for way, brought_by in ways:
            if way.source not in known:
                continue
            brought = known[way.source] | brought_by
            together = known[way.target] & brought if way.target in known else brought
            if together != known.get(way.target):
                known[way.target] = together
                changed = True
    return known
