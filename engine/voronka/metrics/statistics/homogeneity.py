"""Whether the rates of several groups differ at all, and which of many comparisons stand."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, erfc, exp, lgamma, log, sqrt
from random import Random
from typing import NamedTuple

__all__ = ["Homogeneity", "at_least", "at_most", "chi_square_tail", "holm", "homogeneity"]

_FEW = 5
"""Expected counts below this make the chi-square distribution a bad approximation (W. G. Cochran, 1954)."""
_DRAWS = 10_000


class Homogeneity(NamedTuple):
    """A test that several groups have one rate. `exact`: p was found by drawing tables, not from the distribution."""

    statistic: float
    freedom: int
    p: float
    exact: bool


def homogeneity(groups: Sequence[tuple[int, int]], seed: int = 0) -> Homogeneity | None:
    """Test whether groups, each with its successes and trials, have one rate; None where nothing can differ.

    Pearson's chi-square (K. Pearson, 1900); where an expected count is below 5, p is that of 10,000 tables with the
    same margins, drawn with `seed` (the Monte Carlo form of A. C. A. Hope, JRSS B 30 (1968)): it differs from the exact
    one by about 0.01 at most.
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
    members = [group for group, size in enumerate(sizes) for _ in range(size)]
    hits = 0
    for _ in range(_DRAWS):
        drawn = [0] * len(sizes)
        for group in random.sample(members, won):
            drawn[group] += 1
        hits += _statistic(drawn, sizes, won, total) >= statistic - 1e-9
    return Homogeneity(statistic, freedom, (hits + 1) / (_DRAWS + 1), exact=True)


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


def at_least(successes: int, trials: int, rate: float) -> float:
    """Return the probability of so many successes or more in trials with this rate (binomial)."""
    return sum(_binomial(k, trials, rate) for k in range(successes, trials + 1))


def at_most(successes: int, trials: int, rate: float) -> float:
    """Return the probability of so many successes or fewer."""
    return sum(_binomial(k, trials, rate) for k in range(successes + 1))


def _binomial(k: int, n: int, rate: float) -> float:
    if rate in (0.0, 1.0):
        return float(k == n * rate)
    if n < 1_000:
        return comb(n, k) * rate**k * (1 - rate) ** (n - k)
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(rate) + (n - k) * log(1 - rate))
