"""Texts that live on their own: whose database it is, and how far each source has been read."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from voronka.storage.tables import marks

__all__ = ["OWNER", "read", "write"]

OWNER = "workspace"
"""The name of the workspace whose data this is."""


def read(connection: Connection, name: str) -> str | None:
    """Return a mark; None if there is none."""
    return connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar_one_or_none()


def write(connection: Connection, name: str, value: str | None) -> None:
    """Set a mark; None takes it away."""
    if value is None:
        connection.execute(delete(marks).where(marks.c.name == name))
    elif connection.execute(update(marks).where(marks.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(marks), {"name": name, "value": value})
