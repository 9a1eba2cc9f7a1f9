"""Statements of the hot path: written in Core, compiled once per database, run over many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, Insert, Table, Update, bindparam, update
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["Statement", "insertion", "updating", "upsertion"]

Row = tuple[object, ...]


class Statement:
    """An INSERT or UPDATE over rows given as tuples, their values in the order of `names`.

    On SQLite the column types need no conversion, so the compiled text and the tuples go straight to the driver: the
    dictionary per row and the processor per value that an ordinary execution costs are saved. `write` makes the
    statement for a dialect by its name.
    """

    __slots__ = ("_names", "_text", "_write")

    def __init__(self, write: Callable[[str], Insert | Update], names: tuple[str, ...]) -> None:
        self._write = write
        self._names = names
        self._text: str | None = None

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Run once per row; return how many rows of the table were touched in all."""
        if not rows:
            return 0
        dialect = connection.dialect
        if dialect.name != "sqlite":
            values = [dict(zip(self._names, row, strict=True)) for row in rows]
            # The count of an INSERT is gone with its cursor, which SQLAlchemy closes at once, unless it is kept.
            keep = {"preserve_rowcount": True}
            return connection.execute(self._write(dialect.name), values, execution_options=keep).rowcount
        if self._text is None:
            compiled = self._write(dialect.name).compile(dialect=dialect, column_keys=list(self._names))
            order = tuple(getattr(compiled, "positiontup", ()))
            if order != self._names:
                raise ValueError(f"the statement takes its values as {order}, not as {self._names}")
            self._text = str(compiled)
        return connection.exec_driver_sql(self._text, list(rows)).rowcount


def _insert(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    if dialect != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # a tenth of the start of a command that writes to SQLite

    return postgresql.insert(table)


def insertion(table: Table, *, once: bool = False) -> Statement:
    """Return the insertion of whole rows, in the order of the table's columns. `once`: what is there already stays."""

    def write(dialect: str) -> Insert:
        statement = _insert(table, dialect)
        return statement.on_conflict_do_nothing() if once else statement

    return Statement(write, tuple(column.name for column in table.columns))


def upsertion(table: Table) -> Statement:
    """Return the insertion of whole rows that takes the place of the row with the same primary key."""

    def write(dialect: str) -> Insert:
        statement = _insert(table, dialect)
        keys = [column.name for column in table.primary_key.columns]
        return statement.on_conflict_do_update(
            index_elements=keys,
            set_={column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys},
        )

    return Statement(write, tuple(column.name for column in table.columns))


def updating(
    table: Table, values: tuple[str, ...], where: tuple[str, ...], *, only: ColumnElement[bool] | None = None
) -> Statement:
    """Return an update: a row gives `values` (in the table's order), then what the columns `where` must equal.

    `only`: a condition without parameters that must hold besides.
    """

    def write(_: str) -> Update:
        statement = update(table).values({name: bindparam(name, type_=table.c[name].type) for name in values})
        for name in where:
            statement = statement.where(table.c[name] == bindparam(f"is_{name}", type_=table.c[name].type))
        return statement if only is None else statement.where(only)

    return Statement(write, values + tuple(f"is_{name}" for name in where))
