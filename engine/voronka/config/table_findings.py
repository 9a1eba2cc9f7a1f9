"""What is wrong with a table as a whole, told in the words of what the table is written as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from voronka.config.build_decisions import Decisions
from voronka.config.decision_values import written
from voronka.config.node import Node
from voronka.definition.tables import DecisionTable, Gap, HitPolicy, Overlap, find_gap, idle_rows, overlaps
from voronka.expressions import Kind
from voronka.messages import Text

__all__ = ["Layout", "check_table"]

_MOST_TOLD = 10
_MOST_NAMED = 5
_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.PERCENT})


class Layout(Enum):
    """As what a table is written: rows, cells of a matrix, points of a scale."""

    ROWS = auto()
    CELLS = auto()
    POINTS = auto()


def check_table(
    table: DecisionTable, name: Node, rows: Sequence[Node], decisions: Decisions, layout: Layout = Layout.ROWS
) -> None:
    """Report rows that contradict each other, rows that never give a result, and values that meet no row.

    `rows`: where each is written. A missing value that meets no row is told of rows alone: in a matrix or on a scale
    it has a meaning of its own.
    """
    report = decisions.report
    contradictions = list(overlaps(table))
    for overlap in contradictions[:_MOST_TOLD]:
        example = written(overlap.example, table.inputs, decisions)
        reason, remedy = _contradiction(table, overlap, example, layout)
        report.error("V5906", rows[overlap.second].place, reason, remedy, related=rows[overlap.first].place)
    if (more := len(contradictions) - _MOST_TOLD) > 0:
        report.error(
            "V5906",
            name.place,
            Text("Of this table {count} further pairs hit together.", count=more),
            Text("Correct those that are told first; the others are told then."),
        )
    for row, before in idle_rows(table):
        reason, remedy = _idle(table, row, before, layout)
        report.warning("V5907", rows[row].place, reason, remedy)
    if not table.hit.single:
        return
    asked_of = _from_zero(table) if layout is Layout.POINTS else table
    gap = find_gap(asked_of) or (
        find_gap(table, missing=True) if layout is Layout.ROWS and not contradictions else None
    )
    if isinstance(gap, Gap):
        reason, remedy = _gap(written(gap.example, table.inputs, decisions), layout, missing=None in gap.example)
        report.warning("V5908", name.place, reason, remedy)
    elif gap is not None:
        report.warning(
            "V5909",
            name.place,
            Text("Whether every value meets a row was not found out in {steps} steps.", steps=gap.steps),
            Text("Add a last row of “any” with “hit: first”, or split the table."),
        )


def _from_zero(table: DecisionTable) -> DecisionTable:
    """Return a scale without the numbers below 0 of which it says nothing: whoever begins at 0 expects none."""
    (asked,), (axis,) = table.inputs, table.axes
    below = [mask for value, mask in axis.segments if isinstance(value, (int, float)) and value < 0]
    if asked.type.kind not in _NUMBERS or asked.least is not None or any(below):
        return table
    return replace(table, inputs=(replace(asked, least=0),))


def _contradiction(table: DecisionTable, overlap: Overlap, example: str, layout: Layout) -> tuple[Text, Text]:
    first, second = overlap.first + 1, overlap.second + 1
    results = [table.rows[row].results[0] for row in (overlap.first, overlap.second)]
    if layout is Layout.CELLS:
        return (
            Text(
                "The cells {first} and {second} both lie at {example}.",
                first=results[0],
                second=results[1],
                example=example,
            ),
            Text("Narrow “at” of one of them: at each place lies one cell."),
        )
    if layout is Layout.POINTS:
        return (
            Text(
                "{example} earns both {first} and {second} points.",
                first=results[0],
                second=results[1],
                example=example,
            ),
            Text("Let each answer earn points once."),
        )
    if table.hit is HitPolicy.ANY:
        return (
            Text(
                "Rows {first} and {second} both hit and disagree: {example}.",
                first=first,
                second=second,
                example=example,
            ),
            Text("Give both the same results, narrow one of them, or let the order decide with “hit: first”."),
        )
    return (
        Text("Rows {first} and {second} both hit: {example}.", first=first, second=second, example=example),
        Text("Narrow one of them, or let the order decide with “hit: first”."),
    )


def _idle(table: DecisionTable, row: int, before: Sequence[int], layout: Layout) -> tuple[Text, Text]:
    result = table.rows[row].results[0]
    if layout is Layout.CELLS:
        return Text("The cell {cell} lies nowhere.", cell=result), Text("Remove the cell, or correct its “at”.")
    if layout is Layout.POINTS:
        return Text("No answer earns {points} points.", points=result), Text("Remove them, or correct the answer.")
    reason = Text("Row {row} can never hit.", row=row + 1)
    if len(before) == 1:
        reason = Text(
            "Row {row} gives nothing: row {before} comes before it wherever it hits.", row=row + 1, before=before[0] + 1
        )
    elif len(before) > _MOST_NAMED:
        reason = Text("Row {row} gives nothing: the rows before it leave nothing for it.", row=row + 1)
    elif before:
        reason = Text(
            "Row {row} gives nothing: rows {before} together come before it wherever it hits.",
            row=row + 1,
            before=", ".join(str(each + 1) for each in before),
        )
    return reason, Text("Remove the row, or correct its conditions.")


def _gap(example: str, layout: Layout, *, missing: bool) -> tuple[Text, Text]:
    if layout is Layout.CELLS:
        return (
            Text("No cell lies at {example}.", example=example),
            Text("Add a cell for it; an axis that “at” leaves out is taken whole. Without one the cell is missing."),
        )
    if layout is Layout.POINTS:
        return (
            Text("{example} earns no points.", example=example),
            Text("Write how many it earns. Without them it counts as an answer that is missing."),
        )
    reason = Text("No row hits {example}.", example=example)
    if missing:
        return reason, Text("Add a row with “missing” or “any” for it. Without one the result is missing, too.")
    return reason, Text("Add a row for it; a last row of “any” takes what is left. Without one the result is missing.")
