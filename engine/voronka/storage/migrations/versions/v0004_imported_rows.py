"""No change of a table: a database is refused whose imported rows would be taken a second time.

Before the first release the keys of imported rows were plain hashes. Now they are taken under the workspace's own key,
and of the cells that they were taken of nothing is kept, so that the old ones cannot be made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.storage import types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Refuse the database unless of every import some row proves that it was taken under the workspace's key."""
    connection = op.get_bind()
    found = sa.text("SELECT DISTINCT source FROM inbox WHERE source LIKE 'import:%'")
    for source in connection.execute(found).scalars().all():
        if not _keyed(connection, source):
            raise EnvironmentFault(
                Text(
                    "The database holds rows of the import {mapping} whose keys are of an earlier kind: a second run "
                    "would take them again.",
                    mapping=source.partition(":")[2],
                ),
                Text("Move the database aside, and import the files into a new one."),
            )


def _keyed(connection: sa.Connection, source: str) -> bool:
    """Tell whether the key of a row is the hash, under the workspace's key, of the name that its deal has there."""
    secret = sa.text("SELECT value FROM vault WHERE subject = :workspace AND ref = 'key'").bindparams(
        sa.bindparam("workspace", bytes(16), types.Id())
    )
    value = connection.execute(secret).scalar()
    if value is None:
        return False
    key = bytes.fromhex(value)
    rows: Iterable[Any] = connection.execute(
        sa.text("SELECT inbox.key, keys.key FROM inbox JOIN keys ON keys.deal = inbox.origin WHERE source = :source"),
        {"source": source},
    )
    return any(
        row[0] == hashlib.blake2b(row[1].strip().encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()
        for row in rows
    )
