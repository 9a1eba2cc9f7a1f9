"""Where a workspace stands that other processes may move on: asked as every transaction that decides begins."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, column, func, select, table

from voronka.storage import exclusion, schema
from voronka.storage.exclusion import Alone
from voronka.storage.tables import history, releases

__all__ = ["Standing", "read"]


class Standing(NamedTuple):
    """The release in force, None before the first, and the last entry of the workspace's own stream."""

    release: str | None
    seq: int


def read(connection: Connection, workspace: bytes, *, alone: bool) -> Standing:
    """Return where the workspace stands, and keep others from putting a release in force until the transaction ends.

    `workspace`: the id of its stream. `alone`: others do not decide meanwhile.
    Raises `EnvironmentFault` if a newer Voronka has changed the schema.
    """
    exclusion.take(connection, Alone.RELEASE, shared=not alone)
    release, seq, version = connection.execute(_question(), {"workspace": workspace}).one()
    schema.check_not_newer(version)
    return Standing(release, seq or 0)


@cache
def _question() -> Select[str | None, int | None, str]:
    parts: tuple[Select[Any], ...] = (
        select(releases.c.release).where(releases.c.active),
        select(func.max(history.c.seq)).where(history.c.stream == bindparam("workspace", type_=history.c.stream.type)),
        select(column("version_num")).select_from(table("alembic_version")),
    )
    return select(*(part.scalar_subquery() for part in parts))
