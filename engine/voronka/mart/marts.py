"""The mart of a workspace: built when there is none that fits, and led up to what the store holds when it is asked.

What a mart is made with is imported once there is one to be opened: a command that asks nothing of it does not pay.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from voronka.runtime.clock import Clock
from voronka.runtime.state import MART
from voronka.storage import Database, dirty

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from voronka.definition.workspace import Workspace
    from voronka.mart.keeping import Keeper
    from voronka.mart.loading import Loader
    from voronka.mart.mart import Mart, MartState
    from voronka.mart.schema import MartSchema
    from voronka.storage.dirty import Marks

__all__ = ["Marts"]


class Marts:
    """Holds the mart of one store. `folder`: the state folder of the workspace."""

    def __init__(self, database: Database, folder: Path, clock: Clock, *, keeper: Keeper | None = None) -> None:
        self._database = database
        self._clock = clock
        self._state_folder = folder
        self._changing = threading.Lock()
        self._kept = keeper
        self._mart: Mart | None = None
        self._seen: int | None = None

    def fresh(self, workspace: Workspace) -> Mart:
        """Return the mart with all that is committed by now; it is built if there is none for this definition."""
        changes = self._database.changes
        mart = self._mart
        if mart is not None and changes is not None and changes == self._seen and self._fits(mart, workspace):
            return mart
        with self._changing, self._keeper().alone():
            return self._refreshed(workspace)

    def rebuild(self, workspace: Workspace, *, clean: bool = True) -> Mart:
        """Build the mart anew from the whole store and return it. `clean`: what it knows of is not marked any more."""
        with self._changing, self._keeper().alone():
            return self._built(workspace, clean=clean)

    @contextmanager
    def in_duckdb(self, workspace: Workspace) -> Iterator[Mart]:
        """Give the mart with all that is committed by now, in DuckDB: of one in PostgreSQL a copy for the while."""
        if self._database.url.get_backend_name() != "postgresql":
            yield self.fresh(workspace)
            return
        from voronka.mart.keeping import DuckdbKeeper

        with TemporaryDirectory() as folder:
            copy = Marts(self._database, Path(folder), self._clock, keeper=DuckdbKeeper(Path(folder)))
            try:
                yield copy.rebuild(workspace, clean=False)
            finally:
                copy.close()

    def status(self, workspace: Workspace) -> tuple[MartState | None, int]:
        """Return what the mart holds, None if there is none that fits, and how many records have changed since."""
        with self._changing:
            keeper = self._keeper()
            engine = keeper.engine()
            state = None if engine is None else _state(engine, keeper.schema(workspace))
        with self._database.read() as reader:
            return state, dirty.count(reader.connection)

    def close(self) -> None:
        """Let go of the mart."""
        with self._changing:
            if self._kept is not None:
                self._kept.close()
            self._kept = self._mart = None

    def _keeper(self) -> Keeper:
        if self._kept is None:
            from voronka.mart.keeping import DuckdbKeeper, PostgresqlKeeper

            url = self._database.url
            shared = url.get_backend_name() == "postgresql"
            self._kept = PostgresqlKeeper(url) if shared else DuckdbKeeper(self._state_folder / MART)
        return self._kept

    def _fits(self, mart: Mart, workspace: Workspace) -> bool:
        """Tell whether the mart was told of this release and of the days up to now."""
        from voronka.mart.outline import last_day

        reach = last_day(workspace, self._clock.now()).isoformat()
        return mart.state.release == workspace.release and mart.state.last_day == reach

    def _refreshed(self, workspace: Workspace) -> Mart:
        from voronka.mart.filling import Filling
        from voronka.mart.mart import Mart

        keeper = self._keeper()
        engine, schema = keeper.engine(), keeper.schema(workspace)
        state = None if engine is None else _state(engine, schema)
        if engine is None or state is None or state.print != schema.print:
            return self._built(workspace, clean=True)
        changes = self._database.changes
        with self._database.read() as reader:
            marks = dirty.marked(reader.connection)
            mart = Mart(engine=engine, backend=keeper.backend, schema=schema, state=state)
            if marks or not self._fits(mart, workspace):
                now = self._clock.now()

                def fill(target: Connection, loader: Loader) -> None:
                    Filling(reader.connection, target, loader, schema, workspace).changes(marks, now)

                keeper.renew(engine, fill)
        return self._settled(marks, changes, schema)

    def _built(self, workspace: Workspace, *, clean: bool) -> Mart:
        from voronka.mart.filling import Filling

        keeper = self._keeper()
        changes, now = self._database.changes, self._clock.now()
        with self._database.read() as reader:
            marks = dirty.marked(reader.connection)

            def fill(target: Connection, loader: Loader, schema: MartSchema) -> None:
                Filling(reader.connection, target, loader, schema, workspace).everything(now)

            keeper.build(workspace, fill)
        return self._settled(marks if clean else {}, changes, keeper.schema(workspace))

    def _settled(self, marks: Marks, changes: int | None, schema: MartSchema) -> Mart:
        """Take the marks away that the mart knows of, and remember up to where it goes."""
        if marks:
            with self._database.write() as work:
                work.clean(marks)
        from voronka.mart.mart import Mart

        keeper = self._keeper()
        engine: Any = keeper.engine()
        state = _state(engine, schema)
        if state is None:
            raise LookupError("the mart that was just filled tells nothing of itself")
        self._seen = None if changes is None else changes + bool(marks)
        self._mart = Mart(engine=engine, backend=keeper.backend, schema=schema, state=state)
        return self._mart


def _state(engine: Engine, schema: MartSchema) -> MartState | None:
    from sqlalchemy.exc import SQLAlchemyError

    from voronka.mart.mart import state_of

    try:
        with engine.connect() as connection:
            return state_of(connection, schema)
    except SQLAlchemyError:  # a file that is damaged: another takes its place
        return None
