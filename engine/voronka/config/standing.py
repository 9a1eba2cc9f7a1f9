"""What is known of every deal that stands in a stage."""

from __future__ import annotations

from voronka.definition.funnels import Funnel, Stage, Variant
from voronka.expressions import Value

__all__ = ["standing"]


def standing(funnel: Funnel, variant: Variant, stage: Stage) -> dict[str, Value | None]:
    """Return the names of a deal whose values follow from where it stands, with these values."""
    outcome = None if stage.outcome is None else stage.outcome.value
    return {
        "funnel": funnel.name,
        "variant": variant.case,
        "stage": stage.name,
        "outcome": outcome,
        "open": outcome is None,
        "closed": outcome is not None,
        "won": outcome == "won",
        "lost": outcome == "lost",
    }
