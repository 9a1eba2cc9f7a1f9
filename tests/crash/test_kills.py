"""A service killed a hundred times, at work, as it starts and as it recovers: every promise holds afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.harness import harness

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are started and killed as Linux does")

KILLS = 1000 if os.environ.get("VORONKA_DEEP") else 100


def test_nothing_is_lost_doubled_or_halved_by_kills_at_random_moments(tmp_path: Path) -> None:
    with harness(tmp_path, seed=1) as run:
        run.work()
        for _ in range(KILLS):
            run.kill_at_random()
        run.check()
        assert run.figures.kills == KILLS
        assert run.figures.in_recovery > KILLS // 10
        assert run.figures.commands > KILLS
