"""Fields of which something sees to it that they are filled in, and so those that may stay empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from voronka.definition.actions import Action, MoveAction, OpenDealAction, SetAction
from voronka.definition.funnels import Funnel

if TYPE_CHECKING:
    from voronka.definition.imports import Import
    from voronka.definition.rules import Rule

__all__ = ["every_action", "filled_fields"]


def every_action(funnels: Mapping[str, Funnel], rules: Mapping[str, Rule]) -> list[Action]:
    """Return what rules, gates and timed events do."""
    variants = [variant for funnel in funnels.values() for variant in funnel.variants.values()]
    actions = [action for rule in rules.values() for action in rule.actions]
    return actions + [action for variant in variants for action in variant.actions]


def filled_fields(funnel: Funnel, actions: Iterable[Action], imports: Mapping[str, Import]) -> set[str]:
    """Return the fields that some gate of the funnel asks for, or that something sets in its deals. `actions`: all."""
    found: set[str] = set()
    for variant in funnel.variants.values():
        for gate in variant.gates:
            found |= {*gate.require, *(name for check in gate.checks for name in check.when.reads.names)}
        for transition in variant.transitions.values():
            found |= transition.set.keys()
    for action in actions:
        if isinstance(action, SetAction):
            found |= action.values.keys()
        elif isinstance(action, MoveAction):
            found |= action.set.keys()
        elif isinstance(action, OpenDealAction) and action.funnel == funnel.name:
            found |= {*action.copy, *action.set}
    for mapping in imports.values():
        if mapping.funnel == funnel.name:
            found |= {*mapping.deal, *(name for event in mapping.events for name in event.set)}
    return found
