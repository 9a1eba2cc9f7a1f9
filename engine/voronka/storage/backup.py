"""Backups of a database that is a file: a copy of one moment, proved, and marked so that it sends nothing by itself."""

from __future__ import annotations

import glob
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.storage.counters import BACKUP, HELD
from voronka.storage.dialects import is_full
from voronka.storage.marks import OWNER
from voronka.storage.schema import check_not_newer

__all__ = ["BackupReport", "is_backup", "restore_backup", "write_backup"]

# Beside a database in WAL mode.
_BESIDE = ("-wal", "-shm", "-journal")

_DRAFT = ".part"
_LEFT = 86_400.0  # seconds after which nobody writes to a draft any more


@frozen
class BackupReport:
    """What a copy holds: entries of histories, releases, effects that wait, and its size in bytes."""

    entries: int
    releases: int
    waiting: int
    size: int


def write_backup(database: Path, file: Path, *, at: int) -> BackupReport:
    """Copy a database as of one moment to `file`, while others write to it; return what the copy holds.

    The copy is proved before it gets its name, its owner alone may read it, and its effects are held since `at`
    (UTC microseconds): whoever opens it sends nothing until they are released. Raises `EnvironmentFault` if the file
    cannot be written or is not sound; then nothing is left of it, and what stood under the name still stands.
    """
    with _draft(file) as draft, closing(_opened(database)) as source, closing(sqlite3.connect(draft)) as copy:
        source.backup(copy)
        _mark(copy, at=at, backup=at)
        return _proved(copy, draft, place=file)


def is_backup(file: Path) -> bool:
    """Tell whether a file that exists is one that `write_backup` has written, and nobody works with."""
    try:
        with closing(_opened(file)) as found:
            marks = dict(found.execute("SELECT name, value FROM counters WHERE name IN (?, ?)", (BACKUP, HELD)))
    except sqlite3.Error:
        return False
    # Of a database that was restored or is at work, what is held is so since another moment.
    return BACKUP in marks and marks.get(HELD) == marks[BACKUP]


def restore_backup(
    file: Path, database: Path, *, at: int, replace: bool = False, owner: str | None = None
) -> BackupReport:
    """Put the database that `file` holds in the place of `database`, its effects held since `at`; return what it holds.

    Nobody may have `database` open. Raises `UsageFault` if there is one and it is not to be `replace`d, or if the
    backup is that of another workspace than its `owner` (None: whichever),
    `EnvironmentFault` if the file is no sound backup, is of a newer Voronka, or cannot be put there; then the database
    stands as it stood.
    """
    if database.exists() and not replace:
        raise UsageFault(
            Text("The workspace has a database already."),
            Text("Back it up if it is still of use, then repeat the command with --force: it is replaced."),
            place=str(database),
        )
    with _draft(database) as draft:
        with closing(_opened(file)) as source, closing(sqlite3.connect(draft)) as copy:
            _check_backup(source, file)
            _check_owner(source, file, owner)
            source.backup(copy)
            _mark(copy, at=at)
            report = _proved(copy, draft, place=file)
        _clear(database)
    return report


def _opened(file: Path) -> sqlite3.Connection:
    """Return a connection that only reads."""
    if not file.is_file():
        raise EnvironmentFault(
            Text("There is no such file or folder."), Text("Check the name of the file."), place=str(file)
        )
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _check_backup(source: sqlite3.Connection, file: Path) -> None:
    """Raise `EnvironmentFault` unless the file is a database of Voronka, of this version or of an older one."""
    try:
        (version,) = source.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
    except sqlite3.Error:
        version = None
    if version is None:
        raise EnvironmentFault(
            Text("This is no backup of a workspace."),
            Text("Give a file that `voronka backup` has written."),
            place=str(file),
        )
    try:
        check_not_newer(str(version))
    except EnvironmentFault as fault:
        raise EnvironmentFault(
            Text("The backup was made by a newer Voronka (schema {version}).", version=version),
            Text("Update Voronka, then restore it."),
            place=str(file),
        ) from fault


def _check_owner(source: sqlite3.Connection, file: Path, owner: str | None) -> None:
    try:
        (found,) = source.execute("SELECT value FROM marks WHERE name = ?", (OWNER,)).fetchone() or (None,)
    except sqlite3.OperationalError:  # of an older version, which kept none
        found = None
    if owner is not None and found not in (None, owner):
        raise UsageFault(
            Text("The backup is of the workspace {found}, and this one is {owner}.", found=found, owner=owner),
            Text("Give a backup of its own; to take this one all the same, repeat the command with --renamed."),
            place=str(file),
        )


def _mark(copy: sqlite3.Connection, *, at: int, backup: int | None = None) -> None:
    """Hold the effects of a copy, and write into it when it was made."""
    # Its own journal instead of a WAL: the copy is one file.
    copy.execute("PRAGMA journal_mode=DELETE")
    marks = [(HELD, at), *([] if backup is None else [(BACKUP, backup)])]
    with copy:
        copy.executemany(
            "INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            marks,
        )


def _proved(copy: sqlite3.Connection, draft: Path, *, place: Path) -> BackupReport:
    """Return what a copy holds; raise `EnvironmentFault` if it is damaged."""
    damages = [line for (line,) in copy.execute("PRAGMA integrity_check(5)") if line != "ok"]
    if damages:
        raise EnvironmentFault(
            Text("The copy is damaged: {damage}", damage=damages[0]),
            Text("Run `voronka verify`; restore an older backup if the database itself is damaged."),
            place=str(place),
        )

    def count(query: str) -> int:
        return int(copy.execute(query).fetchone()[0])

    return BackupReport(
        entries=count("SELECT count(*) FROM history"),
        releases=count("SELECT count(*) FROM releases"),
        waiting=count("SELECT count(*) FROM outbox WHERE status = 'pending'"),
        size=draft.stat().st_size,
    )


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """Give a file that its owner alone may read; it gets its name at the end of the block, or is gone if that raises.

    What the system refuses, or the database finds wrong, becomes an `EnvironmentFault`.
    """
    try:
        _sweep(file)
        # A name of its own: somebody else may be making one for the same file.
        opened, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=_DRAFT, dir=file.parent)
        os.close(opened)
        draft = Path(name)
        try:
            yield draft
            with draft.open("rb+") as written:
                os.fsync(written.fileno())
            draft.replace(file)
            _settle_names(file.parent)
        except BaseException:
            _remove(draft)
            raise
    except OSError as error:
        raise EnvironmentFault(
            Text("The file cannot be written. {reason}", reason=refused_by_system(error)),
            Text("Check the rights to the folder and the room on the disk."),
            place=str(file),
        ) from error
    except sqlite3.Error as error:
        raise EnvironmentFault(
            Text("There is no room on the disk.")
            if is_full(error)
            else Text("The database cannot be read: {reason}.", reason=str(error)),
            Text("Check the path or address, the rights and the disk; restore a backup if the file is damaged."),
            place=str(file),
        ) from error


def _sweep(file: Path) -> None:
    """Remove what processes left of drafts of a file as they were killed: those that nobody has written to for long."""
    for draft in file.parent.glob(f".{glob.escape(file.name)}.*{_DRAFT}"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > _LEFT:
                _remove(draft)


def _settle_names(folder: Path) -> None:
    """Let the names in a folder survive a power cut, where the system can."""
    if os.name != "nt":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _clear(database: Path) -> None:
    """Remove what belongs to a database that is replaced, so that it is not taken for a part of the new one.

    Its WAL is folded into it first: killed before the new one has its name, the old one is whole.
    """
    if database.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    for part in _BESIDE:
        database.with_name(database.name + part).unlink(missing_ok=True)


def _remove(draft: Path) -> None:
    for part in ("", *_BESIDE):
        draft.with_name(draft.name + part).unlink(missing_ok=True)
