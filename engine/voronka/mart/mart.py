"""A mart that is open: where to ask it, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, inspect, select

from voronka.frozen import frozen
from voronka.mart.schema import MartSchema
from voronka.sql.backend import Backend

__all__ = ["Mart", "MartState", "lock", "state_of"]


@frozen
class MartState:
    """What a mart holds: as of when (UTC microseconds), under which release, in which form (`MartSchema.print`)."""

    refreshed_at: int
    release: str
    print: str
    last_day: str


@frozen
class Mart:
    """An open mart. Statements for it are made of `schema.tables` in the words of `backend`."""

    engine: Engine
    backend: Backend
    schema: MartSchema
    state: MartState

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the mart, whatever others put into it or in its place meanwhile.

        In PostgreSQL it is locked before the first look, which makes the state: no new mart takes the place of one
        that is read, and who waited for a new one sees all of it.
        """
        if self.engine.dialect.name != "postgresql":
            with self.engine.begin() as connection:
                yield connection
            return
        reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with reading.begin() as connection:
            lock(connection, self.schema)
            yield connection


def lock(connection: Connection, schema: MartSchema, *, alone: bool = False) -> None:
    """Keep the mart in its place until the transaction ends; `alone`: wait until nobody reads it, to replace it."""
    state = connection.dialect.identifier_preparer.format_table(schema.state)
    connection.exec_driver_sql(f"LOCK TABLE {state} IN ACCESS {'EXCLUSIVE' if alone else 'SHARE'} MODE")


def state_of(connection: Connection, schema: MartSchema) -> MartState | None:
    """Return what the mart of a connection holds; None if there is none."""
    state = schema.state
    if connection.dialect.name == "postgresql" and not inspect(connection).has_table(state.name, state.schema):
        return None
    row = connection.execute(select(state)).first()
    if row is None:
        return None
    return MartState(refreshed_at=row.refreshed_at, release=row.release, print=row.print, last_day=row.last_day)
