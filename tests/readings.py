"""The same files are read and checked once, however many tests of a process open a workspace of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voronka.config import Reading
from voronka.config.files import WORKSPACE_FILE, walk
from voronka.hooks.host import Host
from voronka.runtime import configuration

__all__ = ["read_once"]

_Files = tuple[tuple[str, bytes], ...]

BUNDLED = frozenset({"smtp", "telegram", "webhook"})
_known: dict[_Files, Reading] = {}


@contextmanager
def read_once() -> Iterator[None]:
    """Until the end of the block, let a workspace opened without plugins of its own use what its files made before."""
    read = configuration.read_workspace

    def reading(root: Path, *, plugins: Host) -> Reading:
        if not isinstance(root, Path) or set(plugins.names) != BUNDLED or (root / "plugins").exists():
            return read(root, plugins=plugins)
        try:
            files = tuple(_content(root))
        except OSError:
            return read(root, plugins=plugins)
        if files not in _known:
            _known[files] = read(root, plugins=plugins)
        return _known[files]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(configuration, "read_workspace", reading)
        yield


def _content(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in (root / WORKSPACE_FILE, *walk(root / "configs")):
        yield path.relative_to(root).as_posix(), path.read_bytes()
