"""How long things last when some have not ended yet."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from voronka.metrics.statistics.homogeneity import chi_square_tail

__all__ = [
    "Incidence",
    "Life",
    "Step",
    "aalen_johansen",
    "incidence_at",
    "kaplan_meier",
    "log_rank",
    "quantile",
    "share_at",
]


class Life(NamedTuple):
    """How long something has lasted, and what ended it; None: it still lasts, its end is censored.

    `n`: of how many this is so: rows that a database has grouped need not be taken apart.
    """

    length: float
    end: Hashable | None
    n: int = 1


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
    ended, gone = _ends(lives), _gone(lives)
    at_risk, share, variance = gone.total(), 1.0, 0.0
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
    gone = _gone(lives)
    causes = list(dict.fromkeys(life.end for life in lives if life.end is not None))
    ends: Counter[tuple[float, Hashable]] = Counter()
    for life in lives:
        ends[life.length, life.end] += life.n
    at_risk, surviving = gone.total(), 1.0
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
    ended, gone = _ends(lives), _gone(lives)
    others_ended, others_gone = _ends(others), _gone(others)
    one, both = gone.total(), gone.total() + others_gone.total()
    excess = variance = 0.0
    for time in sorted(gone | others_gone):
        if ends := ended[time] + others_ended[time]:
            excess += ended[time] - ends * one / both
            if both > 1:
                variance += ends * (one / both) * (1 - one / both) * (both - ends) / (both - 1)
        one -= gone[time]
        both -= gone[time] + others_gone[time]
    return chi_square_tail(excess * excess / variance, 1) if variance else None


def share_at(curve: Sequence[Step], time: float) -> float:
    """Return the share that lasts longer than `time`."""
    place = bisect_right(curve, time, key=lambda step: step.time)
    return curve[place - 1].share if place else 1.0


def incidence_at(steps: Sequence[Incidence], time: float) -> float:
    """Return the share that a cause has ended by `time`."""
    place = bisect_right(steps, time, key=lambda step: step.time)
    return steps[place - 1].share if place else 0.0


def _gone(lives: Sequence[Life]) -> Counter[float]:
    """Return how many lives are as long as each length, ended or not."""
    found: Counter[float] = Counter()
    for life in lives:
        found[life.length] += life.n
    return found


def _ends(lives: Sequence[Life]) -> Counter[float]:
    return _gone([life for life in lives if life.end is not None])
