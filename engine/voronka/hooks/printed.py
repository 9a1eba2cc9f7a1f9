"""What plugins print within the engine: kept out of what a command answers on standard output."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from voronka.hooks.phrases import phrase

__all__ = ["call_is_foreign", "printed_apart"]


class _Thread(threading.local):
    foreign = False


_thread = _Thread()


def call_is_foreign() -> None:
    """Remember that this thread runs the code of plugins, and nothing else, from now on."""
    _thread.foreign = True


@contextmanager
def printed_apart() -> Iterator[None]:
    """Let what the threads of plugins print go into the log, where there is none to standard error."""
    own = sys.stdout
    sys.stdout = cast(TextIO, _Divided(own))
    try:
        yield
    finally:
        sys.stdout = own


class _Divided:
    """Standard output for everybody but the threads of plugins; in all else it is the stream that it stands for."""

    def __init__(self, own: TextIO) -> None:
        self._own = own

    def __getattr__(self, name: str) -> object:
        return getattr(self._own, name)

    def write(self, text: str) -> int:
        """Write a text where this thread writes to."""
        if not _thread.foreign:
            return self._own.write(text)
        import logging  # a command that prints nothing of a plugin's can do without

        log = logging.getLogger("voronka.plugins")
        if not log.hasHandlers():
            return sys.stderr.write(text)
        for line in text.splitlines():
            if said := phrase(line):
                log.info("%s", said)
        return len(text)
