"""Routing: to which funnel a new deal belongs, and who gets one that nobody owns."""

from __future__ import annotations

from voronka.definition.actions import AssignAction
from voronka.expressions import Expression
from voronka.frozen import frozen

__all__ = ["RoutingEntry"]


@frozen
class RoutingEntry:
    """One entry of `routing`. `number`: its place in the list, from 1.

    Of the entries about the deal's funnel the first whose `where` holds gives the deal away; without `where` it always
    does. For a deal without a funnel all entries are asked, and the first that holds names the funnel. Without `assign`
    the owner is whoever opens the deal.
    """

    number: int
    funnel: str
    assign: AssignAction | None = None
    where: Expression | None = None

    @property
    def label(self) -> str:
        """What names the entry as a cause."""
        return f"routing:{self.number}"
