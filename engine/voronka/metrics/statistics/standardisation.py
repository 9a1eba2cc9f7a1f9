"""Rates as they would be with the same mix of cases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.hypergeometric import two_sided, variance
from voronka.metrics.statistics.rates import wilson

__all__ = ["Expected", "Standard", "direct", "expected", "pooled"]


class Standard(NamedTuple):
    """A rate at the standard mix, its interval, and the share of the mix in which there were trials at all."""

    rate: float
    interval: Interval
    covered: float


class Expected(NamedTuple):
    """How many successes everybody's rates make of this mix, the observed divided by them (None of none), and the
    two-sided p of a distance like this by chance.
    """

    successes: float
    ratio: float | None
    p: float


def pooled(groups: Mapping[Hashable, Mapping[Hashable, Counts]]) -> dict[Hashable, Counts]:
    """Return the counts of each stratum over all groups: the standard."""
    found: dict[Hashable, Counts] = {}
    for strata in groups.values():
        for stratum, counts in strata.items():
            before = found.get(stratum, Counts(0, 0))
            found[stratum] = Counts(before.successes + counts.successes, before.trials + counts.trials)
    return found


def direct(
    strata: Mapping[Hashable, Counts], standard: Mapping[Hashable, Counts], level: float = 0.95
) -> Standard | None:
    """Return the rate of a group at the mix of the standard: the rates of its strata, weighted by those of the mix.

    Strata without trials are left out and the others weigh more; `covered` tells how much stood. None without trials.
    Sources: J. L. Fleiss, "Statistical Methods for Rates and Proportions", chapter on standardisation; the interval
    joins those of the strata (G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general
    approach", Statistics in Medicine 27 (2008)) of E. B. Wilson.
    """
    total = sum(counts.trials for counts in standard.values())
    kept = {name: counts for name, counts in strata.items() if counts.trials and name in standard}
    weight = sum(standard[name].trials for name in kept)
    if not weight:
        return None
    rate = below = above = 0.0
    for name, (successes, trials) in kept.items():
        share, own, interval = standard[name].trials / weight, successes / trials, wilson(successes, trials, level)
        assert interval is not None  # noqa: S101 - there are trials
        rate += share * own
        below += (share * (own - interval.low)) ** 2
        above += (share * (interval.high - own)) ** 2
    interval = Interval(max(0.0, rate - sqrt(below)), min(1.0, rate + sqrt(above)))
    return Standard(rate, interval, weight / total)


def expected(strata: Mapping[Hashable, Counts], standard: Mapping[Hashable, Counts]) -> Expected:
    """Return what the rates of the standard, in which the group stands itself, make of the group's own mix.

    Each stratum of the group is as if drawn from the standard's: mean and variance are hypergeometric, so that a group
    that is alone in a stratum tells nothing by it. With one stratum p is Fisher's exact one, of several the sum is
    taken as normal: N. Mantel, W. Haenszel, "Statistical aspects of the analysis of data from retrospective studies of
    disease", Journal of the National Cancer Institute 22 (1959), without their correction for continuity.
    """
    mean = spread = 0.0
    observed = 0
    telling: list[tuple[Counts, Counts]] = []
    for name, counts in strata.items():
        whole = standard.get(name, Counts(0, 0))
        mean += counts.trials * whole.successes / whole.trials if whole.trials else 0.0
        observed += counts.successes
        if own := variance(counts.trials, whole):
            spread += own
            telling.append((counts, whole))
    if len(telling) == 1:
        [(counts, whole)] = telling
        p = two_sided(*counts, whole)
    else:
        p = 2 * NormalDist().cdf(-abs(observed - mean) / sqrt(spread)) if spread else 1.0
    return Expected(mean, observed / mean if mean else None, p)
