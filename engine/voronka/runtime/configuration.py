"""The configuration on disk and the one in force: looked at anew whenever a file has changed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from voronka.config import Finding, Reading, Severity, read_workspace
from voronka.config.files import SCENARIOS, walk
from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, VoronkaError
from voronka.hooks.host import Host
from voronka.hooks.recall import recalled
from voronka.messages import Plural, Text
from voronka.storage import OWNER, BrokenRecord, Database, Reader

__all__ = [
    "BrokenConfigurationError",
    "ConfigurationFolder",
    "OlderReleaseError",
    "check_owner",
    "definition_in_force",
    "read_release",
    "stored_definition",
]

_log = logging.getLogger("voronka.configuration")


class BrokenConfigurationError(VoronkaError):
    """The files of the workspace do not make a configuration. `findings` say where and why.

    `released`: another configuration is in force.
    """

    exit_code = 1

    def __init__(self, findings: tuple[Finding, ...], *, released: bool = True) -> None:
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        first = errors[0]
        told = Plural(
            "The configuration has {n} error: {reason}",
            "The configuration has {n} errors, first of them: {reason}",
            n=len(errors),
            reason=first.reason,
        )
        super().__init__(
            told if released else Text("No configuration has ever been in force here. {reason}", reason=told),
            Text("Run `voronka check` and mend what it shows."),
            place=f"{first.place.file}:{first.place.line}:{first.place.column}",
        )
        self.findings = findings


class OlderReleaseError(VoronkaError):
    """The files here are those of a release that another one has followed: they do not come back by themselves."""

    exit_code = 4

    def __init__(self, files: str, active: str) -> None:
        super().__init__(
            Text(
                "The files here are those of the release {files}, which the release {active} has followed.",
                files=files[:8],
                active=active[:8],
            ),
            Text("Bring the files up to date; or, to go back to them, run `voronka reload`."),
        )


class ConfigurationFolder:
    """The files of a workspace on disk, which may use `plugins`."""

    def __init__(self, root: Path, plugins: Host) -> None:
        self.root = root
        self.plugins = plugins
        self._read: tuple[tuple[str, int, int], ...] | None = None
        self._settled: tuple[tuple[str, int, int], ...] | None = None

    def read(self) -> Reading:
        """Return the configuration as it stands on the disk."""
        self._read = tuple(self._signature())
        return read_workspace(self.root, plugins=self.plugins)

    def look(self) -> Reading | None:
        """Return the configuration if a file has changed since what was last settled, else None."""
        return self.read() if tuple(self._signature()) != self._settled else None

    def settle(self) -> None:
        """Take note that what was last read is in force or was refused: it need not be looked at again."""
        self._settled = self._read

    def _signature(self) -> Iterator[tuple[str, int, int]]:
        tests = self.root / "configs" / SCENARIOS
        for path in (self.root / "voronka.yaml", *walk(self.root / "configs")):
            if path.is_relative_to(tests):
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            yield str(path), found.st_mtime_ns, found.st_size


def _files(reader: Reader, release: str) -> dict[str, bytes] | None:
    """Return the files of a release; None, told in the log, if they are damaged: what runs must not be made of them."""
    try:
        return reader.release_files(release)
    except BrokenRecord as fault:
        _log.error(Text("{reason} {remedy}", reason=fault.reason, remedy=fault.remedy))
        return None


def read_release(files: Mapping[str, bytes], declared: str, plugins: Host) -> Workspace | None:
    """Return the definition of a stored release; None if this version can no longer read it.

    `declared`: what its plugins declared then, as JSON. It is read by that where the plugins of today do not fit it.
    """
    read = read_workspace(files, plugins=plugins).workspace
    return read or read_workspace(files, plugins=recalled(plugins, json.loads(declared))).workspace


def check_owner(database: Database, reading: Reading) -> None:
    """Raise `EnvironmentFault` if a database that several share holds the data of a workspace of another name.

    One that is a file lies in the workspace's own folder, and goes by a new name with it.
    """
    if not database.shared or reading.workspace is None:
        return
    with database.read() as reader:
        owner = reader.mark(OWNER)
    if owner not in (None, reading.workspace.name):
        raise EnvironmentFault(
            Text(
                "The database holds the data of the workspace {owner}, and this one is {name}.",
                owner=owner,
                name=reading.workspace.name,
            ),
            Text(
                "Give the address of its own database; if it is the same workspace under a new name: {command}",
                command="voronka reload --renamed",
            ),
            place=database.place,
        )


def definition_in_force(database: Database, reading: Reading, plugins: Host) -> Workspace:
    """Return the definition in force; before the first release, and where it can no longer be read, that of `reading`.

    Raises `BrokenConfigurationError` if that has errors.
    """
    with database.read() as reader:
        release = reader.active_release()
        if reading.workspace is not None and release in (None, reading.release):
            return reading.workspace
        stored = None if release is None else _stored(reader, release, plugins)
    workspace = stored or reading.workspace
    if workspace is None:
        raise BrokenConfigurationError(reading.findings, released=release is not None)
    return workspace


def stored_definition(database: Database, release: str, plugins: Host) -> Workspace:
    """Return the definition of a release that another process has put in force.

    Raises `EnvironmentFault` if this process cannot read it.
    """
    with database.read() as reader:
        stored = _stored(reader, release, plugins)
    if stored is None:
        raise EnvironmentFault(
            Text("The release {release}, put in force by another process, cannot be read here.", release=release[:8]),
            Text("Bring Voronka and its plugins on this machine up to date, and start it again."),
        )
    return stored


def _stored(reader: Reader, release: str, plugins: Host) -> Workspace | None:
    files = _files(reader, release)
    return None if files is None else read_release(files, reader.release_plugins(release), plugins)
