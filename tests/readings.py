"""The same files are read and checked once, however many tests of a process open a workspace of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest

from voronka.config import Finding, Reading, workspace
from voronka.config.document import Document
from voronka.config.files import WORKSPACE_FILE, walk
from voronka.config.reader import read_document
from voronka.config.schema import NO_ADDITIONS, Additions
from voronka.config.shape import check_shape
from voronka.hooks.host import Host
from voronka.runtime import configuration

__all__ = ["parsed_once", "read_once"]

_Files = tuple[tuple[str, bytes], ...]

BUNDLED = frozenset({"smtp", "telegram", "webhook"})
_known: dict[_Files, Reading] = {}


@contextmanager
def parsed_once() -> Iterator[None]:
    """Until the end of the block, let a workspace have the tree and the faults of shape of a file as they were made
    for the same content before: most tests change one file among many."""
    shapes: dict[tuple[int, str, Additions], tuple[Document, tuple[Finding, ...]]] = {}

    def shape_of(document: Document, kind: str, additions: Additions = NO_ADDITIONS) -> tuple[Finding, ...]:
        key = id(document), kind, additions
        if key not in shapes:
            shapes[key] = document, check_shape(document, kind, additions)  # with the document, or its id is given anew
        return shapes[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "read_document", lru_cache(maxsize=None)(read_document))
        patch.setattr(workspace, "check_shape", shape_of)
        yield


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
