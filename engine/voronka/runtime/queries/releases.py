"""The releases that came before: what a workspace declared when something happened."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from voronka.definition.workspace import Workspace
from voronka.hooks.host import Host
from voronka.runtime.configuration import read_release
from voronka.runtime.queries.asked import Asked
from voronka.storage import BrokenRecord

__all__ = ["FormerReleases"]


class FormerReleases:
    """The workspace under the releases that a history names."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._workspaces: dict[str, Workspace | None] = {asked.workspace.release: asked.workspace}

    def workspace(self, release: str) -> Workspace | None:
        """Return the workspace of a release; None if this version can no longer read it, or it is damaged."""
        if release not in self._workspaces:
            files = self._files(release)
            self._workspaces[release] = None
            if files is not None:
                declared = self._asked.reader.release_plugins(release)
                self._workspaces[release] = _workspace_of(tuple(sorted(files.items())), declared, self._asked.plugins)
        return self._workspaces[release]

    def newest_first(self) -> Iterator[Workspace]:
        """Yield the workspaces of the releases that are not in force, as far as they can be read."""
        for release in reversed(self._asked.reader.releases()):
            workspace = self.workspace(release)
            if workspace is not None and workspace is not self._asked.workspace:
                yield workspace

    def _files(self, release: str) -> dict[str, bytes] | None:
        try:
            return self._asked.reader.release_files(release)
        except BrokenRecord:
            return None


@lru_cache(maxsize=8)
def _workspace_of(files: tuple[tuple[str, bytes], ...], declared: str, plugins: Host) -> Workspace | None:
    return read_release(dict(files), declared, plugins)
