"""The views of a mart as files for other programs: Parquet, CSV or XLSX. No cell becomes a formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from voronka.config.sheet_files import guarded
from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.mart.schema import MartSchema
from voronka.mart.veil import Veil
from voronka.mart.views import view_name
from voronka.messages import Text

__all__ = ["FORMATS", "export"]

FORMATS = ("parquet", "csv", "xlsx")
_PAGE = 10_000
_SHEET = 1_048_575
"""Rows that a sheet of XLSX holds beside its head."""

Rows = Iterable[Sequence[Any]]


def export(
    connection: Connection, schema: MartSchema, veil: Veil, folder: Path, form: str, *, replace: bool
) -> dict[str, int]:
    """Write a file for each view into a folder; return how many rows went into each, by file.

    `connection`: to a mart in DuckDB; `veil`: over what is not for whoever exports. Raises `UsageFault` if one of the
    files is there and is not to be replaced, or if a view has more rows than the format holds; `EnvironmentFault` if
    the folder cannot be written to.
    """
    found = {view_name(name): veil.select(table) for name, table in schema.tables.items()}
    names = list(found)
    if not replace and (there := [name for name in names if (folder / f"{name}.{form}").exists()]):
        raise UsageFault(
            Text("There are such files already: {files}", files=", ".join(f"{name}.{form}" for name in there)),
            Text("Give another folder, or repeat the command with --force: the files are replaced."),
            place=str(folder),
        )
    written: dict[str, int] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            file = folder / f"{name}.{form}"
            draft = file.with_name(f".{file.name}.part")
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            try:
                written[file.name] = _WRITERS[form](connection, name, found[name], draft)
                draft.chmod(0o600)
                draft.replace(file)
            finally:
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFault(
            Text("The files cannot be written. {reason}", reason=refused_by_system(error)),
            Text("Check the rights to the folder and the room on the disk."),
            place=str(folder),
        ) from error
    return written


def _count(connection: Connection, query: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM ({query})").scalar_one())  # noqa: S608 - ours


def _rows(connection: Connection, query: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    found = connection.exec_driver_sql(f"{query} ORDER BY ALL")
    names = list(found.keys())
    return names, (row for part in found.partitions(_PAGE) for row in part)


def _parquet(connection: Connection, view: str, query: str, file: Path) -> int:
    path = str(file).replace("'", "''")
    connection.exec_driver_sql(f"COPY ({query} ORDER BY ALL) TO '{path}' (FORMAT parquet)")
    return _count(connection, query)


def _csv(connection: Connection, view: str, query: str, file: Path) -> int:
    names, rows = _rows(connection, query)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)  # lines end as RFC 4180 has it, so that a text with a line break of any kind is quoted
        writer.writerow(names)
        writer.writerows([_text(value) for value in row] for row in rows)
    return _count(connection, query)


def _xlsx(connection: Connection, view: str, query: str, file: Path) -> int:
    from openpyxl import Workbook

    count = _count(connection, query)
    if count > _SHEET:
        raise UsageFault(
            Text("{view} has {count} rows; a sheet of XLSX holds {most}.", view=view, count=count, most=_SHEET),
            Text("Export as parquet or csv."),
        )
    names, rows = _rows(connection, query)
    book = Workbook(write_only=True)
    page = book.create_sheet(view[:31])
    page.append(names)
    for row in rows:
        page.append([_cell(value) for value in row])
    book.save(file)
    return count


def _text(value: object) -> object:
    """Return a value as CSV writes it."""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, list):
        return guarded(", ".join(map(str, value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _cell(value: object) -> object:
    """Return a value as a sheet holds it."""
    if isinstance(value, (str, list)):
        return _text(value)
    # A spreadsheet knows no date before its epoch, nor a number beyond a double.
    if isinstance(value, (date, datetime)) and value.year < _EPOCH:
        return value.isoformat()
    return str(value) if isinstance(value, int) and abs(value) >= _EXACT else value


_EPOCH, _EXACT = 1900, 2**53
_WRITERS: Mapping[str, Callable[[Connection, str, str, Path], int]] = {"parquet": _parquet, "csv": _csv, "xlsx": _xlsx}
