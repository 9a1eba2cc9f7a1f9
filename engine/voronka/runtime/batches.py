"""Batches of background work: how large they are, and what becomes of one that a part of it spoils."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from voronka.messages import Text
from voronka.storage import passing

__all__ = ["BUSY", "QUIET", "BatchSize", "whole_or_each"]

QUIET, BUSY = 0.25, 0.012
"""Seconds that a batch may take while nobody gives commands, and while somebody does."""

_log = logging.getLogger("voronka.batches")
_Part = TypeVar("_Part")


class BatchSize:
    """How many parts the next batch takes: as many as fit the time that a batch may take, within the bounds.

    A command that meets a batch waits for its end, so batches are short while commands come between. Below `smallest`
    a batch is hardly shorter any more: to begin and to commit it takes its time whatever its size.
    """

    def __init__(self, smallest: int, largest: int, *, quiet: float = QUIET) -> None:
        self.parts = self._smallest = smallest
        self._largest = largest
        self._quiet = quiet

    def learn(self, parts: int, seconds: float, *, busy: bool) -> None:
        """Take note of how long a batch of so many parts took, and whether commands come."""
        if parts:
            fitting = parts * (BUSY if busy else self._quiet) / max(seconds, 1e-6)
            self.parts = int(min(max(fitting, self._smallest), 2 * self.parts, self._largest))


def whole_or_each(whole: Callable[[], int], alone: Callable[[_Part], int], parts: Sequence[_Part], what: Text) -> int:
    """Do a batch in one transaction, or each of its `parts` in its own if one of them spoils the whole."""
    try:
        return whole()
    except Exception as error:
        if passing(error):
            raise
        _log.exception(Text("{what} failed; its parts go on one by one.", what=what))
        return sum(alone(part) for part in parts)
