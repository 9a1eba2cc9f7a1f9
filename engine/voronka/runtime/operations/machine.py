"""The machine under a workspace, as far as it can be seen without opening the database."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import TZPATH

from voronka.messages import Text
from voronka.runtime.operations.finding import Finding
from voronka.runtime.operations.readiness import LEAST_ROOM, room
from voronka.runtime.state import DATABASE

__all__ = ["examine_machine"]

_LARGEST_WAL = 256 * 1024 * 1024
_MOUNTS = Path("/proc/self/mountinfo")
# File systems of which locks do not hold from one machine to the next, or not at all.
_WITHOUT_LOCKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"})


def examine_machine(state: Path, *, mounts: Path = _MOUNTS) -> list[Finding]:
    """Return a finding on each part: room on the disk, rights of files, WAL, file system, time zone data, locale."""
    return [_disk(state), *_rights(state), _wal(state), _file_system(state, mounts), _zones(), _locale()]


def _disk(state: Path) -> Finding:
    free = room(state)
    if free >= LEAST_ROOM:
        return Finding(part="disk")
    told = Text("{free} MB are free on the disk.", free=free >> 20)
    return Finding(part="disk", told=told, remedy=Text("Free some room: without it nothing is written."), grave=True)


def _rights(state: Path) -> Iterator[Finding]:
    if os.name == "nt":
        return
    kept = [state, *(path for path in state.glob(f"{DATABASE}*")), state / "control.json"]
    open_to_others = [path for path in kept if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if not open_to_others:
        yield Finding(part="rights")
    for path in open_to_others:
        yield Finding(
            part="rights",
            told=Text("Others on this machine may use {file}, which holds personal data.", file=path.name),
            remedy=Text("Take the rights from them: {command}", command=f"chmod go= {path}"),
            grave=True,
        )


def _wal(state: Path) -> Finding:
    wal = state / f"{DATABASE}-wal"
    size = wal.stat().st_size if wal.exists() else 0
    if size <= _LARGEST_WAL:
        return Finding(part="wal")
    return Finding(
        part="wal",
        told=Text("The write-ahead log has {size} MB: it is not folded into the database.", size=size >> 20),
        remedy=Text("End programs that read the database for long, and start the service anew."),
    )


def _file_system(state: Path, mounts: Path) -> Finding:
    """Look where the state folder lies; of a system that does not say so, nothing is found."""
    kind = _mounted(state.resolve(), mounts)
    if kind not in _WITHOUT_LOCKS:
        return Finding(part="file system")
    return Finding(
        part="file system",
        told=Text("The database lies on a file system of the network ({kind}), where locks do not hold.", kind=kind),
        remedy=Text("Move the workspace to a disk of this machine, or keep its data in PostgreSQL."),
        grave=True,
    )


def _mounted(folder: Path, mounts: Path) -> str:
    """Return the kind of the file system on which a folder lies, as Linux tells it; empty if it is not known."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best, found = -1, ""
    for line in lines:
        mounted, _, described = line.partition(" - ")
        point = mounted.split()[4].replace("\\040", " ")
        if folder.is_relative_to(point) and len(point) >= best:
            best, found = len(point), described.split()[0]
    return found


def _zones() -> Finding:
    """Tell where the data of time zones come from: the system, else the package, which ages with the installation."""
    if any(Path(folder).is_dir() for folder in TZPATH):
        return Finding(part="time zones")
    return Finding(
        part="time zones",
        told=Text("The system has no data of time zones; those of the package tzdata are used."),
        remedy=Text("Update the package now and then: pip install --upgrade tzdata"),
    )


def _locale() -> Finding:
    import locale

    if locale.getpreferredencoding(False).lower().replace("-", "") == "utf8":
        return Finding(part="locale")
    return Finding(
        part="locale",
        told=Text("The encoding of this system is {encoding}, not UTF-8.", encoding=locale.getpreferredencoding(False)),
        remedy=Text("Set LANG to a locale of UTF-8, such as C.UTF-8, for the service and for commands."),
    )
