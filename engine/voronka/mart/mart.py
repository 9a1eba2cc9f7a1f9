"""A mart that is open: where to ask it, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, inspect, select

from voronka.frozen import frozen
from voronka.mart.schema import MartSchema
from voronka.sql.backend import Backend

__all__ = ["Mart", "MartState", "state_of"]


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
        """Give a connection that sees one state of the mart."""
        with self.engine.begin() as connection:
            yield connection


def state_of(connection: Connection, schema: MartSchema) -> MartState | None:
    """Return what the mart of a connection holds; None if there is none."""
    state = schema.state
    if connection.dialect.name == "postgresql" and not inspect(connection).has_table(state.name, state.schema):
        return None
    row = connection.execute(select(state)).first()
    if row is None:
        return None
    return MartState(refreshed_at=row.refreshed_at, release=row.release, print=row.print, last_day=row.last_day)
