"""Bringing the schema to head with Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.storage import exclusion
from voronka.storage.dialects import has_row_locks
from voronka.storage.exclusion import Alone

__all__ = ["HEAD", "check_not_newer", "is_at_head", "upgrade"]

# The newest migration: known here so that opening a current database need not import Alembic. A test compares.
HEAD = "0009"


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
    """Run the migrations that are missing, all in one transaction: a killed upgrade leaves the schema as it was.

    Of several processes one does it; those that run already end what they have begun first.
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
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
