"""What generated code does with the rows of a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

from voronka.expressions.environment import Env, RowsNotLoaded
from voronka.expressions.values import Value

__all__ = ["mean", "rows", "total"]


def rows(env: Env, collection: str) -> Sequence[Mapping[str, Value | None]]:
    """Return the rows of a collection; `RowsNotLoaded` where the environment does not hold them."""
    try:
        return env.rows[collection]
    except KeyError:
        raise RowsNotLoaded(collection) from None


def total(values: Sequence[float]) -> float | None:
    """Return the sum, the same in any order; None beyond the doubles."""
    try:
        return fsum(values)
    except OverflowError:  # of a part; the whole may still be a double
        from fractions import Fraction

    try:
        return float(sum(map(Fraction, values)))
    except OverflowError:
        return None


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of nothing."""
    found = total(values)
    return found / len(values) if values and found is not None else None
