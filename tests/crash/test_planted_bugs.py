"""The harness finds what it is there to find: each of seven planted bugs, by a promise that it breaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.harness import BrokenPromises, Harness, harness
from tests.crash.nursery import Nursery
from tests.crash.planted import BUGS

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are started and killed as Linux does")

ROUNDS = 12
CAUGHT = {
    "acknowledged before the commit": r"was acknowledged as entry|lost ones|must be",
    "two transactions": r"was carried out \d times|answered .* first|must end with|is not what its entry tells",
    "timer marked before the step": r"its history says it waits|timers to be ended, 0 were waiting",
    "effect marked before it is sent": r"nobody received it|of outbox is not what the history says: status",
    "new key for each attempt": r"belongs to nothing that was committed",
    "no deduplication": r"answered .* first|was not refused|was carried out",
    "effect before the commit": r"belongs to nothing that was committed|told in several ways",
}
"""What is said of each bug, by the promise that it breaks."""


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "programs") as made:
        yield made


@pytest.mark.parametrize("bug", BUGS)
def test_the_harness_catches(bug: str, tmp_path: Path, nursery: Nursery) -> None:
    with harness(tmp_path, seed=1, bug=bug, nursery=nursery) as run, pytest.raises(BrokenPromises, match=CAUGHT[bug]):
        _kill(run)


def _kill(run: Harness) -> None:
    for number in range(ROUNDS):
        run.work()
        for _ in range(3):
            run.kill_at_random()
        run.die_at(f"commit.before:{2 + number % 5}")  # what is wrong between two commits is seldom met by chance
        run.check()
