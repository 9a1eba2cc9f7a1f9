"""Watching the files of a workspace: told by the times at which they were changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from voronka.config.files import walk
from voronka.hooks.discovery import FOLDER

__all__ = ["changes"]


def changes(root: Path, pause: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and again after each change of a file of the workspace at `root`, its own plugins among them.

    `pause` waits between two looks; what it raises ends the watching.
    """
    while True:
        seen = _signature(root)
        yield
        while _signature(root) == seen:
            pause()


def _signature(root: Path) -> dict[str, tuple[int, int]]:
    """Return the time of change and the size of each file."""
    found = {}
    for path in (root / "voronka.yaml", *walk(root / "configs"), *(root / FOLDER).glob("*.py")):
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        found[str(path)] = (told.st_mtime_ns, told.st_size)
    return found
