"""How the workspace stands: what is in force, what waits, since when the engine has been running."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Select, case, func, select

from voronka.definition.fields import Subject
from voronka.definition.guarded import timed_by
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.viewer import hidden_of_some
from voronka.runtime.words import Json, words
from voronka.storage.counters import BACKUP, HELD
from voronka.storage.deals import owned_by
from voronka.storage.inbox import Unmet
from voronka.storage.tables import deals, outbox, timers

__all__ = ["show_status"]

# Of the queued commands that came to nothing, so many are named.
_NAMED = 5
_PAGE = 100


@parameters()
def show_status(asked: Asked) -> Json:
    """Answer with the release in force, open deals by stage, timers, queue, outbox, audit and the engine's beat."""
    reader = asked.reader
    shown = Shown(reader, asked.workspace, asked.viewer.rights)
    waiting = timers.c.state == "waiting"
    overdue = func.sum(case((timers.c.due_at <= asked.now, 1), else_=0))
    veiled = timed_by(asked.workspace, hidden_of_some(asked.workspace, asked.viewer.rights, Subject.DEALS))
    shown_due = case((timers.c.event.not_in(veiled), timers.c.due_at)) if veiled else timers.c.due_at
    counted = select(
        func.count().label("waits"), func.coalesce(overdue, 0).label("late"), func.min(shown_due).label("first")
    ).select_from(timers)
    told = reader.execute(_seen(asked, counted.where(waiting), timers.c.deal)).one()
    effects = select(outbox.c.status, func.count().label("count")).select_from(outbox).group_by(outbox.c.status)
    queue = _queue(asked)
    rights = asked.viewer.rights
    outage = (reader.counter("outage_from"), reader.counter("outage_to"))
    return {
        "workspace": asked.workspace.name,
        "title": words(asked.workspace.title),
        "release": asked.workspace.release,
        "now": asked.now,
        "beat": reader.counter("beat"),
        "outage": None if None in outage else list(outage),
        "ahead": _ahead(asked),
        "open": [
            {
                "funnel": shown.funnel(funnel),
                "case": case,
                "stage": shown.stage(funnel, case, stage),
                "deals": count,
            }
            for (funnel, case, stage), count in sorted(
                reader.open_deals(asked.owners).items(), key=lambda item: str(item[0])
            )
        ],
        "timers": {"waiting": told.waits, "overdue": told.late, "next": told.first},
        "audit": reader.audit_count(None if rights.changes_all else rights.users),
        "queue": queue.pop("pending"),
        "queue_unmet": queue,
        "unmet": _unmet(asked),
        "refused_items": sum(reader.refused_counts().values()) if rights.changes_all else 0,
        "held": reader.counter(HELD) or None,
        "backup": reader.counter(BACKUP),
        "outbox": {row.status: row.count for row in reader.execute(_seen(asked, effects, outbox.c.deal))},
    }


def _ahead(asked: Asked) -> dict[str, Json] | None:
    """Return what was recorded at a time to come, with the number of the deal if whoever asks may see it."""
    found = asked.reader.ahead(asked.now)
    if found is None:
        return None
    ids = {found.stream.id} if found.stream.kind is StreamKind.DEAL else set()
    seen = ids if asked.owners is None else asked.reader.visible(ids, asked.owners)
    return {
        "entries": found.entries,
        "until": found.at,
        "deal": next(iter(asked.reader.numbers(seen).values()), None),
    }


def _seen(asked: Asked, query: Select[Any], deal: Column[bytes]) -> Select[Any]:
    """Return a query of the deals alone that whoever asks may see; `deal`: the column that says which."""
    return query if asked.owners is None else query.join(deals, deals.c.id == deal).where(owned_by(asked.owners))


def _queue(asked: Asked) -> dict[str, int]:
    """Return how many queued commands wait, were refused and failed, of those that whoever asks may see."""
    found = {"pending": 0, "refused": 0, "failed": 0}
    if asked.owners is None:
        return found | {"pending": asked.reader.queue_length(), **asked.reader.queue_unmet()}
    queued = asked.reader.queue_concerned()
    seen = asked.reader.visible((id_ for _, ids in queued for id_ in ids), asked.owners)
    for status, ids in queued:
        found[status] += not seen.isdisjoint(ids)
    return found


def _unmet(asked: Asked) -> list[dict[str, Json]]:
    """Return the newest queued commands that came to nothing, with the deal concerned and the reason.

    Those about records that whoever asks may not see are left out.
    """
    reader = asked.reader
    newest: list[Unmet] = []
    numbers: dict[bytes, int] = {}
    skip = 0
    while len(newest) < _NAMED and (page := reader.newest_unmet(_PAGE, skip)):
        ids = {id_ for one in page for id_ in one.records}
        seen = ids if asked.owners is None else reader.visible(ids, asked.owners)
        newest += [one for one in page if not seen.isdisjoint(one.records)]
        numbers |= reader.numbers(seen)
        skip += len(page)
    found: list[dict[str, Json]] = []
    for one in newest[:_NAMED]:
        refusal = one.answer.get("refusal")
        found.append(
            {
                "key": one.key,
                "status": one.status,
                "command": one.kind,
                "at": one.at,
                "deal": next((numbers[id_] for id_ in one.records if id_ in numbers), None),
                "reason": refusal["failures"][0]["reason"] if refusal else {"": one.answer.get("error", "")},
            }
        )
    return found
