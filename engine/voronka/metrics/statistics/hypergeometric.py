"""The hypergeometric distribution: how surprising a group's number of successes is among all that there were."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, lgamma

from voronka.metrics.statistics.counts import Counts, Interval

__all__ = ["at_least", "limits", "log_chance", "two_sided", "variance"]

_ALIKE = 1e-7
"""Probabilities that differ by less than this part of them count as equal: more than what rounding makes of them."""
_NEGLIGIBLE = 1e-18
"""A tail is summed until a term is less than this part of it."""


def at_least(successes: int, trials: int, whole: Counts) -> float:
    """Return the probability of so many successes or more in `trials` drawn from the `whole` without regard to them.

    Fisher's exact test, one-sided: R. A. Fisher, "On the interpretation of χ² from contingency tables, and the
    calculation of P", Journal of the Royal Statistical Society 85 (1922).
    """
    if successes > _mode(trials, whole):
        return _tail(successes, 1, trials, whole)
    return 1.0 - _tail(successes - 1, -1, trials, whole)


def two_sided(successes: int, trials: int, whole: Counts) -> float:
    """Return the probability of a number of successes that is no more probable than this one.

    Fisher's exact test, two-sided by the probabilities of the tables: J. O. Irwin, "Tests of significance for
    differences between percentages based on small numbers", Metron 12 (1935).
    """
    own, mode = log_chance(successes, trials, whole) + _ALIKE, _mode(trials, whole)
    if own >= log_chance(mode, trials, whole):
        return 1.0
    step = 1 if successes > mode else -1
    # Beyond the mode probabilities only fall: the first on the other side that is no greater is found by halving.
    near, far = mode, (_least(trials, whole) - 1 if step > 0 else _most(trials, whole) + 1)
    while abs(far - near) > 1:
        middle = (near + far) // 2
        if log_chance(middle, trials, whole) <= own:
            far = middle
        else:
            near = middle
    return min(1.0, _tail(successes, step, trials, whole) + _tail(far, -step, trials, whole))


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


def log_chance(successes: int, trials: int, whole: Counts) -> float:
    """Return the logarithm of the probability of just so many successes in `trials` drawn from the `whole`."""
    won, lost = whole.successes, whole.trials - whole.successes
    ways = _log_ways(won, successes) + _log_ways(lost, trials - successes)
    return ways - _log_ways(whole.trials, trials)


def variance(trials: int, whole: Counts) -> float:
    """Return the variance of the number of successes in `trials` drawn from the `whole`: none, if they are all."""
    if whole.trials < 2:
        return 0.0
    rate = whole.successes / whole.trials
    return trials * rate * (1 - rate) * (whole.trials - trials) / (whole.trials - 1)


def _least(trials: int, whole: Counts) -> int:
    return max(0, trials + whole.successes - whole.trials)


def _most(trials: int, whole: Counts) -> int:
    return min(trials, whole.successes)


def _mode(trials: int, whole: Counts) -> int:
    return (trials + 1) * (whole.successes + 1) // (whole.trials + 2)


def _tail(number: int, step: int, trials: int, whole: Counts) -> float:
    """Return the probability of this number and of all beyond it, in the direction of `step` and away from the mode."""
    least, most = _least(trials, whole), _most(trials, whole)
    if not least <= number <= most:
        return 0.0
    lost = whole.trials - whole.successes
    chance = found = exp(log_chance(number, trials, whole))
    while least <= number + step <= most and chance > _NEGLIGIBLE * found:
        low = number if step > 0 else number - 1
        odds = (whole.successes - low) * (trials - low) / ((low + 1) * (lost - trials + low + 1))
        chance *= odds if step > 0 else 1 / odds
        found += chance
        number += step
    return found


def _chances(trials: int, whole: Counts) -> Iterator[tuple[int, float]]:
    """Yield each number of successes that can be drawn with its probability, the least first."""
    for number in range(_least(trials, whole), _most(trials, whole) + 1):
        yield number, exp(log_chance(number, trials, whole))


def _log_ways(of: int, chosen: int) -> float:
    """Return the logarithm of the binomial coefficient."""
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
