"""Workbooks of spreadsheets, read row by row within bounds: what people see in the cells, formulas by their results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from voronka.hooks.importers import FormatOptions, Row, RowFault
from voronka.messages import Text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["cell_text", "check_xlsx", "read_xlsx"]

_LARGEST = 400 << 20
"""Bytes that a workbook may unpack to."""
_LOOKED_AT = 100
"""So many rows from the top tell whether a sheet is empty."""


def check_xlsx(file: IO[bytes]) -> None:
    """Refuse what is no workbook, or unpacks to more than any. Raises `RowFault`."""
    try:
        with ZipFile(file) as packed:
            names = set(packed.namelist())
            size = sum(each.file_size for each in packed.infolist())
    except BadZipFile:
        raise _no_workbook() from None
    if "xl/workbook.xml" not in names:
        raise _no_workbook()
    if size > _LARGEST:
        raise RowFault(
            Text("The workbook unpacks to more than {size} megabytes.", size=_LARGEST >> 20),
            Text("Leave out what is not imported, or save the sheet as CSV."),
        )


def read_xlsx(file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
    """Yield the rows of the sheet that is named, else of the one that holds anything; blank rows are none."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (KeyError, ValueError, BadZipFile, SyntaxError):
        raise _no_workbook() from None
    try:
        width = 0
        for number, cells in enumerate(_sheet(book.worksheets, options.sheet).iter_rows(), 1):
            row = _row(number, cells)
            while row.cells and not row.cells[-1] and len(row.cells) > width:
                row = row._replace(cells=row.cells[:-1])
            if row.fault is None and not any(row.cells):
                continue
            width = width or len(row.cells)
            missing = [""] * (width - len(row.cells))
            yield row if row.fault is not None else row._replace(cells=[*row.cells, *missing])
    finally:
        book.close()


def cell_text(value: object, form: str) -> str:
    """Return what stands in a cell as a person writes it. `form`: how the spreadsheet shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float() if "%" in form:
            return f"{round(value * 100, 10):.15g}%"
        case int() | float():
            return f"{value:.15g}"
        case datetime():
            return _moment(value, form)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _moment(value: datetime, form: str) -> str:
    """Return a moment as it is seen: with its time, unless that is midnight and not shown."""
    if value.time() == time() and "h" not in form.lower():
        return value.date().isoformat()
    return value.isoformat(" ", "seconds" if value.second else "minutes")


def _row(number: int, cells: Sequence[Any]) -> Row:
    for cell in cells:
        if cell.data_type == "e":
            return Row(
                number,
                [],
                RowFault(
                    Text("A cell of the row holds the error {error}.", error=str(cell.value)),
                    Text("Correct the formula in the spreadsheet, or write the value itself."),
                ),
            )
    return Row(number, [cell_text(cell.value, str(cell.number_format or "")).strip() for cell in cells])


def _sheet(sheets: Sequence[Worksheet], wanted: str | None) -> Worksheet:
    titles = ", ".join(str(each.title) for each in sheets)
    if wanted is not None:
        found = next((each for each in sheets if each.title == wanted), None)
        if found is None:
            raise RowFault(
                Text("The workbook has no sheet {name}.", name=wanted),
                Text("Its sheets are: {names}. Write one of them: `rows: {{sheet: …}}`.", names=titles),
            )
        return found
    filled = [each for each in sheets if _is_filled(each)]
    if len(filled) > 1:
        raise RowFault(
            Text("Several sheets of the workbook hold values: {names}.", names=titles),
            Text("Write in the mapping which is meant: `rows: {{format: xlsx, sheet: …}}`."),
        )
    return (filled or list(sheets))[0]


def _is_filled(sheet: Worksheet) -> bool:
    return any(cell is not None for row in islice(sheet.iter_rows(values_only=True), _LOOKED_AT) for cell in row)


def _no_workbook() -> RowFault:
    return RowFault(
        Text("The file is no workbook in the format .xlsx, or is damaged."),
        Text(
            "Save it as .xlsx, one in the old format .xls too; or, if it is text with columns, write "
            "`rows: {{format: csv}}` in the mapping."
        ),
    )
