"""What is worked out from a release once, however many ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from voronka.definition.workspace import Workspace

__all__ = ["once_per_release"]

_KEPT = 8
_Derived = TypeVar("_Derived")


def once_per_release(derive: Callable[[Workspace], _Derived]) -> Callable[[Workspace], _Derived]:
    """Return `derive`, of which the results for the latest few workspaces are kept.

    The same value is the same release here: an equal one that was read anew is another.
    """
    known: dict[int, tuple[Workspace, _Derived]] = {}

    def derived(workspace: Workspace) -> _Derived:
        found = known.get(id(workspace))
        if found is None or found[0] is not workspace:
            while len(known) >= _KEPT:
                known.pop(next(iter(known)), None)
            found = known[id(workspace)] = workspace, derive(workspace)
        return found[1]

    return derived
