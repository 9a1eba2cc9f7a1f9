"""Erasing a person: what is kept about a contact and in his deals goes; histories stay, and replay as before."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from voronka.messages import Text
from voronka.process.state import StreamKind
from voronka.runtime.client import Progress
from voronka.runtime.local import LocalClient
from voronka.runtime.operations.operator import operator_of
from voronka.runtime.records import find_record
from voronka.runtime.viewer import OPERATOR
from voronka.runtime.words import Json
from voronka.storage import Denial, UnitOfWork
from voronka.storage.audit import ERASED
from voronka.storage.tables import deals

__all__ = ["erase_person"]

_log = logging.getLogger("voronka.operations")


def erase_person(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Erase a contact: parameters contact and actor. The audit keeps who did it and when, and no value."""
    actor, engine = operator_of(client, params), client.engine

    def erase(work: UnitOfWork) -> Json:
        stream = find_record(work, StreamKind.CONTACT, params.get("contact"), OPERATOR)
        theirs = work.execute(select(deals.c.id).where(deals.c.contact == stream.id)).scalars().all()
        values, repeated = work.erase_people([stream.id, *theirs])
        now = engine.clock.now()
        done = Denial(at=now, actor=actor, source="operator", what="person.erase", record=stream, code=ERASED)
        work.deny([done])
        return {"contact": stream.id.hex(), "deals": len(theirs), "values": values, "repeated": repeated}

    erased = engine.write(erase)
    if not engine.database.fold():
        _log.warning(
            Text("Somebody reads the database: what was erased stands in its WAL until that is folded in at the end.")
        )
    return erased
