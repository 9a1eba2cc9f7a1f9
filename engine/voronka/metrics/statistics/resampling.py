"""Intervals of what has no formula: by drawing from the data again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from voronka.metrics.statistics.counts import Interval

__all__ = ["bootstrap", "nearest_rank"]

_DRAWS = 2_000
_Value = TypeVar("_Value")


def bootstrap(
    values: Sequence[_Value],
    statistic: Callable[[Sequence[_Value]], float],
    *,
    seed: int,
    level: float = 0.95,
    draws: int = _DRAWS,
) -> Interval | None:
    """Return the percentile interval of a statistic over samples drawn with replacement; None without values.

    Source: B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), 13.3. One seed gives one interval.
    """
    if not values:
        return None
    random = Random(seed)  # noqa: S311 - a simulation
    found = sorted(statistic(random.choices(values, k=len(values))) for _ in range(draws))
    return Interval(nearest_rank(found, (1 - level) / 2), nearest_rank(found, (1 + level) / 2))


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """Return the value of the nearest rank: the least that at least `share` of the ordered values do not exceed."""
    place = -int(-share * len(ordered) // 1)
    return ordered[min(len(ordered), max(1, place)) - 1]
