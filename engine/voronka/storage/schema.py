"""Bringing the schema to head: a new database is made at head, an older one is led there by Alembic."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_mock_engine,
    insert,
    inspect,
    text,
)
from sqlalchemy.schema import ExecutableDDLElement

from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.storage import exclusion
from voronka.storage.dialects import has_row_locks
from voronka.storage.exclusion import Alone
from voronka.storage.tables import metadata

__all__ = ["HEAD", "check_not_newer", "create", "is_at_head", "migrate", "upgrade"]

# The newest migration: known here so that opening a current database need not import Alembic. A test compares.
HEAD = "0017"

# As Alembic has it.
_VERSIONS = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def is_at_head(connection: Connection) -> bool:
    """Tell whether the database has the schema of this version."""
    return _version(connection) == HEAD


def check_not_newer(version: str | None) -> None:
    """Raise `EnvironmentFault` if the schema is of a version that this Voronka does not know."""
    if version is not None and version > HEAD:
        raise EnvironmentFault(
            Text("The database was made by a newer Voronka (schema {version}).", version=version),
            Text("Update Voronka, or open a copy of the database from before the update."),
        )


def upgrade(engine: Engine) -> None:
    """Make the schema of a new database, or run the migrations that an older one lacks.

    All of it is one transaction: when it is killed, the schema is as it was. Of several processes one does it; those
    that run already end what they have begun first.
    """
    with engine.begin() as connection:
        version = _version(connection)
        if version == HEAD:
            return
        if has_row_locks(connection.dialect):
            exclusion.take(connection, Alone.SCHEMA)
            exclusion.take(connection, Alone.RELEASE)
        version = _version(connection)
        if version == HEAD:
            return
        check_not_newer(version)
        if version is None:
            create(connection)
        else:
            migrate(connection)


def create(connection: Connection) -> None:
    """Make every table, index and trigger at head in a database that has none."""
    for statement in _statements(connection.engine.url.drivername):
        connection.exec_driver_sql(statement)
    connection.execute(insert(_VERSIONS).values(version_num=HEAD))


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing; of a database without a schema, all of them."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _statements(driver: str) -> tuple[str, ...]:
    """Return what makes the schema. Writing it takes longer than carrying it out."""
    statements: list[str] = []

    def write(statement: ExecutableDDLElement, *_: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{driver}://", write)
    for each in (metadata, _VERSIONS.metadata):
        each.create_all(engine, checkfirst=False)
    return tuple(statements)
