"""Matrices: two axes with bands, and what each cell means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voronka.definition.bands import Band, band_table
from voronka.definition.tables import DecisionTable, Input
from voronka.expressions import Expression, Name
from voronka.expressions.decision import Deciding
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["CELL", "Axis", "Matrix", "matrix_names"]

CELL = "cell"
"""The output of a matrix that names the cell."""


@frozen
class Axis:
    """One of the two axes. `score`: the scorecard whose bands it has; None: the bands are its own, of `input`."""

    name: str
    label: Label
    bands: tuple[Band, ...]
    score: str | None = None
    input: Input | None = None


@frozen
class Matrix:
    """A matrix: its cells are the rows of a table over the bands of its axes. `cells`: their labels by name.

    `cell` and `bands` are what expressions read as ``matrices.NAME.cell`` and, for each axis, ``matrices.NAME.AXIS``.
    """

    name: str
    label: Label
    axes: tuple[Axis, Axis]
    cells: Mapping[str, Label]
    table: DecisionTable
    cell: Expression
    bands: tuple[Expression, ...]

    @property
    def reads(self) -> frozenset[str]:
        """The names and collections on which the cell rests."""
        return self.cell.reads.names | self.cell.reads.collections | self.cell.reads.columns


def matrix_names(table: DecisionTable, axes: Sequence[Axis]) -> dict[str, Name]:
    """Return what expressions read of a matrix, by full name: its outputs, and the band on each axis."""
    head = f"matrices.{table.name}"
    found = {}
    for axis, asked in zip(axes, table.inputs, strict=True):
        name = f"{head}.{axis.name}"
        if axis.input is None:
            found[name] = Name(asked.type, formula=f"scores.{axis.score}.band")
        else:
            bands = band_table(name, axis.input, axis.bands)
            decision = bands.decision(bands.outputs[0], name)
            found[name] = Name(asked.type, deciding=Deciding(inputs=(axis.input.text,), decision=decision))
    inputs = tuple(asked.text for asked in table.inputs)
    for output in table.outputs:
        decision = table.decision(output, f"{head}.{output.name}")
        found[f"{head}.{output.name}"] = Name(output.type, deciding=Deciding(inputs=inputs, decision=decision))
    return found
