"""The releases that came before: what a workspace declared when something happened."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from voronka.definition.workspace import Workspace
from voronka.errors import VoronkaError
from voronka.hooks.host import Host
from voronka.messages import Text
from voronka.runtime.configuration import read_release
from voronka.runtime.queries.asked import Asked
from voronka.storage import BrokenRecord

__all__ = ["FormerReleases", "UnreadableRelease"]


class UnreadableRelease(VoronkaError):  # noqa: N818 - an answer, not an error
    """A release that once was in force is damaged, or of a version that this one does not read."""

    exit_code = 4


class FormerReleases:
    """The workspace under the releases that a history names."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._workspaces: dict[str, Workspace | None] = {asked.workspace.release: asked.workspace}

    def workspace(self, release: str) -> Workspace | None:
        """Return the workspace of a release; None if this version can no longer read it, or it is damaged."""
        if release not in self._workspaces:
            files = self.files(release)
            self._workspaces[release] = None
            if files is not None:
                declared = self._asked.reader.release_plugins(release)
                self._workspaces[release] = _workspace_of(tuple(sorted(files.items())), declared, self._asked.plugins)
        return self._workspaces[release]

    def read(self, release: str) -> Workspace:
        """Return the workspace of a release. Raises `UnreadableRelease` where `workspace` gives None."""
        found = self.workspace(release)
        if found is None:
            raise UnreadableRelease(
                Text("The release {release} can no longer be read here.", release=release[:8]),
                Text("Compare the files of both by the version control in which they are kept."),
            )
        return found

    def files(self, release: str) -> dict[str, bytes] | None:
        """Return the files of a release by path; None if they are damaged, or there is no such release."""
        try:
            return self._asked.reader.release_files(release)
        except BrokenRecord:
            return None

    def newest_first(self) -> Iterator[Workspace]:
        """Yield the workspaces of the releases that are not in force, as far as they can be read."""
        for release in reversed(self._asked.reader.releases()):
            workspace = self.workspace(release)
            if workspace is not None and workspace is not self._asked.workspace:
                yield workspace


@lru_cache(maxsize=8)
def _workspace_of(files: tuple[tuple[str, bytes], ...], declared: str, plugins: Host) -> Workspace | None:
    return read_release(dict(files), declared, plugins)
