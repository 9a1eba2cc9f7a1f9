"""What each factor of a product contributed to its change."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import factorial, isclose, log, prod

__all__ = ["MOST_FACTORS", "lmdi", "shapley"]

MOST_FACTORS = 12
"""Shapley values look at every set of factors."""


def lmdi(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float] | None:
    """Return the contributions by the logarithmic mean Divisia index; they add up to the change of the product.

    Source: B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide", Energy Policy 33 (2005). A
    factor that comes from 0 or falls to it alone has the whole change: the limit of the index (B. W. Ang, N. Liu,
    "Handling zero values in the logarithmic mean Divisia index decomposition approach", Energy Policy 35 (2007)).
    None where several do, and where a factor is negative: logarithms say nothing then; `shapley` does.
    """
    values = (*before.values(), *after.values())
    none = [name for name in before if 0 in (before[name], after[name])]
    if any(value < 0 for value in values) or len(none) > 1:
        return None
    if none:
        return dict.fromkeys(before, 0.0) | {none[0]: prod(after.values()) - prod(before.values())}
    first, last = prod(before.values()), prod(after.values())
    weight = first if isclose(first, last, rel_tol=1e-12) else (last - first) / (log(last) - log(first))
    return {name: weight * (log(after[name]) - log(before[name])) for name in before}


def shapley(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return the contributions as Shapley values: the mean over all orders in which the factors may have changed.

    They add up to the change of the product, and any values are allowed. Source: L. S. Shapley, "A value for n-person
    games" (1953). Raises `ValueError` for more than `MOST_FACTORS` factors.
    """
    names, n = list(before), len(before)
    if n > MOST_FACTORS:
        raise ValueError(f"{n} factors are more than {MOST_FACTORS}")
    found = dict.fromkeys(names, 0.0)
    for size in range(n):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for changed in combinations(names, size):
            rest = [name for name in names if name not in changed]
            ahead = prod(after[name] for name in changed)
            for name in rest:
                behind = prod(before[other] for other in rest if other != name)
                found[name] += weight * ahead * behind * (after[name] - before[name])
    return found
