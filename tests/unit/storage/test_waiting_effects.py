"""Whether a message waits is asked before each batch, however many wait."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.builders import created, effect
from voronka.storage import Database, open_database


def _steps(database: Database) -> int:
    """Return how many steps SQLite takes to find the next effect."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    with database.read() as reader:
        connection = reader.connection.connection.driver_connection
        assert connection is not None
        connection.set_progress_handler(step, 1)
        try:
            assert reader.awaited().effect is not None
        finally:
            connection.set_progress_handler(None, 0)
    return taken


@pytest.mark.parametrize("leased", [0, 5])
def test_the_next_effect_is_found_without_a_look_at_all_that_wait(tmp_path: Path, leased: int) -> None:
    taken = []
    with closing(open_database(tmp_path / "effects.db")) as database:
        for start in (1, 101):
            with database.write() as work:
                work.append(
                    [created(number, effect(0)) for number in range(start, start + (100 if start == 1 else 900))]
                )
                if start == 1 and leased:
                    assert len(work.lease_effects(now=1_000, limit=leased, until=9_000)) == leased
            taken.append(_steps(database))
    assert taken[1] < taken[0] + 100
