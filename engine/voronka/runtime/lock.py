"""One process owns a workspace: an operating-system lock, which goes with the process however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from voronka.errors import EnvironmentFault, refused_by_system
from voronka.messages import Text

__all__ = ["WorkspaceLock", "WorkspaceOwned"]

# The byte that is locked on Windows lies beyond the owner's number, which others must be able to read.
_FAR = 1 << 20


class WorkspaceOwned(EnvironmentFault):
    """Another process owns the workspace."""

    def __init__(self, path: Path, owner: str) -> None:
        super().__init__(
            Text("Another process (number {owner}) owns this workspace.", owner=owner),
            Text("Wait until it has ended, or end it, and repeat the command."),
            place=str(path.parent),
        )
        self.owner = owner


class WorkspaceLock:
    """The ownership of a workspace, from `take` to `release`; a context manager takes and releases."""

    def __init__(self, state: Path) -> None:
        self.path = state / "lock"
        self._file: int | None = None

    def take(self) -> None:
        """Take the ownership at once, or raise `WorkspaceOwned`; `EnvironmentFault` where nothing can be written."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EnvironmentFault(
                Text("The state of the workspace cannot be kept. {reason}", reason=refused_by_system(error)),
                Text("Check the rights to the folder and the room on the disk."),
                place=str(self.path.parent),
            ) from error
        try:
            _lock(file)
        except OSError:
            owner = _owner(file)
            os.close(file)
            raise WorkspaceOwned(self.path, owner) from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file

    def release(self) -> None:
        """Give the ownership back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> WorkspaceLock:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _owner(file: int) -> str:
    return os.read(file, 20).decode("ascii", "replace").strip() or "?"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
