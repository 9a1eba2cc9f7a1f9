"""The workspace as its files declare it, for commands that need no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voronka.cli.context import Context

if TYPE_CHECKING:
    from voronka.definition.workspace import Workspace

__all__ = ["declared"]


def declared(context: Context) -> Workspace:
    """Return the workspace of the files. Raises `BrokenConfigurationError` where they have errors."""
    from voronka.config import read_workspace
    from voronka.runtime.configuration import BrokenConfigurationError

    reading = read_workspace(context.root)
    if reading.workspace is None:
        raise BrokenConfigurationError(reading.findings)
    return reading.workspace
