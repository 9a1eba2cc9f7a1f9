"""A disk that remembers: SQLite writes through it, and what a power cut may leave of the writes is made afterwards.

What was synced is there. Of what was written to a file after its last sync each piece may be there, be missing or be
torn at a sector, whatever the order was. `connect` is a driver for SQLAlchemy in place of `sqlite3`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

__all__ = ["Disk", "Driver"]

_SECTOR = 512


class _Done(NamedTuple):
    """Something that was done to a file: a write at an offset, a truncation to it, or a sync."""

    kind: str
    file: str
    offset: int = 0
    data: bytes = b""


class Disk(apsw.VFS):
    """Records what is done to files. `done`: everything so far, in order."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.done: list[_Done] = []

    def xOpen(self, name: Any, flags: Any) -> _File:  # noqa: N802 - SQLite's name
        return _File(self, name, flags)

    def left(self, cut: int, before: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
        """Return the files as a power cut after so many steps may leave them; `before`: as they were at first."""
        found: dict[str, bytes] = {}
        for name in {*before, *(each.file for each in self.done[:cut])}:
            steps = [each for each in self.done[:cut] if each.file == name]
            synced = max((place for place, each in enumerate(steps) if each.kind == "sync"), default=-1)
            content = bytearray(before.get(name, b""))
            for each in steps[: synced + 1]:
                _apply(content, each)
            loose = steps[synced + 1 :]
            for each in _survivors(loose, chance):
                _apply(content, each)
            found[name] = bytes(content)
        return found


def _survivors(loose: Sequence[_Done], chance: random.Random) -> Iterator[_Done]:
    """Choose what of unsynced steps has reached the disk: none, a beginning, or any of them, some torn."""
    match chance.randrange(4):
        case 0:
            return
        case 1:
            yield from loose[: chance.randrange(len(loose) + 1)]
        case 2:
            yield from loose
        case 3:
            for each in loose:
                if chance.random() < 0.5:
                    yield each
                elif each.kind == "write" and len(each.data) > _SECTOR and chance.random() < 0.3:
                    torn = _SECTOR * chance.randrange(1, len(each.data) // _SECTOR + 1)
                    yield each._replace(data=each.data[:torn])


def _apply(content: bytearray, done: _Done) -> None:
    if done.kind == "truncate":
        del content[done.offset :]
        content.extend(bytes(max(done.offset - len(content), 0)))
    elif done.kind == "write":
        content.extend(bytes(max(done.offset - len(content), 0)))
        content[done.offset : done.offset + len(done.data)] = done.data


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(path).name if path else ""

    def _note(self, done: _Done) -> None:
        if self._name:
            self._disk.done.append(done)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._note(_Done("write", self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        self._note(_Done("truncate", self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._note(_Done("sync", self._name))


class Driver:
    """What SQLAlchemy needs of a module like `sqlite3`, over connections that write through a disk."""

    paramstyle = "qmark"
    threadsafety = 1
    apilevel = "2.0"
    sqlite_version = apsw.sqlite_lib_version()
    sqlite_version_info = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    Error = DatabaseError = OperationalError = InterfaceError = apsw.Error
    InternalError = DataError = NotSupportedError = ProgrammingError = Warning = apsw.Error
    IntegrityError = apsw.ConstraintError
    Binary = bytes
    PARSE_DECLTYPES = PARSE_COLNAMES = 0

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def connect(self, path: str, **_: object) -> _Connection:
        return _Connection(apsw.Connection(path, vfs=self._disk.name))


class _Connection:
    isolation_level: None = None

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    def cursor(self) -> _Cursor:
        return _Cursor(self.connection)

    def execute(self, statement: str, values: Any = ()) -> _Cursor:
        cursor = self.cursor()
        cursor.execute(statement, values)
        return cursor

    def create_function(
        self, name: str, count: int, function: Callable[..., Any] | None, *, deterministic: bool = False
    ) -> None:
        self.connection.create_scalar_function(name, function, count, deterministic=deterministic)

    def create_collation(self, name: str, function: Callable[[str, str], int] | None) -> None:
        self.connection.create_collation(name, function)

    def commit(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")

    def rollback(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        self.connection.close()


class _Cursor:
    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: Iterator[Any] = iter(())
        self.description: tuple[Any, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, statement: str, values: Any = ()) -> None:
        self.description = None
        before = self._connection.total_changes()
        cursor = self._connection.cursor()
        cursor.exec_trace = self._traced
        self._rows = iter(list(cursor.execute(statement, values)))
        self.rowcount = self._connection.total_changes() - before
        self.lastrowid = self._connection.last_insert_rowid()

    def executemany(self, statement: str, many: Iterable[Any]) -> None:
        before = self._connection.total_changes()
        self._connection.cursor().executemany(statement, many)
        self.rowcount = self._connection.total_changes() - before

    def _traced(self, cursor: apsw.Cursor, *_: object) -> bool:
        # A statement that gives no rows has no description any more once it has run.
        self.description = tuple((name, *[None] * 6) for name, _ in cursor.get_description()) or None
        return True

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [row for row, _ in zip(self._rows, range(size or self.arraysize), strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def close(self) -> None:
        self._rows = iter(())
