"""A process that dies at any of its failpoints leaves what the next one goes on from, as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.crash.harness import Harness, harness
from tests.crash.nursery import Nursery
from tests.crash.workspace import write_workspace
from voronka.failpoints import EXIT_CODE, FAILPOINTS, VARIABLE

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are started and killed as Linux does")

# Passed by the first start of a workspace alone.
FIRST = ("start.created",)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "programs") as made:
        yield made


class Lives:
    """One long life, in which each death is another's recovery; after one that goes wrong, another begins."""

    def __init__(self, folders: Callable[[str], Path], nursery: Nursery) -> None:
        self._folders = folders
        self._nursery = nursery
        self._life = ExitStack()
        self._run: Harness | None = None

    @contextmanager
    def going_on(self) -> Iterator[Harness]:
        if self._run is None:
            self._run = self._life.enter_context(harness(self._folders("life"), seed=1, nursery=self._nursery))
        run, self._run = self._run, None
        try:
            yield run
        except BaseException:
            run.give_up()
            raise
        self._run = run

    def end(self) -> None:
        self._life.close()


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Lives]:
    made = Lives(tmp_path_factory.mktemp, nursery)
    yield made
    made.end()


def test_there_are_enough_of_them() -> None:
    assert len(FAILPOINTS) >= 15


@pytest.mark.parametrize("name", [name for name in FAILPOINTS if name not in FIRST])
def test_a_death_at(name: str, lives: Lives) -> None:
    with lives.going_on() as run:
        run.work()
        assert run.die_at(name), (run.life.code, run.life.log()[-3000:])
        run.check()


@pytest.mark.parametrize("name", FIRST)
def test_a_death_at_the_first_start(name: str, nursery: Nursery, tmp_path: Path) -> None:
    with harness(tmp_path, seed=1, nursery=nursery) as fresh:
        fresh.work()
        assert fresh.die_at(name), (fresh.life.code, fresh.life.log()[-3000:])
        fresh.check()


def test_a_command_that_dies_before_its_commit_has_done_nothing(tmp_path: Path) -> None:
    write_workspace(tmp_path, "http://127.0.0.1:1/")
    command = [sys.executable, "-m", "voronka", "-C", str(tmp_path), "deal", "list", "--json"]
    assert json.loads(subprocess.run(command, capture_output=True, check=True).stdout) == []
    opening = [*command[:-3], "deal", "new", "sales"]
    died = subprocess.run(opening, env={**os.environ, VARIABLE: "commit.before"}, check=False)
    assert died.returncode == EXIT_CODE
    assert json.loads(subprocess.run(command, capture_output=True, check=True).stdout) == []


def test_a_place_that_there_is_not_is_refused(nursery: Nursery, tmp_path: Path) -> None:
    with harness(tmp_path, seed=1, nursery=nursery) as fresh:
        fresh.start("nowhere:3")
        assert fresh.life.wait(30.0)
        assert fresh.life.code == 2
        assert VARIABLE in fresh.life.log()
        assert "nowhere:3 is no failpoint." in fresh.life.log()
