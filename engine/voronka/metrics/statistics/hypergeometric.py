"""The hypergeometric distribution: how surprising a group's number of successes is among all that there were."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, lgamma

from voronka.metrics.statistics.rates import Interval
from voronka.metrics.statistics.standardisation import Counts

__all__ = ["at_least", "limits"]


def at_least(successes: int, trials: int, whole: Counts) -> float:
    """Return the probability of so many successes or more in `trials` drawn from the `whole` without regard to them.

    Fisher's exact test, one-sided: R. A. Fisher, "On the interpretation of χ² from contingency tables, and the
    calculation of P", Journal of the Royal Statistical Society 85 (1922).
    """
    return min(1.0, sum((chance for number, chance in _chances(trials, whole) if number >= successes), 0.0))


def limits(trials: int, whole: Counts, level: float = 0.95) -> Interval | None:
    """Return between which shares of successes chance alone keeps `trials` drawn from the `whole`; None without trials.

    What lies outside has a tail of at most (1 - level) / 2.
    """
    if not trials:
        return None
    tail = (1 - level) / 2
    below, inside = 0.0, []
    for number, chance in _chances(trials, whole):
        if below + chance > tail and below < 1 - tail:
            inside.append(number)
        below += chance
    return Interval(inside[0] / trials, inside[-1] / trials)


def _chances(trials: int, whole: Counts) -> Iterator[tuple[int, float]]:
    """Yield each number of successes that can be drawn with its probability, the least first."""
    successes, failures = whole.successes, whole.trials - whole.successes
    ways = _log_ways(whole.trials, trials)
    for number in range(max(0, trials - failures), min(trials, successes) + 1):
        yield number, exp(_log_ways(successes, number) + _log_ways(failures, trials - number) - ways)


def _log_ways(of: int, chosen: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
