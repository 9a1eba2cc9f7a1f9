"""The tables of a document as CSV, for spreadsheets: numbers as numbers, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from voronka.config.sheet_files import guarded
from voronka.messages import Label, Text
from voronka.metrics.reports.document import Cell, Column, Document, Row, Unit
from voronka.metrics.reports.figures import Figures

__all__ = ["csv_of"]


def csv_of(document: Document, language: str) -> str:
    """Return the tables of a document, each under its title and the names of its columns, a blank line between two.

    An interval takes two columns. Shares are fractions, money is in whole units of its currency. Numbers have the
    decimal sign of the language, by which its spreadsheets know them.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    figures = Figures.of(document, "en")
    for place, table in enumerate(document.tables):
        if place:
            writer.writerow([])
        writer.writerow([guarded(table.title.render(language))])
        writer.writerow([guarded(name) for column in table.columns for name in _names(column, language)])
        for row in table.rows:
            writer.writerow(_cells(row, table.columns, figures, document.digits, language))
    return out.getvalue()


def _names(column: Column, language: str) -> Iterator[str]:
    name = column.label.render(language)
    if not column.interval:
        yield name
        return
    yield Text("{column}, low", column=name).render(language)
    yield Text("{column}, high", column=name).render(language)


def _cells(row: Row, columns: tuple[Column, ...], figures: Figures, digits: int, language: str) -> Iterator[str]:
    for given, column in zip(row.cells, columns, strict=True):
        cell = figures.cell(given, column) if column.unit is Unit.MONTH else given
        if column.interval:
            for end in cell if isinstance(cell, tuple) else (None, None):
                yield _cell(end, column, digits, language)
        else:
            yield _cell(cell, column, digits, language)


def _cell(cell: Cell, column: Column, digits: int, language: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Text | Label):
        return guarded(cell.render(language))
    if isinstance(cell, int | float):
        number = cell / 10**digits if column.unit is Unit.MONEY else cell
        written = f"{number:.6f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
        return written.replace(".", ",") if language == "ru" else written
    return guarded(str(cell))
