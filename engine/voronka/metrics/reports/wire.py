"""Documents as JSON: as answers carry them and as reviews are kept, with their sentences in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voronka.messages import Label, Sentence, Text, words
from voronka.metrics.reports.document import (
    Badge,
    Cell,
    Column,
    Document,
    Light,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)

__all__ = ["FORM", "document_of", "to_json"]

FORM = 1
"""The version of the form, so that a document kept long ago can be told from one of today."""


def to_json(document: Document) -> dict[str, Any]:
    """Return a document as JSON, which `document_of` reads again."""
    badge = document.badge
    return {
        "form": FORM,
        "report": document.name,
        "title": words(document.title),
        "of": _maybe(document.of),
        "period": list(document.period),
        "definition": words(document.definition),
        "badge": {
            "n": badge.n,
            "coverage": badge.coverage,
            "fresh_at": badge.fresh_at,
            "release": badge.release,
        },
        "basis": [words(each) for each in document.basis],
        "said": [words(each) for each in document.said],
        "pictures": [_picture(each) for each in document.pictures],
        "tables": [_table(each) for each in document.tables],
        "currency": document.currency,
        "digits": document.digits,
        "timezone": document.timezone,
    }


def document_of(data: Mapping[str, Any]) -> Document:
    """Return the document that `to_json` took apart."""
    badge = data["badge"]
    start, end = data["period"]
    return Document(
        name=data["report"],
        title=Label(data["title"]),
        of=_label(data["of"]),
        period=(start, end),
        definition=Label(data["definition"]),
        badge=Badge(n=badge["n"], coverage=badge["coverage"], fresh_at=badge["fresh_at"], release=badge["release"]),
        basis=_labels(data["basis"]),
        said=_labels(data["said"]),
        pictures=tuple(map(_picture_of, data["pictures"])),
        tables=tuple(map(_table_of, data["tables"])),
        currency=data["currency"],
        digits=data["digits"],
        timezone=data["timezone"],
    )


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "name": picture.name,
        "title": words(picture.title),
        "form": picture.form.value,
        "unit": picture.unit.value,
        "categories": [words(each) for each in picture.categories],
        "series": [
            {
                "label": words(each.label),
                "values": list(each.values),
                "spans": [None if span is None else list(span) for span in each.spans],
            }
            for each in picture.series
        ],
        "target": picture.target,
    }


def _picture_of(data: Mapping[str, Any]) -> Picture:
    return Picture(
        name=data["name"],
        title=Label(data["title"]),
        form=PictureForm(data["form"]),
        unit=Unit(data["unit"]),
        categories=_labels(data["categories"]),
        series=tuple(
            Series(label=Label(each["label"]), values=tuple(each["values"]), spans=tuple(map(_span, each["spans"])))
            for each in data["series"]
        ),
        target=data["target"],
    )


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": words(table.title),
        "note": _maybe(table.note),
        "total": table.total,
        "columns": [
            {
                "name": each.name,
                "label": words(each.label),
                "unit": each.unit.value,
                "interval": each.interval,
                "definition": _maybe(each.definition),
            }
            for each in table.columns
        ],
        "rows": [
            {
                "cells": {column.name: _cell(cell) for column, cell in zip(table.columns, row.cells, strict=True)},
                "deals": list(row.deals),
                "more": row.more,
                "light": None if row.light is None else row.light.value,
                "why": _maybe(row.why),
            }
            for row in table.rows
        ],
    }


def _table_of(data: Mapping[str, Any]) -> Table:
    columns = tuple(
        Column(
            name=each["name"],
            label=Label(each["label"]),
            unit=Unit(each["unit"]),
            interval=each["interval"],
            definition=_label(each["definition"]),
        )
        for each in data["columns"]
    )
    return Table(
        name=data["name"],
        title=Label(data["title"]),
        note=_label(data["note"]),
        total=data["total"],
        columns=columns,
        rows=tuple(
            Row(
                cells=tuple(_cell_of(row["cells"][column.name]) for column in columns),
                deals=tuple(row["deals"]),
                more=row["more"],
                light=None if row["light"] is None else Light(row["light"]),
                why=_label(row["why"]),
            )
            for row in data["rows"]
        ),
    )


def _cell(cell: Cell) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(cell, Text | Label):
        return words(cell)
    return list(cell) if isinstance(cell, tuple) else cell


def _cell_of(value: Any) -> Cell:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        return Label(value)
    return _span(value) if isinstance(value, list) else value


def _span(value: Sequence[float] | None) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = value
    return (low, high)


def _maybe(sentence: Sentence | None) -> dict[str, str] | None:
    return None if sentence is None else words(sentence)


def _label(texts: Mapping[str, str] | None) -> Label | None:
    return None if texts is None else Label(texts)


def _labels(texts: Sequence[Mapping[str, str]]) -> tuple[Label, ...]:
    return tuple(map(Label, texts))
