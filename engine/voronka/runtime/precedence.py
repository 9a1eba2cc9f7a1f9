"""Who writes next: a person's command goes before the next batch of background work."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

__all__ = ["Precedence"]

# A stream of commands does not hold up timers for longer than this, in seconds.
_PATIENCE = 1.0
# Who gives commands now and then gives the next one soon, in seconds.
_LATELY = 1.0


class Precedence:
    """Lets background work leave gaps for commands. The database's own turn-taking is not fair by itself."""

    def __init__(self) -> None:
        self._waiting = 0
        self._latest = -_LATELY
        self._free = threading.Condition()

    @contextlib.contextmanager
    def command(self) -> Iterator[None]:
        """Announce a command, until it is carried out."""
        with self._free:
            self._waiting += 1
            self._latest = time.monotonic()
        try:
            yield
        finally:
            with self._free:
                self._waiting -= 1
                self._free.notify_all()

    def asked(self) -> bool:
        """Tell whether a command waits now."""
        return self._waiting > 0

    def give_way(self) -> bool:
        """Wait until no command is announced, or patience ends; return whether there was one lately."""
        with self._free:
            self._free.wait_for(lambda: self._waiting == 0, timeout=_PATIENCE)
            return time.monotonic() - self._latest < _LATELY
