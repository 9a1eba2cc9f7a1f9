"""Indexes by which deals are selected: made when a release needs them, dropped when none does any more.

They are named by what they are on, so that rules share them and an index that is there already is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from sqlalchemy import Connection, text

from voronka.expressions import Expression
from voronka.storage.deal_columns import DealColumns
from voronka.storage.dialects import index_names
from voronka.storage.selection import backend_of, probed
from voronka.storage.tables import deals

__all__ = ["settle"]

_PREFIX = "ix_deals_where_"


def settle(connection: Connection, conditions: Iterable[Expression]) -> None:
    """Give the deals one index for each condition that can use one, and take away those for no condition."""
    wanted = _wanted(connection, conditions)
    there = {name for name in index_names(connection, deals) if name.startswith(_PREFIX)}
    for name in sorted(there - wanted.keys()):
        connection.execute(text(f"DROP INDEX {name}"))
    for name in sorted(wanted.keys() - there):
        connection.exec_driver_sql(f"CREATE INDEX {name} ON deals ({wanted[name]})")


def _wanted(connection: Connection, conditions: Iterable[Expression]) -> Mapping[str, str]:
    columns = DealColumns(backend_of(connection), {})
    found = {}
    for condition in conditions:
        parts = [
            str(
                columns.read(read).compile(
                    dialect=connection.dialect, compile_kwargs={"include_table": False, "literal_binds": True}
                )
            )
            for read in probed(condition.node)
        ]
        if parts:
            on = ", ".join(part if part.isidentifier() else f"({part})" for part in parts)
            found[f"{_PREFIX}{sha256(on.encode()).hexdigest()[:12]}"] = on
    return found
