"""Matrices: their axes, and the cells as rows of a table over the bands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from voronka.config.build_decisions import Decisions
from voronka.config.decision_values import as_input, bands, condition, outputs, result, seen, written
from voronka.config.names import Declaration, NameKind, refer
from voronka.config.node import Entry, Node
from voronka.config.scalars import label
from voronka.config.table_findings import Layout, check_table
from voronka.definition.bands import Band
from voronka.definition.matrices import CELL, Axis, Matrix, matrix_names
from voronka.definition.tables import ANY, DecisionTable, HitPolicy, Input, Output, Row
from voronka.expressions import Kind, Type, suggest
from voronka.messages import Text

__all__ = ["build_matrix"]

_NUMBERS = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.MONEY, Kind.PERCENT})


def build_matrix(name: str, declaration: Declaration, decisions: Decisions) -> None:
    """Build a matrix, unless what it is cannot be told."""
    node = declaration.value
    axes = [_axis(entry, decisions) for entry in _entries(node.get("axes"))]
    first, second = (*axes, None, None)[:2]
    cells = _entries(node.get("cells"))
    _check_values(cells, decisions)
    values = list(dict.fromkeys(each.key.text for cell in cells for each in _entries(cell.value.get("values"))))
    decisions.expressions.broken |= {f"matrices.{name}.{each}" for each in (CELL, *values, *_keys(node.get("axes")))}
    if first is None or second is None or len(axes) != 2:
        return
    inputs = tuple(
        Input(text=f"matrices.{name}.{axis.name}", type=Type(Kind.CHOICE, tuple(band.name for band in axis.bands)))
        for axis in (first, second)
    )
    labels = {cell.key.text: label(cell.value.get("label"), cell.key.text) for cell in cells}
    columns = {
        each: [found for cell in cells if (found := cell.value.at("values", each)) is not None] for each in values
    }
    declared = node.get("outputs")
    typed = [*outputs(declared, columns, decisions)]
    told = {each.name for each in typed if each is not None}
    if None not in typed:
        typed += [seen(each, columns[each], decisions) for each in values if each not in told]
    given = tuple(each for each in typed if each is not None)
    if len(given) != len(typed):
        return
    cell_output = Output(name=CELL, type=Type(Kind.CHOICE, tuple(labels)), label=label(None, CELL), options=labels)
    taken = {CELL, first.name, second.name} & {each.name for each in given}
    if taken:
        decisions.report.error(
            "V3202",
            declaration.name.place,
            Text("“{name}” is built in and cannot be declared again.", name=min(taken)),
            Text("Use the built-in one, or choose another name."),
        )
        return
    rows = [_row(cell, (first, second), inputs, given, decisions) for cell in cells]
    if any(row is None for row in rows):
        return
    table = DecisionTable(
        name=name,
        label=label(node.get("label"), name),
        hit=HitPolicy.UNIQUE,
        inputs=inputs,
        outputs=(cell_output, *given),
        rows=tuple(row for row in rows if row is not None),
    )
    axes_named = tuple(replace(asked, text=axis.name) for axis, asked in zip((first, second), inputs, strict=True))
    keys = [cell.key for cell in cells]
    check_table(replace(table, inputs=axes_named), declaration.name, keys, decisions, Layout.CELLS)
    names = matrix_names(table, (first, second))
    decisions.expressions.broken -= names.keys()
    decisions.add(names)
    made = decisions.expressions_of(f"matrices.{name}", (CELL, first.name, second.name), declaration.name.place)
    if made is None:
        return
    decisions.matrices[name] = Matrix(
        name=name,
        label=table.label,
        axes=(first, second),
        cells=labels,
        table=table,
        cell=made[0],
        bands=tuple(made[1:]),
    )


def _entries(node: Node | None) -> list[Entry]:
    return list(node.items()) if node is not None else []


def _keys(node: Node | None) -> list[str]:
    return [entry.key.text for entry in _entries(node)]


def _axis(entry: Entry, decisions: Decisions) -> Axis | None:
    node, name = entry.value, entry.key.text
    shown = label(node.get("label"), name)
    if node.get("score") is not None:
        score = refer(
            NameKind.SCORECARD, node.get("score"), decisions.declared.of(NameKind.SCORECARD), decisions.report
        )
        card = decisions.scorecards.get(score or "")
        return None if card is None else Axis(name=name, label=shown, bands=card.bands, score=card.name)
    asked = as_input(node.get("value"), decisions)
    if asked is None:
        return None
    found = bands(node.get("bands"), asked, decisions)
    if not found:
        return None
    _check_lowest(found, asked, node, decisions)
    return Axis(name=name, label=shown, bands=found, input=asked)


def _check_lowest(found: tuple[Band, ...], asked: Input, node: Node, decisions: Decisions) -> None:
    """Report an axis whose lowest band leaves values out. Of a number without a least value those below 0 may be."""
    if asked.type.kind not in _NUMBERS or not found:
        return
    lowest = min(found, key=lambda band: band.least)
    start = 0 if asked.least is None else asked.least
    if lowest.least > start:  # type: ignore[operator] # numbers
        decisions.report.warning(
            "V5908",
            node.entries["bands"].key.place,
            Text(
                "{example} lies below the lowest band, {band}.",
                example=written([start], [asked], decisions),
                band=lowest.name,
            ),
            Text("Let the lowest band begin there, or add one below it. Without a band there is no cell."),
        )


def _check_values(cells: list[Entry], decisions: Decisions) -> None:
    """Report a cell that lacks a value that another one has: it is misspelt, or forgotten."""
    of_cells = [_keys(cell.value.get("values")) for cell in cells]
    counts = Counter(name for names in of_cells for name in names)
    every = list(counts)
    slips: dict[str, str] = {}
    for names in of_cells:
        for name in (each for each in names if counts[each] == 1):
            known = [
                each
                for each in every
                if each not in names and (counts[each] > 1 or every.index(each) < every.index(name))
            ]
            if meant := suggest(name, known):
                slips[name] = meant
    for cell, names in zip(cells, of_cells, strict=True):
        for name in every:
            if name in names and name in slips:
                decisions.report.warning(
                    "V5912",
                    cell.value.entries["values"].value.entries[name].key.place,
                    Text("Only this cell has a value {name}.", name=name),
                    Text("Did you mean {meant}?", meant=slips[name]),
                    suggestion=slips[name],
                )
            elif name not in names and name not in slips and name not in (slips.get(each) for each in names):
                decisions.report.warning(
                    "V5912",
                    cell.key.place,
                    Text("The cell {cell} has no value {name}, which other cells have.", cell=cell.key.text, name=name),
                    Text("Write it, or “missing” where there is none."),
                )


def _row(
    cell: Entry, axes: tuple[Axis, Axis], inputs: tuple[Input, ...], given: tuple[Output, ...], decisions: Decisions
) -> Row | None:
    at, values = cell.value.get("at"), cell.value.get("values")
    for key in _entries(at):
        refer(NameKind.AXIS, key.key, [axis.name for axis in axes], decisions.report)
    conditions = []
    for axis, asked in zip(axes, inputs, strict=True):
        written = at.get(axis.name) if at is not None else None
        conditions.append(ANY if written is None else condition(written, asked, decisions))
    results = [
        None if values is None or (node := values.get(output.name)) is None else result(node, output, decisions)
        for output in given
    ]
    if None in conditions:
        return None
    return Row(conditions=tuple(each for each in conditions if each), results=(cell.key.text, *results))
