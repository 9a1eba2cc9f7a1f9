"""The card of a deal by groups, each disclosed from a stage on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from voronka.definition.fields import Subject
from voronka.definition.workspace import Workspace
from voronka.process.state import DealState
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import words

__all__ = ["shown_groups"]


def shown_groups(shown: Shown, workspace: Workspace, deal: DealState, names: Collection[str]) -> list[dict[str, Any]]:
    """Return the declared groups in their order: the `fields` among `names`, shown ones, that each holds, which of its
    fields are `empty` (`empty_labels`: what those are called), and whether it is `disclosed` or from which stage on it
    will be (`start`).
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
            "disclosed": variant.discloses(group.start, deal.stage),
            "start": None if group.start is None else shown.stage(deal.funnel, deal.case, group.start),
            "fields": [name for name in mine if name in found],
            "empty": empty,
            "empty_labels": [words(declared[name].label) for name in empty],
        }
        for group in workspace.groups.values()
        if (mine := members[group.name])
        for empty in [[name for name in mine if name not in found and declared[name].formula is None]]
    ]
