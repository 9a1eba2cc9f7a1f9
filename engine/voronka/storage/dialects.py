"""All that differs between SQLite and PostgreSQL: connecting, locking, triggers and what their errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import (
    DDL,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Function,
    MetaData,
    Table,
    TableValuedAlias,
    Text,
    cast,
    create_engine,
    event,
    func,
    literal_column,
    text,
)
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import LRUCache

from voronka.sql.sqlite import prepare as add_functions
from voronka.storage.types import Id

__all__ = [
    "APPEND_ONLY",
    "ID_FUNCTION",
    "bind_append_only",
    "bind_partial_indexes",
    "collided",
    "connect",
    "has_row_locks",
    "id_of",
    "index_names",
    "integrity",
    "is_away",
    "is_durable",
    "is_full",
    "is_locked",
    "is_unusable",
    "member",
    "members",
    "quick_check",
    "server_clock",
    "shown",
    "sqlstate",
    "temporary",
    "text_as_it_is",
]

# Milliseconds that a connection waits for another one's lock before it gives up.
BUSY_TIMEOUT = 5000

# From SQLite 3.41 on it is called `unhex`.
ID_FUNCTION = "voronka_id"
"""What SQLite calls the function that gives the id for which a text in hex stands."""

_FULL = 2  # PRAGMA synchronous

# FULL: an acknowledged commit survives a power cut. The WAL is folded into the file every 4,000 pages (16 MB), not
# every 1,000: a drain of timers touches the same pages in commit after commit. What is deleted is overwritten: erased
# values are not to be found in the file.
WRITER_PRAGMAS = ("synchronous=FULL", "wal_autocheckpoint=4000", "secure_delete=ON")

APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER history_no_{verb} BEFORE {verb.upper()} ON history "
        "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        (
            "CREATE FUNCTION history_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_append_only()"
        ),
    ),
}


def bind_append_only(history: Table) -> None:
    """Make `metadata.create_all` put the triggers that refuse UPDATE and DELETE on the history."""
    for dialect, statements in APPEND_ONLY.items():
        for statement in statements:
            event.listen(history, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call] # not annotated


def bind_partial_indexes(metadata: MetaData) -> None:
    """Make `metadata.create_all` write indexes with a condition (``info["where"]``) as PostgreSQL has them.

    Said of an index itself, as ``postgresql_where``, it would make every process load all of that dialect.
    """

    def put(target: MetaData, connection: Connection, **_: object) -> None:
        if connection.dialect.name == "postgresql":
            for table in target.tables.values():
                for index in table.indexes:
                    index.dialect_options["postgresql"]["where"] = index.info.get("where")

    event.listen(metadata, "before_create", put)


class _Written(LRUCache[tuple[object, ...], object]):
    """Statements written for SQLite, for all engines of the process: each by itself would write every one again.

    All of them speak to one library; what is written does not depend on the dialect object that a key begins with.
    """

    def get(self, key: tuple[object, ...], default: object = None) -> object:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[object, ...], statement: object) -> None:
        super().__setitem__(key[1:], statement)


_WRITTEN = _Written(500)


def connect(url: URL, *, read_only: bool, durable: bool = True, one_file: bool = False) -> Engine:
    """Return an engine. On SQLite the writer is one connection, kept; readers are `query_only`.

    Unless `durable`, a commit does not wait for the disk: it survives the process, not the machine. `one_file`, on
    SQLite: what is committed stands in the database file itself, and not in a WAL beside it that is yet to be folded
    into it.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, read_only=read_only, durable=durable, one_file=one_file)
    return _postgresql(url, read_only=read_only, durable=durable)


def _sqlite(url: URL, *, read_only: bool, durable: bool, one_file: bool) -> Engine:
    # A writer never waits for a second connection: `Database` lets one thread in at a time.
    size = {"pool_size": 8, "max_overflow": 8} if read_only else {"pool_size": 1, "max_overflow": 0}
    # An error that is logged must not tell the values it was about.
    given = {"check_same_thread": False, "cached_statements": 256}
    options = {"compiled_cache": _WRITTEN}
    engine = create_engine(url, connect_args=given, hide_parameters=True, execution_options=options, **size)

    if read_only:
        return _prepared(engine, "query_only=ON")
    pragmas = ["journal_mode=DELETE" if one_file else "journal_mode=WAL", *WRITER_PRAGMAS]
    if not durable:
        pragmas.append("synchronous=OFF")
    return _prepared(engine, *pragmas, begin="BEGIN IMMEDIATE")


def _prepared(engine: Engine, *pragmas: str, begin: str = "BEGIN") -> Engine:
    def prepare(connection: DBAPIConnection, _: object) -> None:
        add_functions(connection)
        connection.create_function(ID_FUNCTION, 1, _raw, deterministic=True)
        # The driver's own transactions would leave DDL and savepoints outside: `begin` below opens them.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            *pragmas,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine


def _raw(digits: str | None) -> bytes | None:
    return None if digits is None else bytes.fromhex(digits)


def temporary() -> Engine:
    """Return an engine over one connection to a new SQLite database without a name.

    What does not fit its cache lies in a file that SQLite has deleted as soon as it was open: it is gone with the
    connection, also when the process is killed.
    """

    def nameless() -> sqlite3.Connection:
        return sqlite3.connect("", check_same_thread=False)

    return _prepared(create_engine("sqlite://", creator=nameless, poolclass=StaticPool, hide_parameters=True))


def _postgresql(url: URL, *, read_only: bool, durable: bool) -> Engine:
    from voronka.storage.postgresql import engine  # a start over SQLite is spared its driver

    return engine(url, read_only=read_only, durable=durable)


def shown(url: URL) -> str:
    """Return the path of a database, or its host and name: an address may hold a password in any of its other parts."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    host = url.host or url.query.get("host") or ""
    name = "" if url.database is None else f"/{url.database}"
    port = "" if url.port is None else f":{url.port}"
    return f"{url.get_backend_name()}://{host if isinstance(host, str) else ','.join(host)}{port}{name}"


def has_row_locks(dialect: Dialect) -> bool:
    """Return whether rows are locked one by one, so that several writers share the database."""
    return dialect.name != "sqlite"


def members(dialect: Dialect, document: Column[str]) -> TableValuedAlias:
    """Return the members of a JSON object as rows of `key` and `value` (as text), beside the row that it stands in."""
    each = func.jsonb_each_text(document) if has_row_locks(dialect) else func.json_each(document)
    return each.table_valued("key", "value", joins_implicitly=True)


def member(dialect: Dialect, document: Column[str], name: str) -> ColumnElement[str]:
    """Return a member of a JSON object as text, NULL where it has none.

    Its name, as the configuration allows it, stands in the statement itself: only so is an index on it used.
    """
    if has_row_locks(dialect):
        return document.op("->>", return_type=Text())(literal_column(f"'{name}'"))
    return func.json_extract(document, literal_column(f"'$.\"{name}\"'"), type_=Text)


def id_of(dialect: Dialect, digits: ColumnElement[str]) -> ColumnElement[bytes]:
    """Return the id that a text in hex stands for."""
    return cast(digits, Id) if has_row_locks(dialect) else Function(ID_FUNCTION, digits, type_=Id)


def index_names(connection: Connection, table: Table) -> list[str]:
    """Return the names of the indexes on a table, also of those on expressions, which SQLAlchemy does not tell."""
    if has_row_locks(connection.dialect):
        query = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :name"
    return [str(name) for name in connection.execute(text(query), {"name": table.name}).scalars()]


def integrity(connection: Connection) -> list[str]:
    """Return what the database finds wrong with its own pages and indexes."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    return [line for line in found if line != "ok"]


def quick_check(connection: Connection) -> list[str]:
    """Return what the database finds wrong with its own pages, without comparing its indexes."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql("PRAGMA quick_check(5)").scalars()
    return [line for line in found if line != "ok"]


def is_durable(connection: Connection) -> bool:
    """Return whether a commit over this connection is answered only once it is on the disk."""
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one()) >= _FULL
    # `local` waits for the server's own disk, and for no copy of it.
    return str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()) != "off"


def server_clock(connection: Connection) -> int | None:
    """Return what the clock of a server shows, in UTC microseconds; None where there is no server."""
    if not has_row_locks(connection.dialect):
        return None
    query = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
    return int(connection.execute(query).scalar_one())


@contextmanager
def text_as_it_is(connection: Connection) -> Iterator[None]:
    """Let a block read text that is no UTF-8, too: SQLite keeps any bytes as text, and the driver would refuse them."""
    file = connection.connection.driver_connection
    if not isinstance(file, sqlite3.Connection):
        yield
        return
    before = file.text_factory
    file.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        file.text_factory = before


def is_full(error: BaseException) -> bool:
    """Return whether a driver's error says that there is no room left to write."""
    name = getattr(error, "sqlite_errorname", "") or ""
    return name == "SQLITE_FULL" or name.startswith("SQLITE_IOERR") or getattr(error, "sqlstate", "") == "53100"


def is_locked(error: BaseException) -> bool:
    """Return whether a driver's error says that another process holds the database."""
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or getattr(error, "sqlstate", "") == "55P03"


def collided(error: BaseException) -> bool:
    """Return whether a driver's error says that another transaction came between: this one may be tried again.

    They are serialisation failures, deadlocks, and keys that both have made.
    """
    return getattr(error, "sqlstate", None) in ("40001", "40P01", "23505")


def sqlstate(error: BaseException) -> str:
    """Return PostgreSQL's code of an error; empty if it is none of its own."""
    return getattr(error, "sqlstate", None) or ""


def is_unusable(error: BaseException) -> bool:
    """Return whether the driver for PostgreSQL could make no connection of what the address says."""
    return type(error).__module__.partition(".")[0] == "psycopg" and type(error).__name__ == "ProgrammingError"


def is_away(error: BaseException) -> bool:
    """Return whether a driver's error says that the server cannot be reached, is ending, or lets nobody in."""
    if type(error).__module__.partition(".")[0] != "psycopg":
        return False
    state = getattr(error, "sqlstate", None)
    if state is None:  # the connection itself was refused or broke off
        return type(error).__name__ == "OperationalError"
    return state.startswith(("08", "28", "3D", "53", "57P")) or state in ("25P03", "25P04")
