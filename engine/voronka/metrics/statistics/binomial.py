"""The binomial distribution: how surprising a number of successes is where the rate is known."""

from __future__ import annotations

from collections.abc import Callable

from voronka.metrics.statistics.beta import incomplete_beta
from voronka.metrics.statistics.rates import Interval

__all__ = ["at_least", "at_most", "limits", "two_sided"]


def at_least(successes: int, trials: int, rate: float) -> float:
    """Return the probability of so many successes or more in trials with this rate.

    By the incomplete beta function: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 26.5.24.
    """
    if successes <= 0:
        return 1.0
    return incomplete_beta(rate, successes, trials - successes + 1) if successes <= trials else 0.0


def at_most(successes: int, trials: int, rate: float) -> float:
    """Return the probability of so many successes or fewer."""
    if successes >= trials:
        return 1.0
    return incomplete_beta(1 - rate, trials - successes, successes + 1) if successes >= 0 else 0.0


def two_sided(successes: int, trials: int, rate: float) -> float:
    """Return the probability of a number of successes as far out as this: twice the smaller tail, at most 1."""
    return min(1.0, 2 * min(at_least(successes, trials, rate), at_most(successes, trials, rate)))


def limits(trials: int, rate: float, level: float = 0.95) -> Interval | None:
    """Return between which shares of successes chance alone keeps so many trials; None without trials.

    The limits of a funnel plot: D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics
    in Medicine 24 (2005), by the binomial distribution itself, not interpolated: what lies outside has a tail of at
    most (1 - level) / 2.
    """
    if not trials:
        return None
    tail = (1 - level) / 2
    low = _least(trials, lambda k: at_most(k, trials, rate) > tail)
    high = _least(trials, lambda k: at_least(k + 1, trials, rate) <= tail)
    return Interval(low / trials, high / trials)


def _least(trials: int, holds: Callable[[int], bool]) -> int:
    """Return the least number for which a condition that stays true from there on holds."""
    low, high = 0, trials
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
