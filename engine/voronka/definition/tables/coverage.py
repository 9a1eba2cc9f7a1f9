"""Which rows hit together: of rows as bits, over segments in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import and_, or_

__all__ = ["always_beside", "rows_in", "sometimes_beside"]


def rows_in(mask: int) -> Iterator[int]:
    """Yield the bits of a mask in their order."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def sometimes_beside(masks: Sequence[int], rows: int) -> list[int]:
    """Return for each row the rows that hit in some of the segments in which it does, 0 for one that hits in none."""
    return _beside(masks, rows, or_, 0)


def always_beside(masks: Sequence[int], rows: int) -> list[int]:
    """Return for each row the rows that hit in all of the segments in which it does; all for one that hits in none."""
    return _beside(masks, rows, and_, (1 << rows) - 1)


def _beside(masks: Sequence[int], rows: int, joined: Callable[[int, int], int], none: int) -> list[int]:
    """Return what the masks of the segments of each row come to.

    The segments in which a row hits are a few runs; a run is two that overlap, as long as a power of two each.
    """
    runs = [list(masks)]
    while (length := 1 << len(runs)) <= len(masks):
        last, half = runs[-1], length // 2
        runs.append([joined(last[start], last[start + half]) for start in range(len(masks) - length + 1)])
    found, starts, before = [none] * rows, [0] * rows, 0
    for end, mask in enumerate((*masks, 0)):
        for row in rows_in(before & ~mask):
            level = (end - starts[row]).bit_length() - 1
            whole = joined(runs[level][starts[row]], runs[level][end - (1 << level)])
            found[row] = joined(found[row], whole)
        for row in rows_in(mask & ~before):
            starts[row] = end
        before = mask
    return found
