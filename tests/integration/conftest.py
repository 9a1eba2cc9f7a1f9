"""The tests of the engine run over both databases."""

from __future__ import annotations

import pytest

from tests.contract.postgresql import emptied
from tests.integration import sales_workspace

BOTH = frozenset(
    {
        "test_assigning",
        "test_import_rows",
        "test_import_undo",
        "test_invitations",
        "test_leaving",
        "test_merging",
        "test_merging_rows",
        "test_outages",
        "test_outbox_delivery",
        "test_reviews",
        "test_runtime_commands",
        "test_runtime_queue",
        "test_runtime_releases",
        "test_runtime_rules",
        "test_runtime_timers",
    }
)
"""Modules of which every test runs on SQLite and on PostgreSQL."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in BOTH:
        own_file = metafunc.definition.get_closest_marker("own_file") is not None
        kinds = ["sqlite"] if own_file else ["sqlite", "postgresql"]
        metafunc.parametrize("_kept_in", kinds, indirect=True)


@pytest.fixture(autouse=True)
def _kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workspaces keep what they hold in the database of which the test runs."""
    if getattr(request, "param", "sqlite") == "postgresql":
        monkeypatch.setattr(sales_workspace, "DATABASE", emptied(request.getfixturevalue("postgresql")))
