"""One suite for every database: SQLite always, PostgreSQL where its address is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from voronka.storage import Database, open_database

POSTGRESQL = os.environ.get("VORONKA_TEST_POSTGRESQL")
"""The address of an empty PostgreSQL database of which the tests may drop everything."""


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL else [])])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        where: str | Path = tmp_path / "voronka.db"
    else:
        assert POSTGRESQL
        engine = create_engine(POSTGRESQL)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        where = POSTGRESQL
    found = open_database(where)
    yield found
    found.close()
