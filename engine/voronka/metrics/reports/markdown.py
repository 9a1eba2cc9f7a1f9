"""A document as Markdown: what it says, its tables, what is counted. Its pictures stand in the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voronka.messages import Sentence, Text
from voronka.metrics.reports.document import NAMING, Document, Row, Table
from voronka.metrics.reports.figures import Figures
from voronka.metrics.reports.phrases import LIGHTS, badge_of, heading_of, period_of

__all__ = ["markdown_of"]

_SIGNS = re.compile(r"([\\`*_\[\]<>|])")


def markdown_of(document: Document, language: str) -> str:
    """Return a document as Markdown in a language, with a line break at its end."""
    return "\n".join(_lines(document, language)) + "\n"


def _lines(document: Document, language: str) -> Iterator[str]:
    def say(sentence: Sentence) -> str:
        return _plain(sentence.render(language))

    figures = Figures.of(document, language)
    yield f"# {say(heading_of(document))}"
    if (period := period_of(document, language)) is not None:
        yield from ("", say(period))
    yield from ("", " · ".join(say(each) for each in badge_of(document, language)))
    if document.said:
        yield ""
        yield from (f"- {say(each)}" for each in document.said)
    for table in document.tables:
        yield from ("", f"## {say(table.title)}", "")
        yield from _table(table, figures, language)
        if table.note is not None:
            yield from ("", say(table.note))
    yield from ("", f"## {say(Text('What is counted'))}")
    for each in (document.definition, *document.basis):
        yield from ("", say(each))


def _table(table: Table, figures: Figures, language: str) -> Iterator[str]:
    lights = any(row.light for row in table.rows)
    target = [Text("Target").render(language)] if lights else []
    names = [column.label.render(language) for column in table.columns] + target
    yield _row(names)
    yield _row(
        ["---" if column.unit in NAMING else "---:" for column in table.columns] + ["---"] * len(target), raw=True
    )
    for row in table.rows:
        yield _row([*_cells(row, table, figures), *(_light(row, language) if lights else ())])
    whys = [(figures.name(row, table), row.why) for row in table.rows if row.why is not None]
    if whys:
        yield ""
        yield from (f"- {_plain(name)}: {_plain(why.render(language))}" for name, why in whys)


def _cells(row: Row, table: Table, figures: Figures) -> Iterator[str]:
    for cell, column in zip(row.cells, table.columns, strict=True):
        yield figures.cell(cell, column)


def _light(row: Row, language: str) -> tuple[str]:
    return (LIGHTS[row.light].render(language) if row.light else "",)


def _row(cells: list[str], *, raw: bool = False) -> str:
    return f"| {' | '.join(cells if raw else map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Return a text so that Markdown takes nothing of it for a mark."""
    return _SIGNS.sub(r"\\\1", text.replace("\n", " "))
