"""Filling tables of the mart with many rows at once.

DuckDB takes rows from a file of comma-separated values many times faster than from parameters, and PostgreSQL from
COPY. A file has every value as text, which is converted where it is taken in: what does not fit is missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import ARRAY, Column, Connection, Table
from sqlalchemy.types import BigInteger, Boolean, Double

__all__ = ["CopyLoader", "FileLoader", "Loader"]

Row = Sequence[Any]

_AT_ONCE = 500_000
"""Rows in a file; more would fill the disk for no gain."""


class Loader(Protocol):
    """Puts rows into tables, their values in the order of the table's columns."""

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Add the rows."""
        ...


class FileLoader:
    """Loads into DuckDB over a file, which is there while rows are taken from it."""

    def __init__(self, connection: Connection, file: Path) -> None:
        self._connection = connection
        self._file = file

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Add the rows."""
        following = iter(rows)
        read = ", ".join(f"'{column.name}': 'VARCHAR'" for column in table.columns)
        taken = ", ".join(_converted(column) for column in table.columns)
        path = str(self._file).replace("'", "''")
        statement = (
            f"INSERT INTO {table.name} SELECT {taken} FROM read_csv('{path}', header = false, "  # noqa: S608 - ours
            "auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
            f"max_line_size = 16777216, columns = {{{read}}})"
        )
        try:
            while self._write(following):
                self._connection.exec_driver_sql(statement)
        finally:
            self._file.unlink(missing_ok=True)

    def _write(self, rows: Iterator[Row]) -> bool:
        """Write the next rows; tell whether there were any."""
        with self._file.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(islice(rows, _AT_ONCE))
            return file.tell() > 0


class CopyLoader:
    """Loads into PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Add the rows."""
        quote = self._connection.dialect.identifier_preparer
        names = ", ".join(quote.quote_identifier(column.name) for column in table.columns)
        driver = self._connection.connection.cursor()
        try:
            with driver.copy(f"COPY {quote.format_table(table)} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        finally:
            driver.close()


def _converted(column: Column[Any]) -> str:
    name = f'"{column.name}"'
    if isinstance(column.type, ARRAY):
        return f"CAST(TRY_CAST({name} AS JSON) AS VARCHAR[])"
    if isinstance(column.type, Boolean):
        return f"TRY_CAST({name} AS BOOLEAN)"
    if isinstance(column.type, BigInteger):
        return f"TRY_CAST({name} AS BIGINT)"
    if isinstance(column.type, Double):
        return f"TRY_CAST({name} AS DOUBLE)"
    return name
