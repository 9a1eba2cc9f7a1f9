"""What the statistics of rates are asked of, and the intervals that they answer with."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Counts", "Interval"]


class Counts(NamedTuple):
    """Successes and trials."""

    successes: int
    trials: int


class Interval(NamedTuple):
    """A confidence interval of a rate, or of a difference of rates."""

    low: float
    high: float
