"""A document as one page of HTML: it opens from a disk, asks nobody, and runs only its own code.

What the page may run and how it is styled is named by hashes in its policy; every value is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from voronka.messages import Sentence, Text
from voronka.metrics.reports.document import NAMING, Document, Picture, Row, Table, Unit
from voronka.metrics.reports.figures import Figures
from voronka.metrics.reports.phrases import LIGHTS, badge_of, heading_of, period_of

__all__ = ["html_page"]

_FOLDER = Path(__file__).parent / "page"
_SAID = {
    "badge": Text("What the numbers stand on"),
    "definition": Text("What is counted"),
    "deals": Text("Deals"),
    "target": Text("Target"),
    "meanings": Text("What the columns mean"),
    "no_data": Text("No data"),
}


def html_page(document: Document, language: str) -> str:
    """Return the page of a document in a language."""
    figures = Figures.of(document, language)

    def say(sentence: Sentence) -> str:
        return sentence.render(language)

    style, script = _part("report.css"), _part("report.js")
    page: str = _template().render(
        language=language,
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        heading=say(heading_of(document)),
        period=say(period) if (period := period_of(document, language)) else "",
        badge=[say(each) for each in badge_of(document, language)],
        conclusions=[say(each) for each in document.said],
        definition=say(document.definition),
        basis=[say(each) for each in document.basis],
        pictures=[{"title": say(picture.title)} for picture in document.pictures],
        data=_data(document, language),
        tables=[_table(table, figures, language) for table in document.tables],
        said={name: say(text) for name, text in _SAID.items()},
    )
    return page


def _table(table: Table, figures: Figures, language: str) -> dict[str, Any]:
    numbers = [column.unit not in NAMING for column in table.columns]
    last = len(table.rows) - 1
    return {
        "title": table.title.render(language),
        "note": "" if table.note is None else table.note.render(language),
        "columns": [
            {"label": column.label.render(language), "number": number}
            for column, number in zip(table.columns, numbers, strict=True)
        ],
        "lights": any(row.light for row in table.rows),
        "drill": any(row.deals for row in table.rows),
        "rows": [
            {
                "cells": [
                    {"text": figures.cell(cell, column), "number": number}
                    for cell, column, number in zip(row.cells, table.columns, numbers, strict=True)
                ],
                "total": table.total and place == last,
                "why": "" if row.why is None else row.why.render(language),
                "light": "" if row.light is None else row.light.value,
                "told": "" if row.light is None else LIGHTS[row.light].render(language),
                **_drill(row, figures, language),
            }
            for place, row in enumerate(table.rows)
        ],
        "meanings": [
            (column.label.render(language), column.definition.render(language))
            for column in table.columns
            if column.definition is not None
        ],
    }


def _drill(row: Row, figures: Figures, language: str) -> dict[str, str]:
    numbers = ", ".join(map(str, row.deals))
    if row.more:
        numbers = Text("{numbers} and {n} more", numbers=numbers, n=row.more).render(language)
    return {"deals": numbers, "count": figures.number(len(row.deals) + row.more, Unit.COUNT)}


def _data(document: Document, language: str) -> Markup:
    """Return what the pictures are drawn from, as JSON that cannot end the element which holds it."""
    told = {
        "pictures": [_picture(picture, language) for picture in document.pictures],
        "currency": document.currency,
        "digits": document.digits,
    }
    written = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(written)  # noqa: S704 - no sign of HTML is left in it


def _picture(picture: Picture, language: str) -> dict[str, Any]:
    return {
        "form": picture.form.value,
        "unit": picture.unit.value,
        "categories": [each.render(language) for each in picture.categories],
        "target": picture.target,
        "series": [
            {"label": each.label.render(language), "values": each.values, "spans": each.spans}
            for each in picture.series
        ],
    }


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:  # noqa: ANN401 - jinja2.Template, which is not imported for its name alone
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html")
