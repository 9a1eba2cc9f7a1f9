"""The way to a workspace: through the running service if there is one, else by owning the workspace for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from voronka.errors import EnvironmentFault
from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.runtime.lock import WorkspaceLock, WorkspaceOwned
from voronka.runtime.remote import RemoteClient
from voronka.runtime.state import state_folder
from voronka.runtime.words import Json

__all__ = ["PATIENCE", "Client", "Progress", "connect", "own"]

Progress = Callable[[Mapping[str, Any]], None]
"""Told how far a long piece of work has come: ``{"done": …, "total": …}`` and what else the work knows."""

PATIENCE = 20.0
"""How long another command may own the workspace before this one gives up, in seconds."""

_PAUSE = 0.05


class Client(Protocol):
    """What can be asked of a workspace, in plain JSON, whether a service runs or not."""

    @property
    def served(self) -> bool:
        """Whether a service or a worker does what is due."""
        ...

    def execute(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a command (see `voronka.runtime.commanding`) and return its answer as JSON."""
        ...

    def query(self, name: str, params: Mapping[str, Any] | None = None) -> Json:
        """Return what the query `name` finds, as JSON."""
        ...

    def work(self, name: str, params: Mapping[str, Any], progress: Progress | None = None) -> Json:
        """Do a long piece of work (an import, a reload …), telling `progress`, and return its result as JSON."""
        ...

    def warnings(self) -> list[dict[str, Any]]:
        """Return what keeps the files of the configuration from coming into force."""
        ...

    def close(self) -> None:
        """Let go of the workspace."""
        ...


def own(state: Path, *, patience: float = PATIENCE) -> WorkspaceLock | RemoteClient:
    """Return a lock of our own on the workspace whose state folder this is, or a client of its running service.

    Another command that owns the workspace is waited for, and so is a service that cannot be reached: it says again at
    its next beat where it is. Raises `EnvironmentFault` if neither helps within `patience` seconds.
    """
    lock = WorkspaceLock(state)
    deadline = time.monotonic() + patience
    while True:
        try:
            lock.take()
        except WorkspaceOwned as owned:
            if (service := RemoteClient.of(state)) is not None:
                return service
            if time.monotonic() > deadline:
                raise EnvironmentFault(
                    Text(
                        "Another process (number {owner}) owns this workspace and cannot be asked.", owner=owned.owner
                    ),
                    Text(
                        "If it is a command such as an import, wait until it has ended. "
                        "If it is the service, look at its log, end it and start it again."
                    ),
                    place=owned.place,
                ) from owned
            time.sleep(_PAUSE)
        else:
            failpoint("start.owned")
            return lock


def connect(root: Path, open_local: Callable[[Path, WorkspaceLock], Client], *, patience: float = PATIENCE) -> Client:
    """Return a client of the workspace at `root`: of its service, or `open_local` under a lock of our own.

    Waits and raises as `own` does.
    """
    lock = own(state_folder(root), patience=patience)
    if isinstance(lock, RemoteClient):
        return lock
    try:
        return open_local(root, lock)
    except BaseException:
        lock.release()
        raise
