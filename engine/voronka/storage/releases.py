"""Releases: every configuration that ever ran, whole, by the hash of its content."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from voronka.definition.workspace import release_of
from voronka.messages import Text
from voronka.process.events import ReleaseActivated, ReleaseRead
from voronka.process.state import WORKSPACE
from voronka.storage import histories
from voronka.storage.faults import BrokenRecord
from voronka.storage.tables import releases

__all__ = ["Activation", "activate", "activations", "active", "files", "first_at", "known", "plugins", "put", "read_by"]

_PLUGINS = "plugins.json"
"""In the archive, what the release's plugins declared: beside its files, and no part of its hash."""


class Activation(NamedTuple):
    """A release that came into force at `since`, which an earlier one may do again; `before`: the one that was in force
    until then, None for the first."""

    release: str
    since: int
    before: str | None


def _pack(content: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(content.items()):
            # A fixed date: the same files pack to the same bytes.
            info = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def put(connection: Connection, release: str, content: Mapping[str, bytes], *, at: int, plugins: str = "{}") -> None:
    """Keep a release's files, and as JSON what its plugins declare; one that is there already is left as it is."""
    known = connection.execute(select(releases.c.release).where(releases.c.release == release)).first()
    if known is None:
        packed = _pack({**content, _PLUGINS: plugins.encode()})
        row = {"release": release, "files": packed, "stored_at": at, "active": False}
        connection.execute(insert(releases), row)


def activate(connection: Connection, release: str) -> None:
    """Make a stored release the one that new commands run under."""
    connection.execute(update(releases).where(releases.c.active).values(active=False))
    connection.execute(update(releases).where(releases.c.release == release).values(active=True))


def active(connection: Connection) -> str | None:
    """Return the active release; None before the first."""
    return connection.execute(select(releases.c.release).where(releases.c.active)).scalar_one_or_none()


def known(connection: Connection) -> list[str]:
    """Return every release that is kept, the first stored first."""
    return list(connection.execute(select(releases.c.release).order_by(releases.c.stored_at)).scalars())


def first_at(connection: Connection) -> int | None:
    """Return when the first release was stored; None before it."""
    return connection.execute(select(func.min(releases.c.stored_at))).scalar_one_or_none()


def activations(connection: Connection) -> list[Activation]:
    """Return when which release came into force, the first first: out of the history of the workspace."""
    found: list[Activation] = []
    for entry in histories.having(connection, WORKSPACE, ReleaseActivated):
        for event in entry.events:
            if isinstance(event, ReleaseActivated):
                found.append(Activation(event.release, event.at, found[-1].release if found else None))
    return found


def read_by(connection: Connection) -> dict[tuple[str, int], dict[str, int]]:
    """Return who has read what a release changes, and when: by the release and since when it was in force, by user."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for entry in histories.having(connection, WORKSPACE, ReleaseRead):
        for event in entry.events:
            if isinstance(event, ReleaseRead):
                found.setdefault((event.release, event.since), {}).setdefault(entry.actor, event.at)
    return found


def files(connection: Connection, release: str) -> dict[str, bytes] | None:
    """Return a release's files by path; None for an unknown one. Raises `BrokenRecord` if they are not its own."""
    found = _unpacked(connection, release)
    if found is None:
        return None
    found.pop(_PLUGINS, None)
    if release_of(found) != release:
        raise BrokenRecord(Text("The files of the release {release} are not those that were stored.", release=release))
    return found


def plugins(connection: Connection, release: str) -> str:
    """Return as JSON what a release's plugins declared when it was stored."""
    return ((_unpacked(connection, release) or {}).get(_PLUGINS) or b"{}").decode()


def _unpacked(connection: Connection, release: str) -> dict[str, bytes] | None:
    query = select(releases.c.files).where(releases.c.release == release)
    packed = connection.execute(query).scalar_one_or_none()
    if packed is None:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (TypeError, ValueError, OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return {}
