"""The first start: whatever ends it before the database is whole, the next one begins as if it had not been."""

from __future__ import annotations

import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from voronka.runtime.state import state_folder
from voronka.storage import open_database, schema, verify
from voronka.storage.database import _create
from voronka.storage.schema import upgrade

OPENS = """
import os, signal, sys
from voronka.errors import EnvironmentFault
from voronka.storage import open_database, schema
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
os.umask(0)
if sys.argv[2] == "killed":
    create = schema.create
    schema.create = lambda connection: (create(connection), os.kill(os.getpid(), signal.SIGKILL))
try:
    open_database(sys.argv[1])
except EnvironmentFault as fault:
    sys.exit(fault.exit_code)
"""


def begin(path: Path, end: str, room: int) -> int:
    """Open a database in a process that is killed as it makes it, or may write files of so many bytes only."""
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    begun = [sys.executable, "-c", OPENS, str(path), end]
    return subprocess.run(begun, check=False, preexec_fn=limit).returncode


@pytest.mark.parametrize(
    ("end", "room", "code", "left"),
    [
        ("killed", resource.RLIM_INFINITY, -signal.SIGKILL, {"voronka.db.part"}),
        ("full", 8_192, 5, set()),
    ],
)
def test_a_first_start_that_fails_is_no_start(tmp_path: Path, end: str, room: int, code: int, left: set[str]) -> None:
    path = tmp_path / "voronka.db"
    assert begin(path, end, room) == code
    assert not path.exists()
    found = list(tmp_path.iterdir())
    assert {file.name for file in found if file.suffix == ".part"} == left
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in found)
    database = open_database(path)
    with database.read():
        assert {file.name for file in tmp_path.iterdir()} <= {"voronka.db", "voronka.db-wal", "voronka.db-shm"}
    assert verify(database).sound
    database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_first_start_leaves_nothing_beside_the_file_that_is_yet_to_be_written_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "voronka.db"
    with ExitStack() as others:

        def upgrade_and_look(engine: Engine) -> None:
            upgrade(engine)
            # As long as somebody else reads, SQLite folds no WAL into the file at closing; nor when the disk is full.
            other = others.enter_context(closing(sqlite3.connect(path.with_name("voronka.db.part"))))
            other.execute("SELECT count(*) FROM sqlite_master").fetchone()

        monkeypatch.setattr(schema, "upgrade", upgrade_and_look)
        _create(make_url(f"sqlite:///{path}"), path, durable=True)
        assert [file.name for file in tmp_path.iterdir()] == ["voronka.db"]
    monkeypatch.undo()
    database = open_database(path)
    assert verify(database).sound
    database.close()


def test_a_full_disk_leaves_the_state_folder_to_git_only_until_there_is_room(tmp_path: Path) -> None:
    ignore = state_folder(tmp_path) / ".gitignore"
    ignore.write_bytes(b"")
    state_folder(tmp_path)
    assert ignore.read_text(encoding="utf-8") == "*\n"
