"""The names of commands that no plugin can have: the command line, which lies above, reserves those of its own."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["is_own", "reserve"]

_own: set[str] = set()


def reserve(names: Iterable[str]) -> None:
    """Let no plugin that is loaded from now on have a command of these names."""
    _own.update(names)


def is_own(name: str) -> bool:
    """Tell whether a command of this name is Voronka's own."""
    return name in _own
