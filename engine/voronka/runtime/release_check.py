"""Whether a checked configuration could come into force over the database at hand, told without owning it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from voronka.config.files import WORKSPACE_FILE
from voronka.config.finding import Finding, Place, Severity
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault
from voronka.hooks.host import Host
from voronka.runtime.configuration import read_release
from voronka.runtime.conflicts import Conflict, conflicts
from voronka.storage import look_into

__all__ = ["release_conflicts"]

_FOLDERS = {
    "configs/people/": ("user",),
    "configs/templates/": ("template",),
    "configs/funnels/": ("funnel", "case", "stage", "outcome", "stopped", "queued", "queued.stage"),
    WORKSPACE_FILE: ("channel", "currency"),
}
_OF_FIELDS = "configs/fields/"


def release_conflicts(path: Path, new: Workspace, written: Mapping[str, bytes], plugins: Host) -> tuple[Finding, ...]:
    """Return warnings of what would keep `new` out of the database at `path`, by one look; none if nothing is seen.

    `written`: the files of `new`, by path. Nothing is seen in a database that cannot be read, is of another version of
    Voronka or has no release in force, nor of deals that could not go over for a reason that only the attempt tells.
    """
    try:
        with look_into(path) as reader:
            release = None if reader is None else reader.active_release()
            if reader is None or release is None or release == new.release:
                return ()
            files = reader.release_files(release)
            old = None if files is None else read_release(files, reader.release_plugins(release), plugins)
            found = conflicts(reader, old, new)
    except EnvironmentFault:
        return ()
    changed = {name: text for name, text in (files or {}).items() if written.get(name) != text}
    return tuple(
        Finding(
            code="V6001",
            severity=Severity.WARNING,
            place=_place(conflict, changed, written),
            reason=conflict.reason,
            remedy=conflict.way_out,
        )
        for conflict in found
    )


def _place(conflict: Conflict, changed: Mapping[str, bytes], written: Mapping[str, bytes]) -> Place:
    """Return the changed file that says the most of what is taken away, at the line that names what is left of it.

    `changed`: the files of the release in force that are gone or otherwise now, as they were.
    """
    home = next((folder for folder, kinds in _FOLDERS.items() if conflict.kind in kinds), _OF_FIELDS)
    ranks = {
        name: (name.startswith(home), *_named(conflict.names, text.decode(errors="replace")))
        for name, text in sorted(changed.items())
    }
    best = max(ranks, key=ranks.__getitem__, default=None)
    if best is None or not any(ranks[best]):
        return Place(WORKSPACE_FILE, 1, 1)
    lines = written.get(best, b"").decode(errors="replace").splitlines()
    at = next((n for n, line in enumerate(lines, 1) if any(_named(conflict.names, line))), 1)
    return Place(best, at, 1)


def _named(names: Iterable[str], text: str) -> tuple[bool, ...]:
    """Tell of each name, the narrowest first, whether a text has it."""
    return tuple(re.search(rf"(?<!\w){re.escape(name.rpartition('.')[2])}(?!\w)", text) is not None for name in names)
