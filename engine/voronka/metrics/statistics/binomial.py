"""The binomial distribution: how surprising a number of successes is where the rate is known."""

from __future__ import annotations

from voronka.metrics.statistics.beta import incomplete_beta

__all__ = ["at_least", "at_most", "two_sided"]


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
