"""Whether two things rise together, told by ranks alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from voronka.metrics.statistics.beta import student_tails

__all__ = ["Correlation", "ranks", "spearman"]

_LEAST = 3


class Correlation(NamedTuple):
    """A coefficient between -1 and 1, the two-sided p of none, and of how many pairs."""

    value: float
    p: float
    n: int


def ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value from 1; equal ones share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            found[place] = (start + end) / 2 + 1
        start = end + 1
    return found


def spearman(values: Sequence[float], others: Sequence[float]) -> Correlation | None:
    """Return Spearman's rank correlation; None with fewer than 3 pairs, or where one side is all the same.

    Source: C. Spearman, "The proof and measurement of association between two things", Am. J. Psychol. 15 (1904), with
    ties by Pearson's formula over mean ranks; p from Student's distribution (M. G. Kendall, "Rank Correlation
    Methods"), rough below ten pairs.
    """
    n = len(values)
    if n < _LEAST:
        return None
    one, other = ranks(values), ranks(others)
    mean = (n + 1) / 2
    joint = sum((x - mean) * (y - mean) for x, y in zip(one, other, strict=True))
    spread = sum((x - mean) ** 2 for x in one) * sum((y - mean) ** 2 for y in other)
    if not spread:
        return None
    value = max(-1.0, min(1.0, joint / sqrt(spread)))
    rest = 1 - value * value
    return Correlation(value, student_tails(value * sqrt((n - 2) / rest), n - 2) if rest else 0.0, n)
