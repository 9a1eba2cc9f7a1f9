"""How long things last when some have not ended yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from voronka.metrics.statistics.homogeneity import chi_square_tail

__all__ = ["Incidence", "Life", "Step", "aalen_johansen", "kaplan_meier", "log_rank", "quantile"]


class Life(NamedTuple):
    """How long something has lasted, and what ended it; None: it still lasts, its end is censored."""

    length: float
    end: Hashable | None


class Step(NamedTuple):
    """What is known at a time at which something ended: how many were at risk just before, how many ended, the share
    that lasts longer, and its standard error.
    """

    time: float
    at_risk: int
    ended: int
    share: float
    error: float


class Incidence(NamedTuple):
    """The share that a cause has ended by a time."""

    time: float
    share: float


def kaplan_meier(lives: Sequence[Life]) -> list[Step]:
    """Return the survival curve, a step for each time of an end; what is censored then was still at risk.

    Sources: E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958); the
    standard error is M. Greenwood's (1926).
    """
    ended = Counter(life.length for life in lives if life.end is not None)
    gone = Counter(life.length for life in lives)
    at_risk, share, variance = len(lives), 1.0, 0.0
    curve = []
    for time in sorted(gone):
        if deaths := ended[time]:
            share *= 1 - deaths / at_risk
            variance += deaths / (at_risk * (at_risk - deaths)) if at_risk > deaths else 0.0
            curve.append(Step(time, at_risk, deaths, share, share * sqrt(variance)))
        at_risk -= gone[time]
    return curve


def quantile(curve: Sequence[Step], share: float) -> float | None:
    """Return the first time by which at least `share` has ended; None where the curve never falls so far."""
    return next((step.time for step in curve if step.share <= 1 - share + 1e-12), None)


def aalen_johansen(lives: Sequence[Life]) -> Mapping[Hashable, list[Incidence]]:
    """Return for each cause the share it has ended by each time, the causes competing.

    Source: O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations", Scand. J. Statist. 5 (1978).
    """
    ends = Counter((life.length, life.end) for life in lives if life.end is not None)
    gone = Counter(life.length for life in lives)
    causes = list(dict.fromkeys(life.end for life in lives if life.end is not None))
    at_risk, surviving = len(lives), 1.0
    reached: dict[Hashable, float] = dict.fromkeys(causes, 0.0)
    found: dict[Hashable, list[Incidence]] = {cause: [] for cause in causes}
    for time in sorted(gone):
        ended = {cause: ends[time, cause] for cause in causes if ends[time, cause]}
        for cause, count in ended.items():
            reached[cause] += surviving * count / at_risk
            found[cause].append(Incidence(time, reached[cause]))
        surviving *= 1 - sum(ended.values()) / at_risk
        at_risk -= gone[time]
    return found


def log_rank(lives: Sequence[Life], others: Sequence[Life]) -> float | None:
    """Return the probability that two groups whose lives are equally long differ so much; None without an end.

    Source: N. Mantel, "Evaluation of survival data and two new rank order statistics", Cancer Chemotherapy Reports 50
    (1966), with the hypergeometric variance.
    """
    times = sorted({life.length for life in (*lives, *others) if life.end is not None})
    excess = variance = 0.0
    for time in times:
        one = sum(life.length >= time for life in lives)
        both = one + sum(life.length >= time for life in others)
        ended_one = sum(life.length == time and life.end is not None for life in lives)
        ended = ended_one + sum(life.length == time and life.end is not None for life in others)
        excess += ended_one - ended * one / both
        if both > 1:
            variance += ended * (one / both) * (1 - one / both) * (both - ended) / (both - 1)
    return chi_square_tail(excess * excess / variance, 1) if variance else None
