"""The policy of analysis: which analyses are made when, whose they are, and where they go."""

from __future__ import annotations

from voronka.calendars import DailySchedule
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["METHODS", "OF_NOW", "Review"]

METHODS = ("funnel", "bottleneck", "managers", "hygiene", "forecast", "profit", "winloss", "contacts", "kpis")
"""The reports a review may be of: as `voronka report` names them, and ``kpis``, a list of KPIs."""

OF_NOW = frozenset({"hygiene", "forecast"})
"""Those of them that are told as of now, whatever the period of the review."""


@frozen
class Review:
    """An analysis that is made on a schedule. `funnel` and `kpis`: what of; `to`: users and roles who are told, through
    `channel`. `decision`: what is to be decided by it. It is overdue when `due_days` have gone and nobody has marked it
    read.
    """

    name: str
    label: Label
    method: str
    schedule: DailySchedule
    owner: str
    funnel: str | None = None
    kpis: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    channel: str | None = None
    decision: Label | None = None
    due_days: int = 7
