"""Functions that are constant between thresholds (offsets of a zone, days off of a calendar) as cases."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Any

from sqlalchemy import ColumnElement

from voronka.sql.backend import BIGINT
from voronka.sql.element import Sql

__all__ = ["stepwise"]


def stepwise(place: ColumnElement[Any], first: str, steps: Sequence[tuple[int, str]]) -> ColumnElement[Any]:
    """Return `first` below the first threshold, and from each threshold on what stands with it.

    `place` is a name, cheap to repeat; what stands with a threshold is a template of which ``{0}`` is the place.
    """
    results = [first, *(result for _, result in steps)]
    starts = [start for start, _ in steps]
    # Two levels of some √n each: a balanced tree would be deeper than the parser of SQLite goes.
    size = max(isqrt(len(steps)), 1)

    def within(low: int, high: int) -> str:
        whens = "".join(f" WHEN {{0}} < {starts[n]} THEN {results[n]}" for n in range(low, high))
        return f"CASE{whens} ELSE {results[high]} END" if whens else results[high]

    blocks = [(low, min(low + size, len(steps))) for low in range(0, len(steps) + 1, size + 1)]
    whens = "".join(f" WHEN {{0}} < {starts[high]} THEN {within(low, high)}" for low, high in blocks[:-1])
    last = within(*blocks[-1])
    return Sql(BIGINT, f"(CASE{whens} ELSE {last} END)" if whens else f"({last})", place)
