"""A watch over the engine: if nothing runs any more, it is written where every thread stands.

Code of plugins that is called within decisions may hold the interpreter; no thread of Python can then say so.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
from contextlib import suppress
from io import UnsupportedOperation
from typing import TextIO

__all__ = ["Watch"]


class Watch:
    """Writes the place of every thread to `to` once the interpreter has been held for so many `seconds`.

    A thread of the C library does that; as long as the interpreter is free, it is put off again and again.
    """

    def __init__(self, seconds: float = 10.0, to: TextIO | None = None) -> None:
        self._seconds = seconds
        self._to = to or sys.stderr
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="standstill", daemon=True)

    def start(self) -> None:
        """Begin to watch, at once; nothing is watched if `to` is no file."""
        with suppress(UnsupportedOperation, AttributeError, ValueError):
            self._put_off()
            self._thread.start()

    def _watch(self) -> None:
        with suppress(ValueError):  # the file was closed
            while not self._ended.wait(self._seconds / 4):
                self._put_off()

    def _put_off(self) -> None:
        faulthandler.dump_traceback_later(self._seconds, file=self._to)

    def stop(self) -> None:
        """Watch no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
            faulthandler.cancel_dump_traceback_later()
