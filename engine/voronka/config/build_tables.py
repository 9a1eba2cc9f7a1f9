"""Decision tables: their columns, their cells, and what is wrong with them as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voronka.config.build_decisions import Decisions
from voronka.config.decision_values import as_input, condition, outputs, result
from voronka.config.names import Declaration
from voronka.config.node import Node
from voronka.config.scalars import label, one_of
from voronka.config.table_findings import check_table
from voronka.definition.tables import DecisionTable, HitPolicy, Input, Output, Row
from voronka.expressions import Kind
from voronka.messages import Text

__all__ = ["build_table", "read_rows", "rows_as_wide"]

_TEXTS = frozenset({Kind.TEXT, Kind.CHOICE})
_NUMBERS = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.MONEY, Kind.PERCENT})


def build_table(name: str, declaration: Declaration, decisions: Decisions) -> None:
    """Build a table, unless what it is cannot be told."""
    node = declaration.value
    asked = node.get("inputs")
    hit = one_of(HitPolicy, node.get("hit")) or HitPolicy.UNIQUE
    inputs = [as_input(each, decisions) for each in (asked.elements if asked is not None else ())]
    named = node.get("outputs")
    names = [] if named is None else [each.text for each in named.elements] or list(named.entries)
    written_rows = rows_as_wide(node.get("rows"), len(inputs) + len(names), decisions)
    columns = {each: [row.elements[len(inputs) + place] for row in written_rows] for place, each in enumerate(names)}
    typed = outputs(named, columns, decisions, ranked=hit.ranked)
    given = tuple(each for each in typed if each is not None)
    known = [each for each in inputs if each is not None]
    rows = read_rows(written_rows, [*inputs, *typed], decisions)
    fits = _fits(hit, given, named, decisions)
    decisions.expressions.broken |= {f"tables.{name}.{output}" for output in (*names, "row")}
    if (
        not given
        or len(given) != len(names)
        or len(known) != len(inputs)
        or len(rows) != len(_all(node.get("rows")))
        or not rows
        or not fits
    ):
        return
    table = DecisionTable(
        name=name,
        label=label(node.get("label"), name),
        hit=hit,
        inputs=tuple(known),
        outputs=given,
        rows=tuple(rows),
    )
    check_table(table, declaration.name, written_rows, decisions)
    decisions.tables[name] = table
    decisions.expressions.broken -= table.names().keys()
    decisions.add(table.names())


def _all(node: Node | None) -> tuple[Node, ...]:
    return node.elements if node is not None else ()


def read_rows(written: Iterable[Node], columns: Sequence[Input | Output | None], decisions: Decisions) -> list[Row]:
    """Return what the rows ask and give, but for those with a wrong condition; a column that is None is not read."""
    rows = []
    for row in written:
        cells = list(zip(row.elements, columns, strict=False))
        conditions = [condition(cell, of, decisions) for cell, of in cells if isinstance(of, Input)]
        results = [result(cell, of, decisions) for cell, of in cells if isinstance(of, Output)]
        if None not in conditions:
            rows.append(Row(conditions=tuple(each for each in conditions if each), results=tuple(results)))
    return rows


def rows_as_wide(node: Node | None, width: int, decisions: Decisions) -> list[Node]:
    """Return the rows that have as many cells as the table has columns."""
    found = []
    for row in _all(node):
        if not row.is_sequence:
            continue  # the schema has refused it
        if len(row.elements) == width:
            found.append(row)
            continue
        decisions.report.error(
            "V5905",
            row.place,
            Text(
                "Cells in this row: {cells}; columns in the table: {columns}.", cells=len(row.elements), columns=width
            ),
            Text("Write a condition for each input, then a result for each output; “any” asks nothing."),
        )
    return found


def _fits(hit: HitPolicy, given: tuple[Output, ...], named: Node | None, decisions: Decisions) -> bool:
    """Tell whether what the outputs give can be put together as the hit policy says."""
    allowed = _TEXTS if hit.listed else _NUMBERS if hit is HitPolicy.SUM else None
    if hit in {HitPolicy.MIN, HitPolicy.MAX}:
        allowed = _NUMBERS | {Kind.DATE}
    wrong = next((each for each in given if allowed is not None and each.type.kind not in allowed), None)
    row = next((each for each in given if each.name == "row"), None)
    if wrong is not None and named is not None:
        decisions.report.error(
            "V5903",
            named.place,
            Text("“{hit}” cannot put together values of the output {name}.", hit=hit.value, name=wrong.name),
            Text("A list is made of texts or choices; a sum, a least and a greatest of numbers."),
        )
    if row is not None and named is not None:
        decisions.report.error(
            "V3202",
            named.place,
            Text("“{name}” is built in and cannot be declared again.", name="row"),
            Text("Use the built-in one, or choose another name."),
        )
    return wrong is None and row is None
