"""Scorecards: the scales of their factors, their weights and bands."""

from __future__ import annotations

from fractions import Fraction

from voronka.config.build_decisions import Decisions
from voronka.config.decision_values import as_input, bands, condition
from voronka.config.names import Declaration
from voronka.config.node import Entry, Node
from voronka.config.scalars import label, whole
from voronka.config.table_findings import Layout, check_table
from voronka.definition.amounts import read_decimal
from voronka.definition.bands import Band
from voronka.definition.faults import ValueFault, brief
from voronka.definition.scorecards import OUTPUTS, Factor, Scorecard, score_names
from voronka.definition.tables import DecisionTable, HitPolicy, Input, Output, Row
from voronka.expressions import Kind, Type
from voronka.messages import Label, Text

__all__ = ["build_scorecard"]

_SCORE = Input(text="", type=Type(Kind.NUMBER), least=0.0, most=100.0)
_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})


def build_scorecard(name: str, declaration: Declaration, decisions: Decisions) -> None:
    """Build a scorecard, unless what it is cannot be told."""
    node = declaration.value
    written = list(factors.items()) if (factors := node.get("factors")) is not None else []
    built = [_factor(name, entry, decisions) for entry in written]
    card_bands = bands(node.get("bands"), _SCORE, decisions)
    decisions.expressions.broken |= {
        f"scores.{name}.{each}" for each in (*OUTPUTS, *(entry.key.text for entry in written))
    }
    reaches = _reaches(node.get("bands"), card_bands, decisions)
    known = {each.name: each for each in built if each is not None}
    if len(known) != len(written) or not known or not reaches:
        return
    names = score_names(name, known, card_bands)
    decisions.expressions.broken -= names.keys()
    decisions.add(names)
    made = decisions.expressions_of(f"scores.{name}", OUTPUTS, declaration.name.place)
    if made is None:
        return
    total, band, gaps, ask = made
    decisions.scorecards[name] = Scorecard(
        name=name,
        label=label(node.get("label"), name),
        factors=known,
        bands=card_bands,
        total=total,
        band=band,
        gaps=gaps,
        next=ask,
        **({} if (minutes := whole(node.get("minutes"))) is None else {"minutes": minutes}),
    )


def _reaches(node: Node | None, card_bands: tuple[Band, ...], decisions: Decisions) -> bool:
    """Tell whether every score has a band, reporting what is wrong."""
    if node is None or not card_bands:
        return False
    if any(not 0 <= band.least <= 100 for band in card_bands) or all(band.least != 0 for band in card_bands):  # type: ignore[operator] # numbers
        decisions.report.error(
            "V5904",
            node.place,
            Text("The bands do not go from 0 to 100, as a score does."),
            Text("Let the lowest band begin at 0, and none above 100."),
        )
        return False
    return True


def _factor(card: str, entry: Entry, decisions: Decisions) -> Factor | None:
    name, node = entry.key.text, entry.value
    if name in OUTPUTS:
        decisions.report.error(
            "V3202",
            entry.key.place,
            Text("“{name}” is built in and cannot be declared again.", name=name),
            Text("Use the built-in one, or choose another name."),
        )
        return None
    asked = as_input(node.get("field") or node.get("value"), decisions)
    weight, scale = _number(node.get("weight"), decisions), node.get("scale")
    if asked is None or weight is None or scale is None:
        return None
    if weight <= 0:
        decisions.report.error(
            "V5910",
            node.entries["weight"].value.place,
            Text("A weight of {weight} counts for nothing.", weight=node.entries["weight"].value.text),
            Text("Write a weight above 0, or leave the factor out."),
        )
        return None
    ask = node.get("ask")
    if scale.is_mapping:
        if len(scale.entries) < 2:
            return None  # the schema has refused it
        table = _scale(f"scores.{card}.{name}", entry.key, scale, asked, decisions)
        if table is None:
            return None
        points = [Fraction(str(row.results[0])) for row in table.rows]
    else:
        table, points = None, _ends(scale, asked, decisions)
        if not points:
            return None
    if not points or min(points) == max(points):
        decisions.report.error(
            "V5910",
            scale.place,
            Text("The scale of {factor} has no two different points.", factor=name),
            Text("Write what earns fewer points, and what earns more."),
        )
        return None
    return Factor(
        name=name,
        label=label(node.get("label"), name),
        input=asked,
        weight=weight,
        least=min(points),
        most=max(points),
        scale=table,
        ask=label(ask, name) if ask is not None else None,
    )


def _scale(name: str, key: Node, node: Node, asked: Input, decisions: Decisions) -> DecisionTable | None:
    """Return the table of points: what an answer earns."""
    steps = [(points, entry) for entry in node.items() if (points := _points(entry, decisions)) is not None]
    cells = [condition(entry.value, asked, decisions) for _, entry in steps]
    if len(steps) != len(list(node.items())) or None in cells:
        return None
    whole = all(points.denominator == 1 for points, _ in steps)
    table = DecisionTable(
        name=name,
        label=Label.plain(name),
        hit=HitPolicy.UNIQUE,
        inputs=(asked,),
        outputs=(
            Output(name="points", type=Type(Kind.INTEGER if whole else Kind.NUMBER), label=Label.plain("points")),
        ),
        rows=tuple(
            Row(conditions=(cell,), results=(int(points) if whole else float(points),))
            for (points, _), cell in zip(steps, cells, strict=True)
            if cell is not None
        ),
    )
    check_table(table, key, [entry.value for _, entry in steps], decisions, Layout.POINTS)
    return table


def _points(entry: Entry, decisions: Decisions) -> Fraction | None:
    """Return the points that an answer earns; those that stand behind it are told of as such."""
    key, value = entry.key, entry.value
    if _is_number(key) or not _is_number(value):
        return _number(key, decisions)
    decisions.report.error(
        "V3901",
        key.place,
        Text("“{text}” is not a number of points: these stand first, and the answer after them.", text=brief(key.text)),
        Text("Write {points}: {answer}.", points=value.text, answer=key.text),
    )
    return None


def _is_number(node: Node) -> bool:
    try:
        return node.is_scalar and read_decimal(node.text).is_finite()
    except ValueFault:
        return False


def _ends(node: Node, asked: Input, decisions: Decisions) -> list[Fraction]:
    """Return the ends of a scale such as ``0..3``, whose points are the answer itself."""
    first, dots, last = node.text.partition("..")
    if dots and asked.type.kind in _NUMBERS:
        try:
            least, most = Fraction(read_decimal(first.strip())), Fraction(read_decimal(last.strip()))
        except ValueFault:
            pass
        else:
            if least > most:
                decisions.report.error(
                    "V5910",
                    node.place,
                    Text("The scale “{text}” goes from more to less.", text=node.text),
                    Text(
                        "Write {last}..{first}; where the smaller answer is better, “value: {most} - {field}”.",
                        first=first.strip(),
                        last=last.strip(),
                        most=first.strip(),
                        field=asked.text,
                    ),
                )
                return []
            return [least, most]
    decisions.report.error(
        "V5910",
        node.place,
        Text("“{text}” is no scale of this answer.", text=node.text),
        Text("Write what earns how many points, as {{0: unknown, 3: approved}}; for an answer in numbers also 0..3."),
    )
    return []


def _number(node: Node | None, decisions: Decisions) -> Fraction | None:
    if node is None:
        return None
    try:
        return Fraction(read_decimal(node.text))
    except ValueFault as fault:
        decisions.report.error("V3901", node.place, fault.reason, fault.remedy)
        return None
