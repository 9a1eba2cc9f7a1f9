"""Examples of KPIs: small data, as records keep them, and what the KPI is of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from voronka.calendars import day_start
from voronka.config.build_kpi_targets import amount_at
from voronka.config.context import Context
from voronka.config.kpi_scopes import KpiScopes
from voronka.config.node import Node
from voronka.config.scalars import day, many, refuse
from voronka.definition.fields import Field, FieldType
from voronka.definition.kpis import Counted, Example
from voronka.definition.values import ValueFault, read_value
from voronka.expressions import Kind, Name, Value, suggest
from voronka.messages import Label, Text

__all__ = ["Examples"]

_TYPES = {
    Kind.NUMBER: FieldType.NUMBER,
    Kind.INTEGER: FieldType.INTEGER,
    Kind.MONEY: FieldType.MONEY,
    Kind.PERCENT: FieldType.PERCENT,
    Kind.TEXT: FieldType.LONG_TEXT,
    Kind.BOOL: FieldType.BOOL,
    Kind.DATE: FieldType.DATE,
    Kind.DATETIME: FieldType.DATETIME,
    Kind.DURATION: FieldType.DURATION,
    Kind.CHOICES: FieldType.CHOICES,
}
_FOLLOWS = frozenset({"open", "closed", "won", "lost", "days_in_stage", "next_step_at"})
"""What of a deal follows from other values, which an example gives instead."""
_WHEN = frozenset({"at", "due"})
_FACTS = frozenset({Counted.VISITS, Counted.INTERACTIONS, Counted.TASKS, Counted.ORDERS})


class Examples:
    """Builds examples."""

    def __init__(self, context: Context, scopes: KpiScopes) -> None:
        self._context = context
        self._scopes = scopes
        self._names: dict[Counted, Mapping[str, Name]] = {}

    def build(self, node: Node | None) -> tuple[Example, ...]:
        """Return the examples at `node`; one whose data are wrong is left out and reported."""
        found = (self._example(each) for each in many(node))
        return tuple(each for each in found if each is not None)

    def _example(self, node: Node) -> Example | None:
        written, value = node.get("rows"), node.get("value")
        if written is None or value is None or self._context.report.broken(value.place):
            return None
        before = self._context.report.count
        rows = {}
        for entry in written.items():
            if entry.key.text in [each.value for each in Counted]:
                counted = Counted(entry.key.text)
                rows[entry.key.text] = tuple(self._row(row, counted) for row in many(entry.value))
        if self._context.report.count > before:
            return None
        return Example(rows=rows, value=amount_at(value), at=self._moment(node.get("at"), rows.values()))

    def _moment(self, node: Node | None, rows: Iterable[Iterable[Mapping[str, Any]]]) -> int:
        """Return the end of the day at `node`; without one the latest moment of the data."""
        found = day(node, self._context.report) if node is not None else None
        if found is not None:
            return day_start(found + timedelta(days=1), self._context.timezone) - 1
        moments = [row[name] for some in rows for row in some for name in row if name.endswith("_at") or name in _WHEN]
        return max((each for each in moments if isinstance(each, int)), default=0)

    def _row(self, node: Node, counted: Counted) -> dict[str, Any]:
        names = self._known(counted)
        row: dict[str, Any] = {}
        for entry in node.items():
            name = entry.key.text
            if name not in names or _follows(name, names[name]):
                self._unknown(entry.key, counted, names)
                continue
            row[name] = None if entry.value.is_null else self._value(name, names[name], entry.value)
        return row

    def _known(self, counted: Counted) -> Mapping[str, Name]:
        if counted not in self._names:
            scope, collection = self._scopes.row(counted)
            own = scope.names if collection is None else scope.collections[collection]
            names = {name: each for name, each in own.items() if "." not in name and not each.pii}
            number = scope.names["number"] if counted in _FACTS else None
            self._names[counted] = names if number is None else {**names, "deal": number}
        return self._names[counted]

    def _unknown(self, key: Node, counted: Counted, names: Mapping[str, Name]) -> None:
        if self._context.report.broken(key.place) or key.text in self._context.expressions.broken:
            return
        if key.text in _FOLLOWS:
            remedy = Text(
                "It follows from others: write stage, outcome and the moments of the deal, as in: {example}.",
                example="{stage: won, outcome: won, closed_at: 2026-03-02}",
            )
        elif key.text in names:
            remedy = Text("It is computed: write what its formula reads.")
        else:
            remedy = Text("Write the names that expressions about such rows may read.")
        self._context.report.error(
            "V5521",
            key.place,
            Text("A row of {counted} in an example cannot be given “{name}”.", counted=counted.value, name=key.text),
            remedy,
            suggestion=suggest(key.text, [name for name in names if not _follows(name, names[name])]),
        )

    def _value(self, name: str, known: Name, node: Node) -> Value | None:
        kind = known.type.kind
        type_ = _TYPES.get(kind, FieldType.TEXT)
        options = {option: Label.plain(option) for option in known.type.options}
        if kind is Kind.CHOICE and options:
            type_ = FieldType.CHOICE
        field = Field(name=name, type=type_, label=Label.plain(name), options=options)
        text = ", ".join(each.text for each in node.elements) if node.is_sequence else node.text
        try:
            return read_value(field, text, currency=self._context.currency, timezone=self._context.timezone)
        except ValueFault as fault:
            refuse(node, fault, self._context.report)
            return None


def _follows(name: str, known: Name) -> bool:
    """Tell whether a name's value follows from others, so that an example cannot give it."""
    return name in _FOLLOWS or known.formula is not None
