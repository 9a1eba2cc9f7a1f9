"""Marts in memory, filled with given rows: for the examples of KPIs, and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from voronka.definition.workspace import Workspace
from voronka.mart.schema import MartSchema
from voronka.sql.duckdb import DuckdbBackend

__all__ = ["memory_mart"]


@contextmanager
def memory_mart(
    workspace: Workspace, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[tuple[MartSchema, Connection]]:
    """Give a mart that holds `rows`, by table; a column that a row does not name is missing in it."""
    schema = MartSchema.of(workspace, DuckdbBackend())
    engine = create_engine("duckdb:///:memory:", poolclass=StaticPool, connect_args={"config": {"threads": 1}})
    try:
        with engine.begin() as connection:
            schema.metadata.create_all(connection, checkfirst=False)
            for name, given in rows.items():
                columns = schema.tables[name].c.keys()
                if given:
                    full = [{column: row.get(column) for column in columns} for row in given]
                    connection.execute(schema.tables[name].insert(), full)
            yield schema, connection
    finally:
        engine.dispose()
