"""Opening the database, and the one way in: a unit of work to write, a reader to read."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.failpoints import failpoint
from voronka.messages import Text
from voronka.storage import counters, exclusion, listening, schema
from voronka.storage.dialects import connect, has_row_locks, shown, temporary
from voronka.storage.exclusion import Alone, Hold
from voronka.storage.faults import environment_faults
from voronka.storage.listening import Listener
from voronka.storage.reader import Reader
from voronka.storage.tables import metadata
from voronka.storage.unit import UnitOfWork

__all__ = ["Database", "look_into", "open_database", "temporary_database"]


class Database:
    """A database whose schema is at head. On SQLite one thread writes at a time; readers do not wait for it.

    `shared`: other processes may write to it, too.
    """

    def __init__(self, writer: Engine, readers: Engine) -> None:
        self.url = url = writer.url
        self.place = shown(url)
        self._writer = writer
        self._readers = readers
        self._turn = Lock()
        self.shared = has_row_locks(self._writer.dialect)
        self.for_one_thread = False
        self._changes = 0
        self._reached: int | None = None
        self._listens = False
        self._telling = Lock()
        self._told, self._untold = -listening.TOGETHER, False

    @property
    def changes(self) -> int | None:
        """How often this was written to: until that changes, what was read holds.

        None where others write, too, and this process does not listen to them.
        """
        return None if self.shared and not self._listens else self._changes

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Give a unit of work: committed, durably, at the end of the block; rolled back whole if it raises."""
        with self._one_at_a_time(), environment_faults(str(self.place)):
            with self._writer.begin() as connection:
                work = UnitOfWork(connection, self._reached, shared=self.shared)
                yield work
                work.close()
                failpoint("commit.before")
            self._reached = work.reached
            failpoint("commit.after")
        work.committed()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Give a reader over one consistent state of the database, as of its first question."""
        with environment_faults(str(self.place)), self._readers.begin() as connection:
            yield Reader(connection)

    def close(self) -> None:
        """Let go of every connection. The readers go first: the last one out folds the WAL into the file."""
        if self._untold:
            self._tell()
        self._readers.dispose()
        self._writer.dispose()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with nullcontext() if self.shared else self._turn:
            try:
                yield
            finally:
                self._changes += 1

    @contextmanager
    def alone(self, what: Alone) -> Iterator[Hold | None]:
        """Keep others from doing something until the end of the block; None if another process does it now.

        On PostgreSQL that hangs on a connection: `check` of what is given tells whether it still holds.
        """
        if not self.shared:
            yield Hold()
            return
        with environment_faults(str(self.place)), self._writer.connect() as connection:
            session = connection.execution_options(isolation_level="AUTOCOMMIT")
            mine = exclusion.hold(session, what)
            try:
                yield Hold(session) if mine else None
            finally:
                if mine and not session.invalidated:
                    with suppress(DBAPIError):  # it has gone with its session
                        exclusion.release(session, what)

    def tell(self) -> None:
        """Wake the processes that listen, after a commit that may have made work for them; many times at once is once.

        What fails is let be: what was committed is, and they also look by themselves.
        """
        if not self.shared:
            return
        with self._telling:
            self._untold = True
            if time.monotonic() - self._told >= listening.TOGETHER:
                self._tell()

    def _tell(self) -> None:
        self._told, self._untold = time.monotonic(), False
        with suppress(EnvironmentFault), environment_faults(str(self.place)), self._writer.connect() as connection:
            listening.notify(connection.execution_options(isolation_level="AUTOCOMMIT"))

    def listen(self, heard: Callable[[], None]) -> Listener | None:
        """Begin to listen to the commits of other processes, each of which calls `heard`; None where there is no other.

        A notice may be lost: `look_again` now and then.
        """
        if not self.shared:
            return None

        def woken() -> None:
            self.look_again()
            heard()

        listener = Listener(self.url, woken)
        self._listens = True
        listener.start()
        return listener

    def look_again(self) -> None:
        """Take nothing for known that was read: another process may have written."""
        self._changes += 1

    @contextmanager
    def scratch(self) -> Iterator[Database]:
        """Give a database with all that this one holds now; what is written to it is forgotten at the end of the block.

        Those who write to this one do not wait for it. It is for one thread. On SQLite it is a copy, with the time and
        the room for temporary files that this takes; on PostgreSQL a transaction that is rolled back, in which numbers
        are drawn from counters of its own, far from those that others draw meanwhile.
        """
        with environment_faults(str(self.place)), self._copied() as engine, engine.connect() as connection:
            whole = connection.begin()
            try:
                if self.shared:
                    counters.shadow(connection)
                yield _Scratch(connection)
            finally:
                whole.rollback()

    @contextmanager
    def _copied(self) -> Iterator[Engine]:
        if self.shared:
            yield self._writer
            return
        engine = temporary()
        try:
            with _file(self._readers) as file, _file(engine) as copy:
                file.backup(copy)
            yield engine
        finally:
            engine.dispose()

    def fold(self) -> bool:
        """Fold the WAL of SQLite into the file and empty it; False if somebody reads who keeps that off.

        Until then pages stand in the WAL as they were before what has been deleted.
        """
        if self.shared:
            return True
        with self._turn, environment_faults(str(self.place)):
            connection = self._writer.raw_connection()
            try:
                cursor = connection.cursor()
                busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                cursor.close()
            finally:
                connection.close()
        return not busy

    def upgrade(self) -> None:
        """Bring the schema to head."""
        with environment_faults(str(self.place)):
            schema.upgrade(self._writer)


class _Scratch(Database):
    """A database within one transaction that is not committed. A scratch of it is a part of that transaction."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.engine, connection.engine)
        self.shared, self.for_one_thread = False, True
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Give a unit of work, taken back if it raises."""
        with self._one_at_a_time(), environment_faults(str(self.place)):
            with _part(self._connection, "work"):
                work = UnitOfWork(self._connection, self._reached)
                yield work
                work.close()
            self._reached = work.reached
        work.committed()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Give a reader over what was written so far."""
        with environment_faults(str(self.place)):
            yield Reader(self._connection)

    @contextmanager
    def scratch(self) -> Iterator[Database]:
        """Give this database itself, to which nothing will have been written at the end of the block."""
        self._connection.exec_driver_sql("SAVEPOINT scratch")
        try:
            yield self
        finally:
            with self._one_at_a_time():
                _take_back(self._connection, "scratch")
                self._reached = None


@contextmanager
def _part(connection: Connection, name: str) -> Iterator[None]:
    """Take back what is written within the block if it raises. SQLAlchemy compiles a savepoint anew at each use."""
    connection.exec_driver_sql(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException:
        _take_back(connection, name)
        raise
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {name}")


def _take_back(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {name}")
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {name}")


@contextmanager
def temporary_database() -> Iterator[Database]:
    """Give a database without a name that is gone at the end of the block. It is for one thread."""
    engine = temporary()
    try:
        with environment_faults("temporary"), engine.connect() as connection:
            metadata.create_all(connection, checkfirst=False)
            yield _Scratch(connection)
    finally:
        engine.dispose()


@contextmanager
def _file(engine: Engine) -> Iterator[sqlite3.Connection]:
    connection = engine.raw_connection()
    try:
        file = connection.driver_connection
        if not isinstance(file, sqlite3.Connection):
            raise TypeError("only SQLite has images")
        yield file
    finally:
        connection.close()


def open_database(where: str | Path, *, create: bool = True, durable: bool = True) -> Database:
    """Open a database by path (SQLite) or URL (``sqlite:///…``, ``postgresql://…``), upgrading its schema.

    Unless `durable`, a commit does not wait for the disk: for what can be made again, such as a demo.
    Raises `EnvironmentFault` if it is not there (and `create` is False), empty, damaged, locked or of a newer Voronka;
    `UsageFault` for an address that cannot be read.
    """
    url = _url(where)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not create and not path.exists():
            raise EnvironmentFault(
                Text("There is no database yet."),
                Text("Run a command that writes first, such as `voronka deal new`, or `voronka run`."),
                place=str(path),
            )
        if path.exists() and path.stat().st_size == 0:
            # SQLite would begin a new database in it, and what was lost would look as if it had never been.
            raise EnvironmentFault(
                Text("The database is an empty file: what it held is lost."),
                Text("Restore a backup; if nothing was ever kept here, delete the file and repeat the command."),
                place=str(path),
            )
        if not path.exists():
            _create(url, path, durable=durable)
    database = _connected(url, durable=durable)
    try:
        database.upgrade()
        failpoint("start.opened")
    except BaseException:
        database.close()
        raise
    return database


def _connected(url: URL, *, durable: bool = True) -> Database:
    return Database(connect(url, read_only=False, durable=durable), connect(url, read_only=True))


@contextmanager
def look_into(where: str | Path) -> Iterator[Reader | None]:
    """Give a reader over one consistent state of a database that is there; None if its schema is not at head.

    The schema is left as it is, and nobody who writes waits for this. Raises `EnvironmentFault` if it cannot be read.
    """
    database = _connected(_url(where))
    try:
        with database.read() as reader:
            yield reader if schema.is_at_head(reader.connection) else None
    finally:
        database.close()


def _create(url: URL, path: Path, *, durable: bool) -> None:
    """Make a database that nobody but the owner can read. It gets its name once it is whole: of less nothing is left.

    It is made without a WAL: that would be folded into it only at closing, and a disk that is full by then is told to
    nobody. Later files beside it get the rights that it has.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(draft)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            engine = connect(url.set(database=str(draft)), read_only=False, durable=durable, one_file=True)
            try:
                with environment_faults(str(path)):
                    schema.upgrade(engine)
            finally:
                engine.dispose()
            failpoint("start.created")
            draft.replace(path)
        except BaseException:
            _remove(draft)
            raise
    except OSError as error:
        raise EnvironmentFault(
            Text("The database cannot be made. {reason}", reason=refused_by_system(error)),
            Text("Check the rights to the folder and the room on the disk."),
            place=str(path),
        ) from error


def _remove(draft: Path) -> None:
    for part in ("", "-wal", "-shm", "-journal"):
        draft.with_name(draft.name + part).unlink(missing_ok=True)


def _url(where: str | Path) -> URL:
    text = str(where)
    if isinstance(where, Path) or "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        url = None
    kind = "" if url is None else url.get_backend_name()
    if url is None or kind not in ("sqlite", "postgresql", "postgres") or not url.database:
        raise UsageFault(
            Text("This is not the address of a database that Voronka knows."),
            Text("Give the path of a file, or an address such as postgresql://user@host/name."),
            place=None if url is None else shown(url),
        )
    return url if kind == "sqlite" else url.set(drivername="postgresql+psycopg")
