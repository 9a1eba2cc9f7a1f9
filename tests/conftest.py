"""What all tests of a process share: a PostgreSQL server, and files that were read before; and their order."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.contract.postgresql import NoServer, fresh, serving
from tests.readings import parsed_once
from voronka.storage import open_database

TESTS = Path(__file__).parent
# No test fails for being slow.
settings.register_profile("voronka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("voronka")
GIVEN = os.environ.get("VORONKA_TEST_DATABASE_URL")
"""The address of a PostgreSQL database in which the tests may make schemas, used instead of a server of their own."""

LONGEST_FIRST = ("crash", "property", "acceptance", "docs", "plugins", "integration", "sql", "mart", "contract", "unit")
"""The folders by how long a file of theirs takes. Files are given to processes whole, and a long one at the end would
leave every other process without work."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Leave what is made once and kept to the end out of the search for garbage, now and during every test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.path))


@cache
def _place(file: Path) -> int:
    folder = next((name for name in LONGEST_FIRST if (TESTS / name) in file.parents), LONGEST_FIRST[-1])
    return LONGEST_FIRST.index(folder)


@pytest.fixture(scope="session", autouse=True)
def _parsed_once() -> Iterator[None]:
    with parsed_once():
        yield


@pytest.fixture(scope="session")
def served() -> Iterator[str | NoServer]:
    """Give the address of a PostgreSQL database in which schemas may be made, or why there is none."""
    if GIVEN:
        yield GIVEN
        return
    try:
        with serving() as address:
            yield address
    except NoServer as reason:
        yield reason


@pytest.fixture(scope="session")
def postgresql(served: str | NoServer) -> str:
    """Return the address of a database at head; without PostgreSQL the test is passed over."""
    if isinstance(served, NoServer):
        pytest.skip(f"no PostgreSQL: {served}; give one by VORONKA_TEST_DATABASE_URL")
    address = fresh(served, f"voronka_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    open_database(address).close()
    return address
