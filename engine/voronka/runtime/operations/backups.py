"""Backing a workspace up while it is at work, and putting a backup in its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.runtime.client import Progress
from voronka.runtime.local import LocalClient
from voronka.runtime.operations.operator import operator_of
from voronka.runtime.state import is_state
from voronka.runtime.words import Json
from voronka.storage import BACKUP, BackupReport, is_backup, restore_backup, write_backup

__all__ = ["back_up", "no_file", "restore"]


def back_up(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Write a backup: parameters file (an absolute path), replace and actor. Others go on working meanwhile."""
    operator_of(client, params)
    engine, file = client.engine, Path(str(params.get("file", "")))
    if engine.database.shared:
        raise no_file()
    if not file.is_absolute():
        raise UsageFault(Text("The backup needs the whole path of its file."), Text("Give it from the root on."))
    database = Path(str(engine.database.place))
    if is_state(file) or (file.exists() and file.samefile(database)):
        raise UsageFault(
            Text("A backup cannot be written among the files with which a workspace is at work."),
            Text("Choose another folder, best on another disk."),
            place=str(file),
        )
    if file.exists():
        _check_replaced(file, params.get("replace") is True)
    now = engine.clock.now()
    report = write_backup(database, file, at=now)
    engine.write(lambda work: work.set_counter(BACKUP, now))
    return _told(file, report)


def _check_replaced(file: Path, asked: bool) -> None:
    """Raise `UsageFault` unless what stands under the name is an older backup that is to be replaced."""
    if file.is_dir():
        raise UsageFault(Text("This is a folder."), Text("Give the name of a file in it."), place=str(file))
    if not file.is_file() or not is_backup(file):
        raise UsageFault(
            Text("What stands here is no backup of Voronka: it is not replaced."),
            Text("Give another name; or move it away if it is of no use."),
            place=str(file),
        )
    if not asked:
        raise UsageFault(
            Text("There is such a file already."),
            Text("Give another name, or repeat the command with --force: the file is replaced."),
            place=str(file),
        )


def restore(file: Path, database: str | Path, *, now: int, replace: bool, owner: str | None) -> Json:
    """Put a backup in the place of a database that nobody has open; its effects are held since `now`.

    `owner`: the workspace whose backup it has to be; None: whichever.
    """
    if isinstance(database, str):
        raise no_file()
    return _told(file, restore_backup(file, database, at=now, replace=replace, owner=owner))


def no_file() -> UsageFault:
    """Return the refusal for a workspace whose database is no file."""
    return UsageFault(
        Text("This workspace keeps its data in PostgreSQL, which has backups of its own."),
        Text("Use pg_dump and pg_restore; after restoring, give `voronka effects hold` before you start the service."),
    )


def _told(file: Path, report: BackupReport) -> Json:
    return {
        "file": str(file),
        "size": report.size,
        "entries": report.entries,
        "releases": report.releases,
        "waiting": report.waiting,
    }
