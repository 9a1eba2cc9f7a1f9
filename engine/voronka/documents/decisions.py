"""What is decided by a table, a scorecard or a matrix, laid out as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from voronka.definition.bands import Band
from voronka.definition.matrices import CELL, Axis, Matrix
from voronka.definition.scorecards import Factor, Scorecard
from voronka.definition.tables import Condition, DecisionTable, HitPolicy, Input, Output, Row
from voronka.definition.tables.conditions import Span
from voronka.definition.wording import Naming
from voronka.documents.parts import Block, Bullet, Bullets, Code, Grid, Line, Paragraph, Section
from voronka.expressions import Kind, Type, Value
from voronka.messages import Text

__all__ = ["decision_sections"]

_HITS = {
    HitPolicy.UNIQUE: Text("At most one row fits."),
    HitPolicy.ANY: Text("Rows that fit together say the same."),
    HitPolicy.FIRST: Text("The first row that fits counts."),
    HitPolicy.PRIORITY: Text("Of the rows that fit, that of the highest result counts."),
    HitPolicy.RULE_ORDER: Text("All rows that fit count, in this order."),
    HitPolicy.OUTPUT_ORDER: Text("All rows that fit count, by the rank of their results."),
    HitPolicy.COLLECT: Text("All rows that fit count."),
    HitPolicy.SUM: Text("The results of the rows that fit are added up."),
    HitPolicy.MIN: Text("The least result of the rows that fit counts."),
    HitPolicy.MAX: Text("The greatest result of the rows that fit counts."),
    HitPolicy.COUNT: Text("The rows that fit are counted."),
}


def decision_sections(naming: Naming) -> Iterator[Section]:
    """Yield the decision tables, the scorecards and the matrices of the workspace, each kind in a section."""
    workspace = naming.workspace
    for title, sections in (
        (Text("Decision tables"), [_table(each, naming) for each in workspace.tables.values()]),
        (Text("Scorecards"), [_scorecard(each, naming) for each in workspace.scorecards.values()]),
        (Text("Matrices"), [_matrix(each, naming) for each in workspace.matrices.values()]),
    ):
        if sections:
            yield Section(naming.say(title), tuple(sections))


def _named(name: str, naming: Naming) -> Paragraph:
    return Paragraph((naming.say(Text("Name")), ": ", Code(name)))


def _table(table: DecisionTable, naming: Naming) -> Section:
    say = naming.say
    columns = (
        say(Text("Row")),
        *(_asked_of(each, naming) for each in table.inputs),
        *(say(each.label) for each in table.outputs),
    )
    rows = tuple(_row(number, row, table, naming) for number, row in enumerate(table.rows, 1))
    return Section(
        say(table.label), (_named(table.name, naming), Paragraph((say(_HITS[table.hit]),)), Grid(columns, rows))
    )


def _row(number: int, row: Row, table: DecisionTable, naming: Naming) -> tuple[Line, ...]:
    conditions = zip(row.conditions, table.inputs, strict=True)
    results = zip(row.results, table.outputs, strict=True)
    return (
        (str(number),),
        *((_condition(each, asked, naming),) for each, asked in conditions),
        *((_result(each, output, naming),) for each, output in results),
    )


def _asked_of(asked: Input, naming: Naming) -> str:
    return naming.called(asked.text) if naming.known(asked.text) else asked.text


def _condition(of: Condition, asked: Input, naming: Naming) -> str:
    """Return what a cell asks of a value."""
    say = naming.say
    if of.everything:
        return say(Text("any"))
    if of.missing:
        return say(Text("filled in")) if of.negated else say(Text("empty"))
    known = [each for each in asked.type.options if each in of.values]
    values: list[Value] = [*known, *sorted(of.values - frozenset(known), key=str)]
    told = "; ".join(
        [*(_value(each, asked, naming) for each in values), *(_span(each, asked, naming) for each in of.spans)]
    )
    return say(Text("not: {values}", values=told)) if of.negated else told


def _value(value: Value, asked: Input, naming: Naming) -> str:
    if isinstance(value, str) and asked.type.kind in {Kind.CHOICE, Kind.REFERENCE}:
        return naming.option(asked.text, value)
    return naming.value(value, asked.type)


def _span(span: Span, asked: Input, naming: Naming) -> str:
    ends = []
    if span.low is not None:
        least = naming.value(span.low, asked.type)
        ends.append(Text("at least {value}", value=least) if span.from_low else Text("more than {value}", value=least))
    if span.high is not None:
        most = naming.value(span.high, asked.type)
        ends.append(Text("at most {value}", value=most) if span.to_high else Text("less than {value}", value=most))
    return naming.listed(map(naming.say, ends))


def _result(value: Value | None, output: Output, naming: Naming) -> str:
    if value in output.options:
        return naming.say(output.options[str(value)])
    return naming.value(value, output.type)


def _scorecard(card: Scorecard, naming: Naming) -> Section:
    say = naming.say
    columns = (Text("Factor"), Text("Answer"), Text("Weight"), Text("Points"), Text("Question"))
    grid = Grid(tuple(map(say, columns)), tuple(_factor(each, naming) for each in card.factors.values()))
    blocks: list[Block] = [_named(card.name, naming), Paragraph((say(_SCORE),)), grid]
    falling = sorted(card.bands, key=lambda band: band.least, reverse=True)
    blocks.append(Bullets(tuple(Bullet((_band(each, Type(Kind.NUMBER), naming),)) for each in falling)))
    return Section(say(card.label), tuple(blocks))


_SCORE = Text(
    "The score goes from 0 to 100. The points of each factor count by its weight; an answer that is not known counts as"
    " the least."
)


def _band(band: Band, type_: Type, naming: Naming) -> str:
    least = naming.value(band.least, type_)
    return naming.say(Text("{band}: from {value} on", band=naming.say(band.label), value=least))


def _factor(factor: Factor, naming: Naming) -> tuple[Line, ...]:
    known = naming.known(factor.input.text)
    return (
        (naming.say(factor.label), " (", Code(factor.name), ")"),
        (naming.called(factor.input.text),) if known else (Code(factor.input.text),),
        (_number(factor.weight, naming),),
        (_points(factor, naming),),
        ("" if factor.ask is None else naming.say(factor.ask),),
    )


def _points(factor: Factor, naming: Naming) -> str:
    """Return which answer earns how many points."""
    if factor.scale is None:
        ends = {"least": _number(factor.least, naming), "most": _number(factor.most, naming)}
        return naming.say(Text("from {least} to {most}", **ends))
    (output,) = factor.scale.outputs
    return "; ".join(
        f"{_result(row.results[0], output, naming)}: {_condition(row.conditions[0], factor.input, naming)}"
        for row in factor.scale.rows
    )


def _number(number: Fraction, naming: Naming) -> str:
    return naming.value(float(number), Type(Kind.NUMBER))


def _matrix(matrix: Matrix, naming: Naming) -> Section:
    """Return a matrix as it is drawn: the bands of one axis downwards, those of the other across."""
    say = naming.say
    down, across = matrix.axes
    columns = (f"{say(down.label)} / {say(across.label)}", *(say(band.label) for band in _falling(across)))
    rows = tuple(
        ((say(band.label),), *((_cell(matrix, band, beside, naming),) for beside in _falling(across)))
        for band in _falling(down)
    )
    told = [Bullet((_axis(each, naming),)) for each in matrix.axes]
    return Section(say(matrix.label), (_named(matrix.name, naming), Bullets(tuple(told)), Grid(columns, rows)))


def _falling(axis: Axis) -> list[Band]:
    return sorted(axis.bands, key=lambda band: band.least, reverse=True)


def _axis(axis: Axis, naming: Naming) -> str:
    """Return by what an axis goes: the bands of a scorecard, or its own of a value."""
    say = naming.say
    if axis.input is None:
        card = naming.workspace.scorecards[axis.score or ""]
        return say(Text("{axis}: by the scorecard {card}", axis=say(axis.label), card=naming.quoted(card.label)))
    bands = "; ".join(_band(each, axis.input.type, naming) for each in _falling(axis))
    value = _asked_of(axis.input, naming)
    return say(Text("{axis}: by {value} ({bands})", axis=say(axis.label), value=value, bands=bands))


def _cell(matrix: Matrix, band: Band, beside: Band, naming: Naming) -> str:
    """Return what the matrix tells where two bands meet."""
    found = next(
        (
            row
            for row in matrix.table.rows
            if row.conditions[0].holds(band.name) and row.conditions[1].holds(beside.name)
        ),
        None,
    )
    if found is None:
        return ""
    told = []
    for output, value in zip(matrix.table.outputs, found.results, strict=True):
        if output.name == CELL:
            told.append(naming.say(matrix.cells[str(value)]))
        elif value is not None:
            told.append(f"{naming.say(output.label)}: {_result(value, output, naming)}")
    return "; ".join(told)
