"""Group commit: those who ask at once share a commit, in the order in which they came, and spoil nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import pytest

from tests.waiting import until
from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.runtime.group_commit import LARGEST, GroupCommit, Outcome
from voronka.storage import StaleVersion, UnitOfWork

AWAY = EnvironmentFault(Text("The database is away."), Text("Wait."))
NOTHING = cast(UnitOfWork, None)


class Desk:
    """Answers a number with its double. `groups`: what was committed together; `open`: whether anything may be."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.commits_made = 0
        self.late: int | None = None
        self.later: list[Future[int]] = []
        self.open = threading.Event()
        self.written = threading.Event()
        self.faults: dict[int, BaseException] = {}
        self.commits = GroupCommit(self.write, self.carry_out)
        self.pool = ThreadPoolExecutor(3 * LARGEST)

    def write(self, action: Callable[[UnitOfWork], list[Outcome[int]]]) -> list[Outcome[int]]:
        result = action(NOTHING)
        self.written.set()
        self.open.wait(30)
        self.commits_made += 1
        return result

    def carry_out(self, work: UnitOfWork, asked: Any) -> list[Outcome[int]]:
        self.groups.append(list(asked))
        if self.late is not None:
            late, self.late = self.late, None
            self.later = self.ask(late)
        for number in asked:
            if number in self.faults:
                raise self.faults[number]
        return [ValueError(number) if number < 0 else 2 * number for number in asked]

    def ask(self, *numbers: int) -> list[Future[int]]:
        """Let each be asked by a thread of its own; return once all of them wait, in this order."""
        asked = []
        for number in numbers:
            asked.append(self.pool.submit(self.commits.ask, number))
            until(lambda: len(self.commits._queue) == len(asked))
        return asked

    def begin(self) -> Future[int]:
        """Let one be asked alone, and return while its commit is under way."""
        first = self.pool.submit(self.commits.ask, 0)
        assert self.written.wait(30)
        return first


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.open.set()
    desk.pool.shutdown()


def outcomes(asked: list[Future[int]]) -> list[int | str]:
    return [repr(fault) if (fault := one.exception(30)) else one.result() for one in asked]


def test_those_who_come_during_a_commit_share_the_next_in_their_order(desk: Desk) -> None:
    first, later = desk.begin(), desk.ask(3, 1, 2)
    desk.open.set()
    assert outcomes([first, *later]) == [0, 6, 2, 4]
    assert desk.groups == [[0], [3, 1, 2]]


def test_nobody_is_answered_before_the_commit(desk: Desk) -> None:
    first = desk.begin()
    assert not first.done()
    desk.open.set()
    assert first.result(30) == 0


def test_those_who_come_while_it_is_carried_out_share_the_commit(desk: Desk) -> None:
    desk.late = 5
    desk.open.set()
    assert desk.commits.ask(3) == 6
    assert desk.later[0].result(30) == 10
    assert (desk.groups, desk.commits_made) == ([[3], [5]], 1)


def test_more_than_a_transaction_takes_wait_for_the_one_after(desk: Desk) -> None:
    first, later = desk.begin(), desk.ask(*range(1, 2 * LARGEST))
    desk.open.set()
    assert outcomes([first, *later]) == [2 * number for number in range(2 * LARGEST)]
    assert [len(group) for group in desk.groups] == [1, LARGEST, LARGEST - 1]


def test_an_error_of_one_is_that_ones_answer(desk: Desk) -> None:
    first, later = desk.begin(), desk.ask(1, -1, 2)
    desk.open.set()
    assert outcomes([first, *later]) == [0, 2, "ValueError(-1)", 4]
    assert len(desk.groups) == 2


@pytest.mark.parametrize("fault", [RuntimeError("broken"), StaleVersion.__new__(StaleVersion)])
def test_one_that_spoils_the_whole_spoils_it_for_itself_alone(desk: Desk, fault: Exception) -> None:
    desk.faults[7] = fault
    first, later = desk.begin(), desk.ask(1, 7, 2)
    desk.open.set()
    assert [one.exception(30) for one in [first, *later]] == [None, None, fault, None]
    assert desk.groups == [[0], [1, 7, 2], [1], [7], [2]]


def test_a_database_that_is_away_is_told_to_all_and_asked_once(desk: Desk) -> None:
    desk.faults[7] = AWAY
    first, later = desk.begin(), desk.ask(1, 7, 2)
    desk.open.set()
    assert [one.exception(30) for one in [first, *later]] == [None, AWAY, AWAY, AWAY]
    assert desk.groups == [[0], [1, 7, 2]]


def test_without_a_unit_of_work_all_who_wait_are_told(desk: Desk) -> None:
    def away(action: Callable[[UnitOfWork], list[Outcome[int]]]) -> list[Outcome[int]]:
        raise AWAY

    commits = GroupCommit(away, desk.carry_out)
    with pytest.raises(EnvironmentFault):
        commits.ask(1)
    assert desk.groups == []


def test_an_interrupted_leader_leaves_nobody_waiting_and_nothing_is_done_twice(desk: Desk) -> None:
    desk.faults[7] = KeyboardInterrupt()
    first, later = desk.begin(), desk.ask(1, 7, 2)
    desk.open.set()
    assert outcomes([first, *later]) == [0, *["KeyboardInterrupt()"] * 3]
    assert desk.groups == [[0], [1, 7, 2]]
    assert desk.commits.ask(5) == 10
