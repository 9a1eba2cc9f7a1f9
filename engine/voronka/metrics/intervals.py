"""Intervals of rates."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

__all__ = ["Interval", "wilson"]


class Interval(NamedTuple):
    """A confidence interval of a rate, both ends between 0 and 1."""

    low: float
    high: float


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval | None:
    """Return the Wilson score interval of a rate; None without trials.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if trials == 0:
        return None
    z = NormalDist().inv_cdf(0.5 + level / 2)
    rate = successes / trials
    spread = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    centre = rate + z * z / (2 * trials)
    # At the ends the formula gives 0 and 1 but for the last bit.
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return Interval(low, high)
