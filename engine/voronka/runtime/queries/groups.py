"""The card of a deal by groups, each disclosed from a stage on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from voronka.definition.fields import FieldGroup, Subject
from voronka.definition.funnels import Variant
from voronka.definition.workspace import Workspace
from voronka.process.state import DealState
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import words

__all__ = ["disclosed", "shown_groups"]


def disclosed(group: FieldGroup, variant: Variant, stage: str) -> bool:
    """Tell whether a group is shown on the card of a deal that stands in a stage of the variant.

    It is in funnels and variants without the stage from which on it is, in that stage and behind it, and where the deal
    has ended.
    """
    path = list(variant.stages)
    if group.start not in path or stage not in path or variant.stages[stage].outcome is not None:
        return True
    return path.index(stage) >= path.index(group.start)


def shown_groups(shown: Shown, workspace: Workspace, deal: DealState, names: Collection[str]) -> list[dict[str, Any]]:
    """Return the declared groups in their order: the `fields` among `names`, shown ones, that each holds, which of its
    fields are `empty`, and whether it is `disclosed` or from which stage on it will be (`start`).
    """
    funnel = workspace.funnels.get(deal.funnel)
    if not workspace.groups or funnel is None:
        return []
    variant = funnel.variant(deal.case)
    declared = workspace.fields.get(Subject.DEALS, {})
    hidden = shown.rights.hidden(declared, frozenset() if deal.owner is None else frozenset({deal.owner}))
    members: dict[str, list[str]] = {name: [] for name in workspace.groups}
    for name, field in declared.items():
        if field.group in members and name in funnel.fields and name not in hidden:
            members[field.group].append(name)
    found = frozenset(names)
    return [
        {
            "group": group.name,
            "label": words(group.label),
            "disclosed": disclosed(group, variant, deal.stage),
            "start": None if group.start is None else shown.stage(deal.funnel, deal.case, group.start),
            "fields": [name for name in mine if name in found],
            "empty": [name for name in mine if name not in found and declared[name].formula is None],
        }
        for group in workspace.groups.values()
        if (mine := members[group.name])
    ]
