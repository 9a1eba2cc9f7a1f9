"""One import at a time, or one that is undone: in this process and in all that share the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.runtime.engine import Engine
from voronka.storage import Alone, Hold

__all__ = ["turn"]


@contextmanager
def turn(engine: Engine) -> Iterator[Hold]:
    """Keep every other import from running meanwhile. Raises `UsageFault` if one runs already.

    `check` of what is given is to be called before each commit.
    """
    if not engine.importing.acquire(blocking=False):
        raise _running()
    try:
        with engine.database.alone(Alone.IMPORT) as mine:
            if mine is None:
                raise _running()
            yield mine
    finally:
        engine.importing.release()


def _running() -> UsageFault:
    return UsageFault(Text("An import is running already."), Text("Wait until it has ended, and repeat the command."))
