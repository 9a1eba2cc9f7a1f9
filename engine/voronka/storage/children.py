"""Deals that others have opened, or have asked to be opened."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select, text

from voronka.process.codec import decode_command
from voronka.process.commands import CreateDeal
from voronka.process.step import Child
from voronka.storage.inbox import QUEUE
from voronka.storage.tables import deals, inbox

__all__ = ["children"]


def children(connection: Connection, parent: bytes, funnel: str) -> dict[bytes, Child]:
    """Return by id the deals of a funnel that `parent` has opened, and those that wait to be opened for it."""
    # What waits is asked first: a deal that is opened meanwhile is found among the deals.
    found = {child.id: child for child in _waiting(connection, parent, funnel)}
    c = deals.c
    query = select(c.id, c.account, c.contact).where(c.parent == parent, c.funnel == funnel, c.hidden.is_(False))
    rows = connection.execute(query.order_by(c.number))
    return {row.id: Child(row.id, row.account, row.contact) for row in rows} | found


def _waiting(connection: Connection, parent: bytes, funnel: str) -> list[Child]:
    query = select(inbox.c.command).where(
        inbox.c.status == text("'pending'"), inbox.c.source == QUEUE, inbox.c.origin == parent
    )
    found = []
    for body in connection.execute(query.order_by(inbox.c.place)).scalars():
        said = json.loads(body)
        if said["command"].get("kind") == CreateDeal.kind and "answer" not in said:
            command = decode_command(said["command"])
            if isinstance(command, CreateDeal) and command.funnel == funnel:
                id_ = bytes.fromhex(said["target"].partition(":")[2])
                found.append(Child(id_, command.account, command.contact))
    return found
