"""Funnels that mix processes of several classes: each class has a funnel of its own, and one hands over to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from voronka.config.finding import Finding, Place, Severity
from voronka.config.structure import Site
from voronka.definition.funnels import Stage, Variant
from voronka.messages import Text

__all__ = ["check_classes"]

_OF_SALES = ("requirements", "supplier")
"""Steps of the buyer's journey that come after a lead was handed over."""

_FULFILMENT = re.compile(
    r"\b(deliver(y|ies)|ship(ment|ping)s?|production|manufacturing|installation|commissioning|onboarding|maintenance"
    r"|warranty|servicing|after[- ]sales)\b|\b(доставк|отгрузк|производств|монтаж|пусконалад|внедрени|гарантийн"
    r"|сервисн|обслуживани)",
    re.IGNORECASE,
)


def check_classes(strategy: str | None, variant: Variant, places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Yield the open stages that belong to another class of processes than the funnel of a `strategy` they stand in.

    These are: in a funnel of the strategy ``reach`` a stage of the buyer's steps that follow the hand-over of a lead;
    in one of ``refresh`` a stage of any step, since the purchase is over there; in any funnel a stage without a step
    that stands behind the choice of the supplier and is called by what follows a sale (delivery, service).
    """
    chosen: Stage | None = None
    for stage in variant.stages.values():
        place = places.get(("stage", stage.name))
        if stage.outcome is not None or place is None:
            continue
        if strategy == "reach" and stage.journey in _OF_SALES:
            yield _mixed(
                place,
                Text(
                    "This funnel collects and qualifies leads (reach), and its stage {stage} is one of the sale: the"
                    " buyer is at the step {step} by then.",
                    stage=stage.name,
                    step=stage.journey,
                ),
                Text("Move it into a funnel of the strategy react, which “won” of this one opens with open_deal."),
            )
        elif strategy == "refresh" and stage.journey is not None:
            yield _mixed(
                place,
                Text(
                    "This funnel goes through finished projects (refresh), and its stage {stage} is one of a purchase:"
                    " the buyer is at the step {step}.",
                    stage=stage.name,
                    step=stage.journey,
                ),
                Text("Remove “journey”, or open a deal in the funnel in which the client buys."),
            )
        elif chosen is not None and stage.journey is None and _is_fulfilment(stage):
            yield _mixed(
                place,
                Text(
                    "The sale is over when the supplier is chosen ({chosen}), and the stage {stage} behind it belongs"
                    " to another process: its times and losses would be counted as those of sales.",
                    chosen=chosen.name,
                    stage=stage.name,
                ),
                Text(
                    "End the sale with “won” and open a deal in a funnel of its own there (open_deal). If the buyer"
                    " still chooses in this stage, add “journey” to it."
                ),
            )
        if stage.journey == "supplier":
            chosen = stage


def _is_fulfilment(stage: Stage) -> bool:
    return any(_FULFILMENT.search(text.replace("_", " ")) for text in (stage.name, *stage.label.texts.values()))


def _mixed(place: Place, reason: Text, remedy: Text) -> Finding:
    return Finding(code="V5112", severity=Severity.WARNING, place=place, reason=reason, remedy=remedy)
