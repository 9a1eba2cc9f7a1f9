"""One suite for every database: SQLite, and PostgreSQL where a server can be started or the address of one is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.contract.postgresql import NoServer, serving
from voronka.storage import Database, open_database
from voronka.storage.tables import metadata

GIVEN = os.environ.get("VORONKA_TEST_DATABASE_URL")
"""The address of a PostgreSQL database in which the tests may make schemas, used instead of a server of their own."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the address of a database with the schema."""
    if GIVEN:
        yield _fresh(_in_schema(GIVEN, f"voronka_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"))
        return
    try:
        with serving() as address:
            yield _fresh(_in_schema(address, "voronka_test"))
    except NoServer as reason:
        pytest.skip(f"no PostgreSQL: {reason}; give one by VORONKA_TEST_DATABASE_URL")


def _in_schema(address: str, schema: str) -> str:
    url = make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)


def _fresh(address: str) -> str:
    schema = str(make_url(address).query["options"]).partition("=")[2]
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    open_database(address).close()
    return address


def emptied(address: str) -> str:
    """Empty every table: ten times quicker than making them anew. The history refuses it while its trigger is on."""
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE history DISABLE TRIGGER USER"))
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
        connection.execute(text("ALTER TABLE history ENABLE TRIGGER USER"))
    engine.dispose()
    return address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'voronka.db'}"
    return emptied(request.getfixturevalue("postgresql"))


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    found = open_database(address)
    yield found
    found.close()
