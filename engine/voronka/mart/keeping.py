"""Where a mart is kept: in a DuckDB file of the state folder, or beside the store in a PostgreSQL database."""

from __future__ import annotations

import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from voronka.definition.workspace import Workspace
from voronka.errors import EnvironmentFault, refused_by_system
from voronka.mart.loading import CopyLoader, FileLoader, Loader
from voronka.mart.mart import lock
from voronka.mart.schema import MartSchema
from voronka.mart.views import views
from voronka.messages import Text
from voronka.runtime.state import MART
from voronka.sql.backend import Backend
from voronka.sql.duckdb import DuckdbBackend
from voronka.sql.postgresql import PostgresqlBackend
from voronka.storage import Alone, exclusion
from voronka.storage.dialects import connect

__all__ = ["DuckdbKeeper", "Keeper", "PostgresqlKeeper", "engine_of"]

_NUMBERED = re.compile(r"mart-(\d{6,})\.duckdb")
_CONFIG = {
    # What is needed is a part of DuckDB; nothing is fetched from anywhere.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1500MB",
}
Fill = Callable[[Connection, Loader, MartSchema], None]


def engine_of(file: Path) -> Engine:
    """Open a DuckDB file, made if it is not there."""
    return create_engine(URL.create("duckdb", database=str(file)), connect_args={"config": _CONFIG})


class Keeper(ABC):
    """Keeps one mart, of which a new one takes the place in one step."""

    backend: Backend

    @abstractmethod
    def schema(self, workspace: Workspace) -> MartSchema:
        """Return the tables for a workspace."""

    @abstractmethod
    def engine(self) -> Engine | None:
        """Return the mart that there is; None if there is none."""

    @abstractmethod
    def build(self, workspace: Workspace, fill: Fill) -> None:
        """Make a new mart, let it be filled, and put it in the place of the old one."""

    @abstractmethod
    def renew(self, engine: Engine, fill: Callable[[Connection, Loader], None]) -> None:
        """Let the mart be changed in one transaction."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from changing the mart."""
        yield

    @abstractmethod
    def drop(self) -> None:
        """Let the mart go: it can be built anew."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""


class DuckdbKeeper(Keeper):
    """Keeps a mart as a file of a folder that its owner alone may enter. A new mart is a file of a higher number.

    One process at a time has the file open; who has the workspace's lock has it alone.
    """

    def __init__(self, folder: Path) -> None:
        self.backend = DuckdbBackend()
        self._folder = folder
        self._engine: Engine | None = None

    def schema(self, workspace: Workspace) -> MartSchema:
        """Return the tables for a workspace."""
        return MartSchema.of(workspace, self.backend)

    def engine(self) -> Engine | None:
        """Return the newest mart; None if there is none."""
        if self._engine is None and (files := self._files()):
            with _told(self._folder):
                for each in files[:-1]:
                    self._remove(each)
                self._engine = engine_of(files[-1])
        return self._engine

    def build(self, workspace: Workspace, fill: Fill) -> None:
        """Build a file beside the present one; readers of that keep it until they have read."""
        schema = self.schema(workspace)
        with _told(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files = self._files()
            number = 1 + (int(_NUMBERED.fullmatch(files[-1].name).group(1)) if files else 0)  # type: ignore[union-attr] # it is one of them
            draft = self._folder / "draft.duckdb"
            self._remove(draft)
            engine = engine_of(draft)
            try:
                with engine.connect() as connection:
                    draft.chmod(0o600)
                    schema.metadata.create_all(connection)
                    for statement in views(schema, workspace.currency.digits, postgresql=False):
                        connection.exec_driver_sql(statement)
                    connection.commit()
                    fill(connection, FileLoader(connection, self._folder / "rows.csv"), schema)
                    connection.commit()
                    connection.exec_driver_sql("CHECKPOINT")
            finally:
                engine.dispose()
            file = self._folder / f"mart-{number:06}.duckdb"
            draft.replace(file)
            old, self._engine = self._engine, engine_of(file)
            if old is not None:
                old.dispose()
            for each in files[:-1]:  # who was given the last one may only now begin to read
                self._remove(each)

    def renew(self, engine: Engine, fill: Callable[[Connection, Loader], None]) -> None:
        """Change the file's tables in one transaction."""
        with _told(self._folder), engine.begin() as connection:
            fill(connection, FileLoader(connection, self._folder / "rows.csv"))

    def drop(self) -> None:
        """Delete the files."""
        self.close()
        with suppress(FileNotFoundError):
            shutil.rmtree(self._folder)

    def close(self) -> None:
        """Close the file."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _files(self) -> list[Path]:
        """Return the files of marts, the newest last."""
        found = self._folder.glob("mart-*.duckdb") if self._folder.is_dir() else ()
        return sorted(path for path in found if _NUMBERED.fullmatch(path.name))

    def _remove(self, file: Path) -> None:
        for path in (file, file.with_name(f"{file.name}.wal")):
            path.unlink(missing_ok=True)


class PostgresqlKeeper(Keeper):
    """Keeps a mart in a schema of the store's own database, for every process that has that open."""

    def __init__(self, url: URL) -> None:
        self.backend = PostgresqlBackend()
        self._engine = connect(url, read_only=False)
        with self._engine.connect() as connection:
            own = str(connection.execute(text("SELECT current_schema()")).scalar_one())
        self._name = MART if own == "public" else f"{own}_{MART}"

    def schema(self, workspace: Workspace) -> MartSchema:
        """Return the tables for a workspace."""
        return MartSchema.of(workspace, self.backend, self._name)

    def engine(self) -> Engine | None:
        """Return the database."""
        return self._engine

    def build(self, workspace: Workspace, fill: Fill) -> None:
        """Build another schema in a transaction, at the end of which it takes the name of the present one."""
        name, draft, former = self._name, f"{self._name}_draft", f"{self._name}_former"
        schema = MartSchema.of(workspace, self.backend, draft)
        self._forget(former)
        with self._engine.begin() as connection:
            for statement in (f"DROP SCHEMA IF EXISTS {draft} CASCADE", f"CREATE SCHEMA {draft}"):
                connection.exec_driver_sql(statement)
            schema.metadata.create_all(connection, checkfirst=False)
            for statement in views(schema, workspace.currency.digits, postgresql=True):
                connection.exec_driver_sql(statement)
            fill(connection, CopyLoader(connection), schema)
            # Nothing that others may read is dropped before it is out of their way: they would meet in a deadlock.
            present = self.schema(workspace)
            there = inspect(connection)
            if there.has_table(present.state.name, name):
                lock(connection, present, alone=True)
            if there.has_schema(name):
                connection.exec_driver_sql(f"ALTER SCHEMA {name} RENAME TO {former}")
            connection.exec_driver_sql(f"ALTER SCHEMA {draft} RENAME TO {name}")
        self._forget(former)

    def renew(self, engine: Engine, fill: Callable[[Connection, Loader], None]) -> None:
        """Change the tables in one transaction."""
        with engine.begin() as connection:
            fill(connection, CopyLoader(connection))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other process changes the mart, and keep them from it."""
        with self._engine.begin() as connection:
            exclusion.take(connection, Alone.MART)
            yield

    def drop(self) -> None:
        """Delete the schema."""
        self._forget(self._name)

    def _forget(self, name: str) -> None:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell what is wrong with the disk, or with a file of a mart, and what to do."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(
            Text("The mart cannot be kept. {reason}", reason=refused_by_system(error)),
            Text("Check the rights to the folder and the room on the disk."),
            place=str(folder),
        ) from error
    except SQLAlchemyError as error:
        raise EnvironmentFault(
            Text(
                "The mart cannot be used. {reason}", reason=str(getattr(error, "orig", None) or error).splitlines()[0]
            ),
            Text("Build it anew: voronka mart rebuild"),
            place=str(folder),
        ) from error
