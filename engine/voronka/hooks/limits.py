"""Calls into foreign code that may never return."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["NoAnswer", "call_within"]

_Result = TypeVar("_Result")


class NoAnswer(Exception):  # noqa: N818 - what happened, not a failure of the program
    """A call did not return within its time."""


def call_within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return what `call` gives, or raise what it raises; `NoAnswer` if it has not ended after so many `seconds`.

    It runs in a thread of its own, which is then left behind: Python cannot end it. The process ends without it.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="plugin", daemon=True).start()
    if not ended.wait(seconds):
        raise NoAnswer
    if errors:
        error = errors[0]
        if isinstance(error, Exception):
            raise error
        # What ends a program, such as SystemExit, ends only the call.
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    return results[0]
