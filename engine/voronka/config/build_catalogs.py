"""Catalogues: their items, their axes, and the tariff that prices them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voronka.config.build_decisions import Decisions
from voronka.config.build_tables import read_rows, rows_as_wide
from voronka.config.decision_values import as_input
from voronka.config.names import Declaration, NameKind, refer, twice
from voronka.config.node import Node
from voronka.config.scalars import label, many, one_of, options_of
from voronka.config.table_findings import check_table
from voronka.definition.catalogs import AXES, LINES, PRICED, Catalog
from voronka.definition.tables import DecisionTable, HitPolicy, Input, Output, Row
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.expressions import Kind, Name, Scope, Type
from voronka.messages import Label, Text

__all__ = ["build_catalogs"]

_LINE = BUILT_IN_COLLECTIONS[LINES].fields
_PRICE = Output(name="price", type=Type(Kind.MONEY), label=_LINE["price"].label)


def build_catalogs(
    declared: Mapping[str, Declaration], roles: Iterable[str], decisions: Decisions
) -> dict[str, Catalog]:
    """Return the declared catalogues by name; one whose tariff is wrong is left out and reported."""
    found = {}
    places: dict[str, Node] = {}
    known = list(roles)
    for name, declaration in declared.items():
        root = declaration.value
        for each in _names(root.get("items")):
            before = places.setdefault(each.text, each)
            if before is not each:
                twice(each.text, each.place, before.place, decisions.report)
        by = root.at("own_price", "by")
        holders = [refer(NameKind.ROLE, each, known, decisions.report) for each in many(by)]
        items = options_of(root.get("items"))
        axes = {axis: options_of(root.at("axes", axis)) for axis in AXES if root.at("axes", axis) is not None}
        tariff = _tariff(name, declaration, items, axes, decisions)
        if tariff is not None:
            found[name] = Catalog(
                name=name,
                label=label(root.get("label"), name),
                axes=axes,
                items=items,
                tariff=tariff,
                unit=None if (unit := root.get("unit")) is None else label(unit, name),
                own_price=tuple(each for each in holders if each is not None),
            )
    return found


def _names(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return list(node.elements) or [entry.key for entry in node.items()]


def _tariff(
    name: str,
    declaration: Declaration,
    items: Mapping[str, Label],
    axes: Mapping[str, Mapping[str, Label]],
    decisions: Decisions,
) -> DecisionTable | None:
    node = declaration.value.get("tariff")
    if node is None or not items:
        return None
    scope = Scope(
        {
            "item": Name(Type(Kind.CHOICE, tuple(items)), present=True),
            **{axis: Name(Type(Kind.CHOICE, tuple(options)), present=True) for axis, options in axes.items()},
            "quantity": Name(Type(Kind.NUMBER), present=True, least=0),
        },
        money_digits=decisions.currency.digits,
        subject="line",
    )
    line = Decisions(
        report=decisions.report,
        declared=decisions.declared,
        expressions=decisions.expressions,
        currency=decisions.currency,
        timezone=decisions.timezone,
        fields={"quantity": _LINE["quantity"]},
    )
    line.put_within(scope)
    inputs = [_input(each, axes, line) for each in many(node.get("inputs"))]
    hit = one_of(HitPolicy, node.get("hit")) or HitPolicy.UNIQUE
    written = rows_as_wide(node.get("rows"), len(inputs) + 1, line)
    rows = read_rows(written, [*inputs, _PRICE], line)
    asked = [each for each in inputs if each is not None]
    complete = len(rows) == len(many(node.get("rows")))
    if len(asked) < len(inputs) or not complete or not rows or not _prices(rows, written, line):
        return None
    table = DecisionTable(
        name=name, label=_PRICE.label, hit=hit, inputs=tuple(asked), outputs=(_PRICE,), rows=tuple(rows)
    )
    check_table(table, declaration.name, written, line)
    return table


def _input(node: Node, axes: Mapping[str, object], line: Decisions) -> Input | None:
    if node.text in AXES and node.text not in axes:
        line.report.error(
            "V5915",
            node.place,
            Text("The tariff asks for “{axis}”, which is no axis of the catalogue.", axis=node.text),
            Text("Declare its options under “axes”, or leave it out of “inputs”."),
        )
        return None
    return as_input(node, line) if node.text in PRICED else None  # the schema has refused another


def _prices(rows: Iterable[Row], written: Iterable[Node], line: Decisions) -> bool:
    """Tell whether no price is below zero, reporting those that are."""
    fine = True
    for row, node in zip(rows, written, strict=True):
        price = row.results[0]
        if isinstance(price, int) and price < 0:
            fine = False
            line.report.error(
                "V5916",
                node.elements[-1].place,
                Text("A price below zero: {price}.", price=node.elements[-1].text),
                Text("Write what the client pays; “missing” says that this is not offered."),
            )
    return fine
