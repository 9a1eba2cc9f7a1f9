"""Whether the rates of several groups differ at all, and which of many comparisons stand."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, log, sqrt
from random import Random
from typing import NamedTuple

from voronka.metrics.statistics.counts import Counts
from voronka.metrics.statistics.hypergeometric import log_chance, variance

__all__ = ["Homogeneity", "chi_square_tail", "holm", "homogeneity"]

_FEW = 5
"""Expected counts below this make the chi-square distribution a bad approximation (W. G. Cochran, 1954)."""
_DRAWS = 4_000
_WIDE = 100.0
"""From this variance on the normal distribution stands for the hypergeometric one."""


class Homogeneity(NamedTuple):
    """A test that several groups have one rate. `exact`: p was found by drawing tables, not from the distribution."""

    statistic: float
    freedom: int
    p: float
    exact: bool


def homogeneity(groups: Sequence[tuple[int, int]], seed: int = 0) -> Homogeneity | None:
    """Test whether groups, each with its successes and trials, have one rate; None where nothing can differ.

    Pearson's chi-square (K. Pearson, 1900); where an expected count is below 5, p is that of 4,000 tables with the same
    margins, drawn with `seed` (the Monte Carlo form of A. C. A. Hope, JRSS B 30 (1968)): it differs from the exact one
    by about 0.015 at most. Many and large groups are drawn as fast as small ones.
    """
    counted = [(successes, trials) for successes, trials in groups if trials]
    total, won = sum(trials for _, trials in counted), sum(successes for successes, _ in counted)
    if len(counted) < 2 or won in (0, total):
        return None
    sizes = [trials for _, trials in counted]
    statistic = _statistic([successes for successes, _ in counted], sizes, won, total)
    freedom = len(counted) - 1
    if min(sizes) * min(won, total - won) >= _FEW * total:
        return Homogeneity(statistic, freedom, chi_square_tail(statistic, freedom), exact=False)
    random = Random(seed)  # noqa: S311 - a simulation
    drawn = (_table(random, sizes, won, total) for _ in range(_DRAWS))
    hits = sum(_statistic(table, sizes, won, total) >= statistic - 1e-9 for table in drawn)
    return Homogeneity(statistic, freedom, (hits + 1) / (_DRAWS + 1), exact=True)


def _table(random: Random, sizes: Sequence[int], won: int, total: int) -> list[int]:
    """Return successes by group, drawn from all tables with these margins."""
    found = []
    for size in sizes:
        found.append(_hypergeometric(random, size, won, total) if size < total else won)
        won, total = won - found[-1], total - size
    return found


def _hypergeometric(random: Random, size: int, won: int, total: int) -> int:
    """Return how many of a sample of `size` are among the `won` of `total`: by inversion upwards from the least number;
    where that is far, from the normal distribution, which is then as good.
    """
    least, most = max(0, size + won - total), min(size, won)
    whole = Counts(won, total)
    spread = variance(size, whole)
    if spread > _WIDE:
        return min(most, max(least, round(random.gauss(size * won / total, sqrt(spread)))))
    left, chance = random.random(), exp(log_chance(least, size, whole))
    found = least
    while left > chance and found < most:
        left -= chance
        chance *= (won - found) * (size - found) / ((found + 1) * (total - won - size + found + 1))
        found += 1
    return found


def _statistic(successes: Sequence[int], sizes: Sequence[int], won: int, total: int) -> float:
    rate = won / total
    scale = rate * (1 - rate)
    return sum((found - size * rate) ** 2 / (size * scale) for found, size in zip(successes, sizes, strict=True))


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Return the probability that chi-square with so many degrees of freedom exceeds `statistic`.

    For whole degrees of freedom the upper incomplete gamma function is a finite sum (M. Abramowitz, I. A. Stegun,
    "Handbook of Mathematical Functions", 26.4.4 and 26.4.5).
    """
    half = statistic / 2
    if half <= 0:
        return 1.0
    if freedom % 2 == 0:
        return min(1.0, sum(exp(-half + k * log(half) - lgamma(k + 1)) for k in range(freedom // 2)))
    terms = (exp(-half + (k - 0.5) * log(half) - lgamma(k + 0.5)) for k in range(1, (freedom - 1) // 2 + 1))
    return min(1.0, erfc(sqrt(half)) + sum(terms))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for how many there are, in their order: each is compared with the level as it is.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
