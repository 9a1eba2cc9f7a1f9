"""Imports: which ran, how far each came, what it counted. They begin, end and are undone by events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select, update

from voronka.frozen import frozen
from voronka.storage.tables import imports

__all__ = ["ImportRun", "find", "read", "save_progress"]


@frozen
class ImportRun:
    """One run of a mapping over a file. `position`: rows of the file that are committed; times in UTC microseconds."""

    id: str
    mapping: str
    file: str
    file_hash: str
    position: int
    counts: Mapping[str, int]
    started_at: int
    finished_at: int | None
    undone_at: int | None

    @property
    def state(self) -> str:
        """Return ``running``, ``finished`` or ``undone``."""
        if self.undone_at is not None:
            return "undone"
        return "running" if self.finished_at is None else "finished"


def _run(row: Row[Any]) -> ImportRun:
    return ImportRun(
        id=row.id,
        mapping=row.mapping,
        file=row.file,
        file_hash=row.file_hash,
        position=row.position,
        counts=json.loads(row.counts),
        started_at=row.started_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
    )


def read(connection: Connection) -> list[ImportRun]:
    """Return all imports, the newest first."""
    query = select(imports).order_by(imports.c.started_at.desc(), imports.c.id.desc())
    return [_run(row) for row in connection.execute(query)]


def find(connection: Connection, import_id: str) -> ImportRun | None:
    """Return one import; None if there is none of this id."""
    row = connection.execute(select(imports).where(imports.c.id == import_id)).first()
    return None if row is None else _run(row)


def save_progress(
    connection: Connection, import_id: str, *, position: int, counts: Mapping[str, int], file_hash: str
) -> None:
    """Write down how far an import has come, in the transaction that took the rows so far."""
    values = {"position": position, "counts": json.dumps(dict(counts)), "file_hash": file_hash}
    connection.execute(update(imports).where(imports.c.id == import_id).values(values))
