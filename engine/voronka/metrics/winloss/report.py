"""The report on won against lost deals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from voronka.definition.fields import Field
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.rates import wilson
from voronka.metrics.winloss.rows import backs, closed, events, fields, interactions, ticks
from voronka.metrics.winloss.signs import Sign, signs

__all__ = ["DEFINITIONS", "WinLossReport", "winloss_report"]

DEFINITIONS: Mapping[str, Text] = {
    "population": Text(
        "Deals that closed in the period; open ones are not judged yet. Basis: event. Fields are as they are now."
    ),
    "rate": Text(
        "Won, divided by won and lost, of the deals with the sign and of those without, with Wilson intervals."
    ),
    "value": Text(
        "Deals whose field has the value, against those in which it has another; empty ones are left out. Of two "
        "values one is told: against the other it is the same question."
    ),
    "event": Text("Deals in which the timed event fired, against those in which it was planned and did not."),
    "checked": Text("Deals in which the checklist item was ticked, against those that were in its stage without it."),
    "p": Text(
        "How probable so large a difference is by chance alone: Fisher's exact test, which holds for few deals too, "
        "after Holm's correction for all signs together."
    ),
    "late": Text(
        "Deals get this sign on the way: those that are lost early have it more seldom. It may follow from going well "
        "and not lead to it."
    ),
}


@frozen
class WinLossReport:
    """All deals together, and every sign, the clearest first."""

    counts: Counts
    rate: float | None
    interval: Interval | None
    signs: tuple[Sign, ...]


def winloss_report(
    part: Slice, of: Sequence[Field], *, late: Collection[str] = (), least: int = 5, level: float = 0.95
) -> WinLossReport:
    """Return the report over the deals of a slice that closed in its period. `of`: the fields of deals to look at."""
    whole = closed(part)
    found = [
        *fields(part, of, late),
        *interactions(part, whole),
        *events(part),
        *ticks(part, whole),
        *backs(part, whole),
    ]
    return WinLossReport(
        counts=whole,
        rate=whole.successes / whole.trials if whole.trials else None,
        interval=wilson(*whole, level),
        signs=signs(found, least=least, level=level),
    )
