"""What is wrong with a table as a whole: rows that contradict each other, inputs that no row meets, idle rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import and_, or_

from voronka.definition.tables.coverage import always_beside
from voronka.definition.tables.grid import Axis
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
    """Values, one an input, for which no row hits; None is missing."""

    example: tuple[Value | None, ...]


@frozen(kw_only=False)
class Unfinished:
    """The search stopped after so many steps: whether there is a gap is not known."""

    steps: int


def overlaps(table: DecisionTable) -> Iterator[Overlap]:
    """Yield the pairs of rows that the hit policy does not let meet: any (`unique`), of other results (`any`).

    One for each second row, the first it meets.
    """
    if table.hit not in {HitPolicy.UNIQUE, HitPolicy.ANY}:
        return
    alike: dict[tuple[Value | None, ...], int] = {}
    if table.hit is HitPolicy.ANY:
        for row, each in enumerate(table.rows):
            alike[each.results] = alike.get(each.results, 0) | 1 << row
    for second, beside in enumerate(table.meeting([_within(axis) for axis in table.axes])):
        against = beside & ((1 << second) - 1) & ~alike.get(table.rows[second].results, 0)
        if against:
            first = (against & -against).bit_length() - 1
            yield Overlap(first, second, _example(table, 1 << first | 1 << second))


def _within(axis: Axis) -> list[int]:
    """Return the masks of the values that an input may have, a missing one among them."""
    return [*(mask for _, mask in axis.segments), axis.missing]


def _example(table: DecisionTable, both: int) -> tuple[Value | None, ...]:
    return tuple(next((value for value, mask in axis.segments if mask & both == both), None) for axis in table.axes)


def find_gap(table: DecisionTable, *, missing: bool = False) -> Gap | Unfinished | None:
    """Return known values for which no row hits, if there are any. `missing`: with missing ones, where there may be."""
    axes = table.axes
    every = (1 << len(table.rows)) - 1
    # Rows that ask nothing of an input and of those after it: where one is left, there is no gap.
    open_rows = [every] * (len(axes) + 1)
    for place in reversed(range(len(axes))):
        conditions = [table.rows[row].conditions[place] for row in table.order]
        free = sum(1 << bit for bit, condition in enumerate(conditions) if condition.everything)
        open_rows[place] = open_rows[place + 1] & free
    # Segments that meet the same rows are one.
    segments: list[list[tuple[int, Value | None]]] = [
        [*{mask: value for value, mask in reversed(axis.segments)}.items()] for axis in axes
    ]
    for asked, axis, of_axis in zip(table.inputs, axes, segments, strict=True):
        if missing and not asked.present:
            of_axis.append((axis.missing, None))
    if any(not each for each in segments):
        return None
    steps = 0
    pending: list[tuple[int, tuple[Value | None, ...]]] = [(every, ())]
    while pending:
        steps += 1
        if steps > _MOST_STEPS:
            return Unfinished(_MOST_STEPS)
        mask, values = pending.pop()
        place = len(values)
        if not mask:
            return Gap((*values, *(of_axis[0][1] for of_axis in segments[place:])))
        if not mask & open_rows[place]:
            pending += [(mask & each, (*values, value)) for each, value in reversed(segments[place])]
    return None


def idle_rows(table: DecisionTable) -> Iterator[tuple[int, int | None]]:
    """Yield rows that never give a result, each with the row that always comes before it; None: it can never hit.

    Both are counted from 0.
    """
    count = len(table.rows)
    masks = [_within(axis) for axis in table.axes]
    hitting = reduce(and_, (reduce(or_, each) for each in masks), (1 << count) - 1)
    before = [(1 << bit) - 1 for bit in range(count)]  # the rows that hit wherever this one does
    for each in masks:
        before = [one & other for one, other in zip(before, always_beside(each, count), strict=True)]
    ordered = table.hit in {HitPolicy.FIRST, HitPolicy.PRIORITY}
    for bit, row in enumerate(table.order):
        if not hitting >> bit & 1:
            yield row, None
        elif ordered and before[bit]:
            yield row, table.order[(before[bit] & -before[bit]).bit_length() - 1]
