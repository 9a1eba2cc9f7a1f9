"""Whether a checked configuration could come into force over the database at hand, told without owning it."""

from __future__ import annotations

from pathlib import Path

from voronka.config.files import WORKSPACE_FILE
from voronka.config.finding import Finding, Place, Severity
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault
from voronka.hooks.host import Host
from voronka.runtime.configuration import read_release
from voronka.runtime.conflicts import conflicts
from voronka.runtime.releases import ReleaseConflictError
from voronka.storage import look_into

__all__ = ["release_conflict"]


def release_conflict(path: Path, new: Workspace, plugins: Host) -> Finding | None:
    """Return a warning of what would keep `new` out of the database at `path`, by one look; None if nothing is seen.

    Neither is anything seen in a database that cannot be read, is of another version of Voronka or has no release in
    force, nor of deals that could not go over for a reason that only the attempt tells.
    """
    try:
        with look_into(path) as reader:
            release = None if reader is None else reader.active_release()
            if reader is None or release is None or release == new.release:
                return None
            files = reader.release_files(release)
            old = None if files is None else read_release(files, reader.release_plugins(release), plugins)
            found = conflicts(reader, old, new)
    except EnvironmentFault:
        return None
    if not found:
        return None
    told = ReleaseConflictError(found)
    return Finding(
        code="V6001",
        severity=Severity.WARNING,
        place=Place(WORKSPACE_FILE, 1, 1),
        reason=told.reason,
        remedy=told.remedy,
    )
