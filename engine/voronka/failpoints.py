"""Failpoints: named places at which a process can be told to die, to show that nothing is lost there.

``VORONKA_FAILPOINT=commit.before:3`` ends the process of a command or service at the third pass of that place, as a
power cut would: nothing is closed, flushed or said. Without the variable a place costs a comparison.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from voronka.errors import UsageFault
from voronka.messages import Text

__all__ = ["EXIT_CODE", "FAILPOINTS", "VARIABLE", "arm", "failpoint"]

VARIABLE = "VORONKA_FAILPOINT"

EXIT_CODE = 86
"""What a process that died at a failpoint ends with."""

FAILPOINTS: Mapping[str, str] = {
    "start.owned": "the workspace is locked, nothing is open",
    "start.created": "a new database is whole, but has no name yet",
    "start.opened": "the database is open, its schema at head",
    "release.kept": "the files of a release are written, it is not in force",
    "release.applied": "a release is in force in the transaction, which is not committed",
    "append.begun": "a step is decided, nothing of it is written",
    "append.records": "the snapshots are written, the history is not",
    "append.history": "the entries are written, what follows from them is not",
    "append.ended": "a step is written, its transaction is not committed",
    "inbox.recorded": "the answer under an idempotency key is written, not committed",
    "commit.before": "a transaction is about to be committed",
    "commit.after": "a transaction is committed, nobody knows of it yet",
    "control.answer": "a command is carried out, its answer is not sent",
    "timers.claimed": "deals with due timers are claimed, nothing is fired",
    "timers.fired": "due timers are decided, nothing is written",
    "queue.settled": "queued commands are carried out and settled, not committed",
    "outbox.leased": "effects are leased, not committed",
    "courier.before": "an effect is about to be handed over",
    "courier.after": "an effect is handed over, nobody has written it down",
    "outbox.settled": "the ends of effects are written down, not committed",
    "service.beat": "a beat is written",
    "service.announced": "the service has said where it listens",
    "service.draining": "the service has been told to end, what was begun is not ended",
}
"""Each place by its name, and what is so when the process dies there."""


class _Armed:
    """A place at which the process dies, at the pass of this number from now on."""

    def __init__(self, name: str, passes: int) -> None:
        self._name = name
        self._left = passes
        self._lock = threading.Lock()

    def passed(self, name: str) -> None:
        if name == self._name:
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    os._exit(EXIT_CODE)


_armed: _Armed | None = None


def failpoint(name: str) -> None:
    """Pass a place: the process ends here if it was told to."""
    if _armed is not None:
        _armed.passed(name)


def arm(given: str) -> None:
    """Let the process die at a place, written ``NAME`` or ``NAME:PASS``. `UsageFault` if there is no such place."""
    global _armed
    name, _, passes = given.partition(":")
    if name not in FAILPOINTS or not (passes or "1").isdecimal() or int(passes or "1") == 0:
        raise UsageFault(
            Text("{given} is no failpoint.", given=given),
            Text("Write NAME or NAME:PASS, or unset the variable. Known are: {names}.", names=", ".join(FAILPOINTS)),
            place=VARIABLE,
        )
    _armed = _Armed(name, int(passes or "1"))
