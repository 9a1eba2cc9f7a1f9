"""Calls into foreign code that may never return."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from voronka.hooks.phrases import EndedCallError, error_phrase
from voronka.hooks.printed import call_is_foreign

__all__ = ["Calls", "NoAnswer", "StillAway", "call_within"]

_Result = TypeVar("_Result")


class NoAnswer(Exception):  # noqa: N818 - what happened, not a failure of the program
    """A call did not return within its time."""


class StillAway(NoAnswer):
    """A call was not made: an earlier one that did not return in its time has not returned yet."""


def call_within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return what `call` gives, or raise what it raises; `NoAnswer` if it has not ended after so many `seconds`.

    It runs in another thread, which is then left behind: Python cannot end it. The process ends without it.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []
    ended = _taken()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    try:
        hand = _IDLE.pop()
    except IndexError:
        hand = _Hand()
    hand.do(run, ended)
    if not ended.acquire(timeout=max(seconds, 0.0)):
        raise NoAnswer
    if errors:
        error = errors[0]
        if isinstance(error, Exception):
            raise error
        raise EndedCallError(error_phrase(error)) from error
    return results[0]


class Calls:
    """Calls to one piece of foreign code. As long as one that was left behind is away, no other is made."""

    def __init__(self) -> None:
        self._behind: list[threading.Event] = []

    def within(self, seconds: float, call: Callable[[], _Result]) -> _Result:
        """Do as `call_within` does. Raises `StillAway` where no call is made."""
        self._behind = [each for each in self._behind if not each.is_set()]
        if self._behind:
            raise StillAway
        ended = threading.Event()

        def run() -> _Result:
            try:
                return call()
            finally:
                ended.set()

        try:
            return call_within(seconds, run)
        except NoAnswer:
            self._behind.append(ended)
            raise


def _taken() -> threading.Lock:
    """Return a lock that is taken: it tells one waiting thread one thing, in a fraction of the time of an `Event`."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class _Hand:
    """A thread that does what it is given. Kept for the next call: a new one for each takes several times as long."""

    def __init__(self) -> None:
        self._task: tuple[Callable[[], None], threading.Lock]
        self._given = _taken()
        threading.Thread(target=self._work, name="plugin", daemon=True).start()

    def do(self, run: Callable[[], None], ended: threading.Lock) -> None:
        self._task = (run, ended)
        self._given.release()

    def _work(self) -> None:
        call_is_foreign()
        kept = True
        while kept:
            self._given.acquire()
            run, ended = self._task
            del self._task
            run()
            del run
            kept = len(_IDLE) < _KEPT
            if kept:
                _IDLE.append(self)
            ended.release()
            del ended


_KEPT = 4
_IDLE: deque[_Hand] = deque()
# Threads do not come along into a forked process.
os.register_at_fork(after_in_child=_IDLE.clear)
