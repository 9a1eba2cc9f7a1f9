"""What is wrong with a table as a whole: rows that contradict each other, inputs that no row meets, idle rows."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.tables.table import DecisionTable, HitPolicy
from voronka.expressions import Value
from voronka.frozen import frozen

__all__ = ["Gap", "Overlap", "Unfinished", "find_gap", "idle_rows", "overlaps"]

_MOST_STEPS = 50_000


@frozen(kw_only=False)
class Overlap:
    """Two rows, counted from 0, that both hit for the `example`, a value an input; None is missing."""

    first: int
    second: int
    example: tuple[Value | None, ...]


@frozen(kw_only=False)
class Gap:
    """Known values, one an input, for which no row hits."""

    example: tuple[Value, ...]


@frozen(kw_only=False)
class Unfinished:
    """The search stopped after so many steps: whether there is a gap is not known."""

    steps: int


def overlaps(table: DecisionTable) -> Iterator[Overlap]:
    """Yield the pairs of rows that the hit policy does not let meet: any (`unique`), of other results (`any`).

    One for each second row, the first it meets. It takes time by the square of the rows, never more.
    """
    if table.hit not in {HitPolicy.UNIQUE, HitPolicy.ANY}:
        return
    for second, row in enumerate(table.rows):
        for first in range(second):
            if table.hit is HitPolicy.ANY and table.rows[first].results == row.results:
                continue
            example = _meeting(table, 1 << first | 1 << second)
            if example is not None:
                yield Overlap(first, second, example)
                break


def _meeting(table: DecisionTable, both: int) -> tuple[Value | None, ...] | None:
    example: list[Value | None] = []
    for axis in table.axes:
        found = next((value for value, mask in axis.segments if mask & both == both), None)
        if found is None and axis.missing & both != both:
            return None
        example.append(found)
    return tuple(example)


def find_gap(table: DecisionTable) -> Gap | Unfinished | None:
    """Return known values for which no row hits, if there are any."""
    axes = table.axes
    every = (1 << len(table.rows)) - 1
    # Rows that ask nothing of an input and of those after it: where one is left, there is no gap.
    open_rows = [every] * (len(axes) + 1)
    for place in reversed(range(len(axes))):
        conditions = [table.rows[row].conditions[place] for row in table.order]
        free = sum(1 << bit for bit, condition in enumerate(conditions) if condition.everything)
        open_rows[place] = open_rows[place + 1] & free
    # Segments that meet the same rows are one.
    segments = [list({mask: value for value, mask in reversed(axis.segments)}.items()) for axis in axes]
    if any(not each for each in segments):
        return None
    steps = 0
    pending: list[tuple[int, tuple[Value, ...]]] = [(every, ())]
    while pending:
        steps += 1
        if steps > _MOST_STEPS:
            return Unfinished(_MOST_STEPS)
        mask, values = pending.pop()
        place = len(values)
        if not mask:
            return Gap((*values, *(axis.segments[0][0] for axis in axes[place:])))
        if not mask & open_rows[place]:
            pending += [(mask & each, (*values, value)) for each, value in reversed(segments[place])]
    return None


def idle_rows(table: DecisionTable) -> Iterator[tuple[int, int | None]]:
    """Yield rows that never give a result, each with the row that always comes before it; None: it can never hit.

    Both are counted from 0.
    """
    masks = [[*(mask for _, mask in axis.segments), axis.missing] for axis in table.axes]
    for bit, row in enumerate(table.order):
        if any(not any(mask >> bit & 1 for mask in of_axis) for of_axis in masks):
            yield row, None
        elif table.hit in {HitPolicy.FIRST, HitPolicy.PRIORITY}:
            before = (1 << bit) - 1  # the rows that hit wherever this one does
            for of_axis in masks:
                for mask in of_axis:
                    if mask >> bit & 1:
                        before &= mask
            if before:
                yield row, table.order[(before & -before).bit_length() - 1]
