"""Group commit: what many threads ask for at once is carried out by one of them, and committed together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from voronka.storage import Collision, UnitOfWork, passing

__all__ = ["LARGEST", "GroupCommit", "Outcome"]

LARGEST = 64
"""What is carried out in one transaction: more of it would hold up those who come first in it."""

_Asked = TypeVar("_Asked")
_Given = TypeVar("_Given")

Outcome: TypeAlias = _Given | BaseException
"""What somebody gets who asked: a result, or the error that is raised to them."""


class _Place(Generic[_Asked, _Given]):
    """Where somebody stands who asks: `call` is released once, when it is `done` or it is their turn to lead."""

    __slots__ = ("asked", "call", "done", "outcome")
    outcome: Outcome[_Given]

    def __init__(self, asked: _Asked) -> None:
        self.asked = asked
        self.done = False
        self.call = threading.Lock()
        self.call.acquire()


class GroupCommit(Generic[_Asked, _Given]):
    """Carries out what is asked, in the order of arrival, with as few commits as it can.

    Whoever comes while nobody writes leads: opens a unit of work by `write`, takes all that waits by then and carries
    it out by `carry_out`, which gives an outcome for each; then those who have come meanwhile, once. When that is
    committed all of them get theirs, and the first of those who still wait leads. If the whole fails, each is carried
    out in a unit of work of its own, so that one spoils no other; only a database that is away fails for all.
    """

    def __init__(
        self,
        write: Callable[[Callable[[UnitOfWork], list[Outcome[_Given]]]], list[Outcome[_Given]]],
        carry_out: Callable[[UnitOfWork, Sequence[_Asked]], list[Outcome[_Given]]],
    ) -> None:
        self._write = write
        self._carry_out = carry_out
        self._queue: deque[_Place[_Asked, _Given]] = deque()
        self._leader: _Place[_Asked, _Given] | None = None
        self._lock = threading.Lock()

    def ask(self, asked: _Asked) -> _Given:
        """Return the result, after it was committed durably; raise the error that came of it."""
        place: _Place[_Asked, _Given] = _Place(asked)
        with self._lock:
            self._queue.append(place)
            if self._leader is None:
                self._leader = place
                place.call.release()
        try:
            place.call.acquire()
            if not place.done:
                self._lead()
        finally:
            self._leave(place)
        if isinstance(place.outcome, BaseException):
            raise place.outcome
        return place.outcome

    def _lead(self) -> None:
        group: list[_Place[_Asked, _Given]] = []
        try:
            outcomes = self._committed(group)
        except BaseException as interruption:
            # Whether it was committed nobody knows: the others are interrupted, too, and not carried out once more.
            outcomes = [interruption] * len(group)
        for place, outcome in zip(group, outcomes, strict=True):
            place.outcome, place.done = outcome, True
        for place in group[1:]:
            place.call.release()

    def _committed(self, group: list[_Place[_Asked, _Given]]) -> list[Outcome[_Given]]:
        """Take a group once there is a unit of work for it; return the outcome of each."""

        def together(work: UnitOfWork) -> list[Outcome[_Given]]:
            self._take(group)
            outcomes = self._carry_out(work, [place.asked for place in group])
            early = len(group)
            self._take(group)
            late = group[early:]
            return outcomes + (self._carry_out(work, [place.asked for place in late]) if late else [])

        try:
            return self._write(together)
        except Exception as error:
            if not group:  # there was no unit of work to be had
                self._take(group)
            if len(group) == 1 or (passing(error) and not isinstance(error, Collision)):
                return [error] * len(group)
        return [self._alone(place.asked) for place in group]

    def _alone(self, asked: _Asked) -> Outcome[_Given]:
        try:
            return self._write(lambda work: self._carry_out(work, [asked]))[0]
        except Exception as error:
            return error

    def _take(self, group: list[_Place[_Asked, _Given]]) -> None:
        """Take those who have come so far, the leader first; those of a group that is tried again stay."""
        with self._lock:
            while not group or (self._queue and len(group) < LARGEST):
                group.append(self._queue.popleft())

    def _leave(self, place: _Place[_Asked, _Given]) -> None:
        """Let the next one lead, if this one did; one who was interrupted while it waited is not carried out."""
        with self._lock:
            if not place.done and place in self._queue:
                self._queue.remove(place)
            if self._leader is place:
                self._leader = self._queue[0] if self._queue else None
                if self._leader is not None:
                    self._leader.call.release()
