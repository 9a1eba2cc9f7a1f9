"""Which fields a deal should have by now: those that its way and its stage ask of people."""

from __future__ import annotations

from collections.abc import Mapping, Set

from voronka.definition.fields import Field, Subject
from voronka.definition.filled_fields import done_actions, required_on_arrival, set_fields
from voronka.definition.funnels import Funnel, Outcome, Variant
from voronka.definition.sources import of_systems
from voronka.definition.workspace import Workspace

__all__ = ["DueStages", "due_fields"]

DueStages = Mapping[str | None, frozenset[str]]
"""By the case of a funnel's variant (None: the base): the stages in which deals should have a field."""


def due_fields(workspace: Workspace, funnel: Funnel) -> Mapping[str, DueStages]:
    """Return where the deals of a funnel should have which fields; a field that nothing asks of people is left out.

    In each variant, a field that gates require is due where every way to the deal's stage has required it and in the
    open stage whose gate out requires it: that of lost deals alone nowhere else. Any other is due from the stage from
    which on the card shows its group (`from`), up to won; a group that names an outcome, in that outcome. Where the
    stages do not say it, it is not due. Computed fields never are; what actions or imports set, and what transactional
    sources alone give, is due only where a gate requires it.
    """
    declared = workspace.fields.get(Subject.DEALS, {})
    fields = {name: field for name, field in declared.items() if name in funnel.fields and field.formula is None}
    by_itself = set_fields(funnel, done_actions(workspace.funnels, workspace.rules), workspace.imports) | {
        name for name, field in fields.items() if of_systems(field.sources, workspace.data_sources)
    }
    found: dict[str, dict[str | None, frozenset[str]]] = {}
    for case, variant in funnel.variants.items():
        for name, stages in _due(workspace, variant, fields, by_itself).items():
            found.setdefault(name, {})[case] = stages
    return {name: found[name] for name in fields if name in found}


def _due(
    workspace: Workspace, variant: Variant, fields: Mapping[str, Field], by_itself: Set[str]
) -> dict[str, frozenset[str]]:
    arrival = required_on_arrival(variant)
    required = {name for gate in variant.gates for name in gate.require}
    of_transitions = {name for way in variant.transitions.values() for name in way.set}
    found: dict[str, set[str]] = {}
    for stage in variant.stages.values():
        asked = set(arrival.get(stage.name, ()))
        if stage.outcome is None:
            asked |= set(stage.leave.require)
        for name, field in fields.items():
            shown = name not in required | by_itself | of_transitions and _shown(workspace, variant, field, stage.name)
            if name in asked or shown:
                found.setdefault(name, set()).add(stage.name)
    return {name: frozenset(stages) for name, stages in found.items()}


def _shown(workspace: Workspace, variant: Variant, field: Field, stage: str) -> bool:
    """Tell whether the stage lies where the card has begun to show the field's group, and a deal gets there."""
    group = workspace.groups.get(field.group or "")
    if group is None or group.start is None or group.start not in variant.stages:
        return False
    if variant.stages[group.start].outcome is not None or variant.stages[stage].outcome is Outcome.LOST:
        return stage == group.start
    return variant.discloses(group.start, stage)
