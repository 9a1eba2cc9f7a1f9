"""Deals that open one another without end: a new deal opens a next one at once, and so on in a circle of funnels.

Only what happens to every new deal is told, as an error, for then not one of them can be opened: the limit of a chain
refuses it. An `open_deal` in a later stage waits for somebody to bring the deal there: client and service funnels lead
to one another so, and nothing is said of them. Nor of rules: none acts on a deal that has come of its own doing; nor
of an `open_deal` whose funnel the routing chooses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.config.finding import Finding, Place
from voronka.config.names import Declaration
from voronka.config.rings import drawn, rings
from voronka.config.scalars import many
from voronka.definition.actions import OpenDealAction
from voronka.definition.funnels import Funnel
from voronka.messages import Text

__all__ = ["check_deal_circles"]


def check_deal_circles(funnels: Mapping[str, Funnel], declared: Mapping[str, Declaration]) -> Iterator[Finding]:
    """Yield the circles of funnels whose new deals open one another; `declared` tells where each funnel stands."""
    ways = {name: list(_opened(funnel)) for name, funnel in funnels.items()}
    for ring in rings(funnels, ways):
        places = [_place(declared[name], following) for name, following in zip(ring, (*ring[1:], ring[0]), strict=True)]
        yield Finding(
            code="V5109",
            place=places[0],
            reason=Text(
                "Deals open one another without end: every new deal of one funnel opens one of the next: {ring}.",
                ring=drawn(ring),
            ),
            remedy=Text("Move one “open_deal” to a later stage, or into a rule: it does not act on what came of it."),
            related=places[1] if len(places) > 1 else None,
        )


def _opened(funnel: Funnel) -> Iterator[str]:
    """Yield the funnels in which every new deal of a funnel opens one, whatever its case."""
    first, *others = (variant.first.enter.actions for variant in funnel.variants.values())
    for action in first:
        if isinstance(action, OpenDealAction) and action.funnel and all(action in other for other in others):
            yield action.funnel


def _place(declaration: Declaration, funnel: str) -> Place:
    """Return where the file of a funnel first opens a deal of `funnel` in what is done at once."""
    stages = declaration.value.get("stages")
    first = next(iter(stages.items()), None) if stages is not None else None
    for item in many(None if first is None else first.value.at("enter", "do")):
        target = item.at("open_deal", "funnel")
        if target is not None and target.text == funnel:
            return target.place
    return declaration.name.place
