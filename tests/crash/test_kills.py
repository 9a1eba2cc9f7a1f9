"""A service killed again and again, at work, as it starts and as it recovers: every promise holds afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.contract.postgresql import emptied
from tests.crash.harness import harness

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are started and killed as Linux does")

DEEP = bool(os.environ.get("VORONKA_DEEP"))
KILLS = {"sqlite": 1000 if DEEP else 100, "postgresql": 1000 if DEEP else 100}


@pytest.fixture(params=KILLS)
def database(request: pytest.FixtureRequest) -> tuple[int, str | None]:
    """Return how often to kill, and the address of a database unless it is a file of the workspace's own."""
    address = None if request.param == "sqlite" else emptied(request.getfixturevalue("postgresql"))
    return KILLS[request.param], address


def test_nothing_is_lost_doubled_or_halved_by_kills_at_random_moments(
    tmp_path: Path, database: tuple[int, str | None]
) -> None:
    kills, address = database
    with harness(tmp_path, seed=1, database=address) as run:
        run.work()
        for _ in range(kills):
            run.kill_at_random()
        run.check()
        run.end()
        assert run.figures.kills == kills, run.figures
        assert run.figures.in_recovery > kills // 10, run.figures
        assert run.figures.commands > kills
