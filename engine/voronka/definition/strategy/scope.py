"""The scope of a strategy: which areas it takes in (breadth) and how far it goes in each (depth)."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.strategy.quarters import Quarter
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Area", "StrategyScope"]


@frozen
class Area:
    """An area of work: the depth it has `now`, and from which quarter on it is to have another."""

    name: str
    label: Label
    now: str
    then: Mapping[Quarter, str]
    funnels: tuple[str, ...] = ()

    def at(self, quarter: Quarter) -> str:
        """Return the depth that the area is to have at the end of a quarter."""
        depth = self.now
        for since, reached in sorted(self.then.items()):
            if since <= quarter:
                depth = reached
        return depth


@frozen
class StrategyScope:
    """Areas by depth. `depths`: from the shallowest to the deepest, with what each means."""

    depths: Mapping[str, Label]
    areas: tuple[Area, ...]

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """The quarters in which an area changes its depth, in their order."""
        return tuple(sorted({quarter for area in self.areas for quarter in area.then}))
