"""What the definition says about moves: which go back, and which are made by the clock or a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from voronka.definition.funnels import Funnel, Outcome, Trigger
from voronka.definition.workspace import Workspace

__all__ = ["Paths"]

_RANK = {None: 0, Outcome.WON: 1, Outcome.LOST: 2}


class Paths:
    """The funnels of a workspace, their stages in the order of the path over all variants, outcomes last."""

    def __init__(self, workspace: Workspace) -> None:
        self.places = {name: _places(funnel) for name, funnel in workspace.funnels.items()}
        self._automatic = {name: _automatic(funnel) for name, funnel in workspace.funnels.items()}

    def back(self, funnel: str | None, source: str, target: str) -> bool:
        """Tell whether a move goes to an earlier stage; a stage that is no longer declared is none."""
        places: Mapping[str, int] = self.places.get(funnel or "", {})
        return source in places and target in places and places[target] < places[source]

    def by_itself(self, funnel: str | None, transition: str | None) -> bool:
        """Tell whether a transition is one that nobody makes by hand."""
        return transition in self._automatic.get(funnel or "", frozenset())

    def rows(self, workspace: Workspace) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of `dim_stage`."""
        for name, places in self.places.items():
            stages = {
                stage.name: stage
                for variant in workspace.funnels[name].variants.values()
                for stage in variant.stages.values()
            }
            for stage, place in places.items():
                found = stages[stage]
                label = found.label.render(workspace.locale)
                yield (place, name, stage, label, None if found.outcome is None else found.outcome.value)

    @property
    def told(self) -> object:
        """What rows depend on, to be compared."""
        return [self.places, {name: sorted(found) for name, found in self._automatic.items()}]


def _places(funnel: Funnel) -> dict[str, int]:
    order: list[str] = []
    ranks: dict[str, int] = {}
    for variant in funnel.variants.values():
        place = 0
        for name, stage in variant.stages.items():
            ranks.setdefault(name, _RANK[stage.outcome])
            if name in order:
                place = order.index(name) + 1
            else:
                order.insert(place, name)
                place += 1
    ordered = sorted(order, key=lambda name: (ranks[name], order.index(name)))
    return {name: place for place, name in enumerate(ordered, start=1)}


def _automatic(funnel: Funnel) -> frozenset[str]:
    return frozenset(
        transition.name
        for variant in funnel.variants.values()
        for transition in variant.transitions.values()
        if transition.trigger is not Trigger.MANUAL
    )
