"""The state folder of a workspace: what the engine keeps beside the configuration."""

from __future__ import annotations

from pathlib import Path

from voronka.errors import EnvironmentFault, refused_by_system
from voronka.messages import Text

__all__ = ["DATABASE", "IMPORTS", "MART", "database_at_hand", "is_state", "state_folder"]

DATABASE = "voronka.db"
IMPORTS = "imports"
MART = "mart"
_STATE = ".voronka"


def database_at_hand(root: Path) -> Path | None:
    """Return the database of the workspace; None if it has none yet. Nothing is made."""
    path = root / _STATE / DATABASE
    return path if path.is_file() and path.stat().st_size else None


def is_state(path: Path) -> bool:
    """Return whether a file lies in the state folder of a workspace, of whichever."""
    return _STATE in path.resolve().parts[:-1]


def state_folder(root: Path) -> Path:
    """Return ``.voronka`` in the workspace, made if it was not there: readable by its owner, ignored by git."""
    folder = root / _STATE
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists() or not ignore.stat().st_size:  # empty: the disk was full
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(
            Text("The state of the workspace cannot be kept. {reason}", reason=refused_by_system(error)),
            Text("Check the rights to the folder and the room on the disk."),
            place=str(folder),
        ) from error
    return folder
