"""What scorecards find of a deal."""

from __future__ import annotations

from typing import ClassVar

from voronka.frozen import frozen
from voronka.process.events.event import Event

__all__ = ["ScoreChanged"]


@frozen
class ScoreChanged(Event):
    """The deal has another score on a card: the `total`, from 0 to 100, and its `band`.

    `total_before` and `band_before`: what was told last; nothing was told of a card on which nothing was known.
    `at`: since when, if the entry tells of another time than its own, as an import does of the past.
    """

    kind: ClassVar[str] = "score.changed"
    card: str
    total: float
    band: str
    total_before: float = 0.0
    band_before: str = ""
    at: int | None = None
