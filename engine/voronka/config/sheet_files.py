"""Sheets as files of spreadsheets: CSV and XLSX. What is written is text; no cell becomes a formula, none is run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from voronka.config.sheets import COMMENT, Sheet
from voronka.errors import UsageFault
from voronka.hooks.built_in.xlsx_rows import cell_text
from voronka.messages import Text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["csv_text", "guarded", "read_rows", "write_xlsx"]

_LARGEST = 5_000_000
_LARGEST_UNPACKED = 50_000_000
_MOST_ROWS = 1_001
# What spreadsheets take for a formula, also after blanks and in full width; an apostrophe before it is our own mark.
_FORMULA = re.compile(r"[\s'\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_PAGE = re.compile(r"(^|/)worksheets/[^/]+\.xml$")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref\s*=\s*["']([\w$:]+)["']""")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\s*%?")


def guarded(text: str) -> str:
    """Return a text for a cell, marked where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def csv_text(sheet: Sheet) -> str:
    """Return a sheet as CSV, its cells apart from each other by semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow([guarded(each) for each in sheet.columns])
    writer.writerows([guarded(each) for each in row] for row in sheet.rows)
    return out.getvalue()


def write_xlsx(sheet: Sheet, path: Path) -> None:
    """Write a sheet as a workbook; all cells are texts."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    page = book.active
    if page is None:
        raise TypeError("a new workbook has a page")
    page.title = sheet.name[:31]
    for number, row in enumerate([sheet.columns, *sheet.rows], 1):
        for place, text in enumerate(row, 1):
            cell = page.cell(number, place)
            cell.value = text
            cell.data_type = "s"
            cell.number_format = "@"
            if number == 1:
                cell.font = Font(bold=True)
    page.freeze_panes = "A2"
    book.save(path)


def read_rows(sheet: Sheet, path: Path) -> list[tuple[str, ...]]:
    """Return the rows of a file in the order of the sheet's columns. Raises `UsageFault` for what does not fit."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _too_large(path)
        table = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(sheet, path)
    except OSError as fault:
        raise UsageFault(
            Text("{file} cannot be read: {reason}", file=str(path), reason=fault.strerror or str(fault)),
            Text("Name a file of `voronka table export`."),
        ) from None
    rows = [(number, row) for number, row in enumerate(table, 1) if any(cell.strip() for cell in row)]
    if len(rows) > _MOST_ROWS:
        raise _too_large(path)
    if not rows:
        raise UsageFault(Text("{file} holds no rows.", file=path.name), Text("Export the table again."))
    return _ordered(sheet, [cell.strip() for cell in rows[0][1]], rows[1:])


def _too_large(path: Path) -> UsageFault:
    return UsageFault(
        Text("{file} is larger than any table.", file=path.name), Text("A table has at most a thousand rows.")
    )


def _ordered(sheet: Sheet, header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> list[tuple[str, ...]]:
    while header and not header[-1]:
        header = header[:-1]
    # An input and an output may be called alike: then the first of the two is the input.
    places: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        places.setdefault(name, []).append(place)
    columns = [(name, places[name].pop(0) if places.get(name) else None) for name in sheet.columns]
    unknown = [name for name, left in places.items() if left]
    missing = [name for name, place in columns if place is None and name != COMMENT]
    if unknown or missing:
        raise UsageFault(
            Text(
                "The columns are not those of the table {table}: {names}.",
                table=sheet.name,
                names=", ".join([*unknown, *missing]),
            ),
            Text("Keep the first row as it was exported: {names}.", names=", ".join(sheet.columns)),
        )
    found = []
    for number, row in rows:
        if any(cell.strip() for cell in row[len(header) :]):
            raise UsageFault(
                Text("Row {row} has more cells than there are columns.", row=number),
                Text("Remove what stands beyond the last column."),
            )
        cells = ["" if place is None or place >= len(row) else row[place].strip() for _, place in columns]
        for name, cell in zip(sheet.columns[: sheet.inputs], cells[: sheet.inputs], strict=True):
            if not cell:  # emptied by mistake, it would widen the row
                raise UsageFault(
                    Text("Row {row} asks nothing of {input}: the cell is empty.", row=number, input=name),
                    Text("Write a condition into it, or `any` if every value will do."),
                )
        for name, cell in zip(sheet.columns[sheet.inputs : -1], cells[sheet.inputs : -1], strict=True):
            if not cell:
                raise UsageFault(
                    Text("Row {row} gives no {output}: the cell is empty.", row=number, output=name),
                    Text("Write a value into it, or `missing` if there is to be none."),
                )
        found.append(tuple(cells))
    return found


def _csv(sheet: Sheet, path: Path) -> list[list[str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", "replace")
    try:
        delimiter = _delimiter(sheet, text)
        return [[_unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as fault:
        raise UsageFault(
            Text("{file} cannot be read: {reason}", file=path.name, reason=str(fault)),
            Text("Save the table again as CSV in UTF-8."),
        ) from None


def _delimiter(sheet: Sheet, text: str) -> str:
    """Return what stands between the cells of the first line."""
    first = text.splitlines()[:1]
    known = {guarded(name) for name in sheet.columns if name != COMMENT}
    return next((sign for sign in ";,\t" if known <= set(next(csv.reader(first, delimiter=sign), []))), ";")


def _xlsx(path: Path) -> list[list[str]]:
    try:
        return _page(path)
    except (UsageFault, OSError):
        raise
    except (
        Exception
    ) as fault:  # what a damaged file does to the packer, the parser and the library is not told anywhere
        raise UsageFault(
            Text("{file} is no workbook, or is damaged.", file=path.name), Text("Save the table as .xlsx or as CSV.")
        ) from fault


def _page(path: Path) -> list[list[str]]:
    """Return the cells of the one page of a workbook that has any."""
    from openpyxl import load_workbook

    with ZipFile(path) as packed:
        if sum(each.file_size for each in packed.infolist()) > _LARGEST_UNPACKED:
            raise _too_large(path)
        merged = [area for each in packed.namelist() if _PAGE.search(each) for area in _merged(packed.read(each))]
    if merged:
        raise UsageFault(
            Text("{file} has merged cells: {areas}.", file=path.name, areas=", ".join(merged[:6])),
            Text("Unmerge them and write the value into each cell: all but the first of merged cells are empty."),
        )
    book = load_workbook(path, read_only=True)
    try:
        rows: list[list[str]] = []
        page, *others = [each for each in book.worksheets if _is_filled(each)] or book.worksheets
        if others:
            raise UsageFault(
                Text(
                    "{file} has several sheets with values: {names}.",
                    file=path.name,
                    names=", ".join(str(each.title) for each in (page, *others)),
                ),
                Text("Keep the one with the table, and delete the others or save it as a file of its own."),
            )
        for row in page.iter_rows():
            rows.append([_cell(cell.value, str(cell.number_format or ""), cell.data_type, path) for cell in row])
            if len(rows) > _MOST_ROWS:
                raise _too_large(path)
        return rows
    finally:
        book.close()


def _merged(page: bytes) -> list[str]:
    """Return the areas of merged cells of a page, such as ``A2:A3``."""
    return [area.decode() for area in _MERGED.findall(page)]


def _is_filled(page: Worksheet) -> bool:
    return any(cell is not None for row in page.iter_rows(max_row=_MOST_ROWS, values_only=True) for cell in row)


def _cell(value: object, form: str, kind: str, path: Path) -> str:
    if kind == "f":
        raise UsageFault(
            Text("{file} holds a formula: {text}", file=path.name, text=str(value)),
            Text("Write the value itself; a condition such as = 5 is written 5."),
        )
    return _unguarded(cell_text(value, form))
