"""What was due while the service was down for a day is done oldest first, and commands are carried out meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.herd import stampede
from voronka.runtime.timers import LARGEST

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are started and killed as Linux does")

TIMERS = 50_000 if os.environ.get("VORONKA_DEEP") else 400


def test_a_day_of_timers_is_done_oldest_first_against_a_busy_receiver(tmp_path: Path) -> None:
    found = stampede(tmp_path, TIMERS)
    assert found.delivered == TIMERS
    assert found.refused
    # A batch is decided deal by deal; no timer waits for one beyond its batch.
    assert found.furthest <= LARGEST
    assert found.commands
