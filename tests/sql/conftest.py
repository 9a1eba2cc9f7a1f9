"""Every database at once, each with the same tables: subjects and the rows that hang on them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, event

from tests.contract.postgresql import NoServer, fresh
from voronka.sql.backend import Backend
from voronka.sql.duckdb import DuckdbBackend
from voronka.sql.postgresql import PostgresqlBackend
from voronka.sql.sqlite import SqliteBackend, prepare

BACKENDS: dict[str, type[Backend]] = {
    "sqlite": SqliteBackend,
    "duckdb": DuckdbBackend,
    "postgresql": PostgresqlBackend,
}


@pytest.fixture(scope="session")
def engines(served: str | NoServer) -> Iterator[dict[str, Engine]]:
    """Give the databases that can be had here, empty, by name."""
    sqlite = create_engine("sqlite://")
    event.listen(sqlite, "connect", lambda connection, _: prepare(connection))
    found = {"sqlite": sqlite, "duckdb": create_engine("duckdb:///:memory:", connect_args={"config": {"threads": 1}})}
    if isinstance(served, str):
        schema = f"voronka_test_sql_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        found["postgresql"] = create_engine(fresh(served, schema))
    yield found
    for engine in found.values():
        engine.dispose()
