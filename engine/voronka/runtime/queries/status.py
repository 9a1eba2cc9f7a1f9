"""How the workspace stands: what is in force, what waits, since when the engine has been running."""

from __future__ import annotations

from sqlalchemy import func, select

from voronka.process.state import Stream, StreamKind
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import Json, words
from voronka.storage.tables import outbox, timers

__all__ = ["show_status"]

# Of the queued commands that came to nothing, so many are named.
_NAMED = 5


def show_status(asked: Asked) -> Json:
    """Answer with the release in force, open deals by stage, timers, queue, outbox, audit and the engine's beat."""
    reader = asked.reader
    shown = Shown(reader, asked.workspace, asked.viewer.rights)
    waiting = timers.c.state == "waiting"
    overdue = select(func.count()).select_from(timers).where(waiting, timers.c.due_at <= asked.now)
    effects = select(outbox.c.status, func.count().label("count")).group_by(outbox.c.status)
    outage = (reader.counter("outage_from"), reader.counter("outage_to"))
    return {
        "workspace": asked.workspace.name,
        "title": words(asked.workspace.title),
        "release": asked.workspace.release,
        "now": asked.now,
        "beat": reader.counter("beat"),
        "outage": None if None in outage else list(outage),
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
        "timers": {
            "waiting": reader.execute(select(func.count()).select_from(timers).where(waiting)).scalar_one(),
            "overdue": reader.execute(overdue).scalar_one(),
            "next": reader.next_due(),
        },
        "audit": reader.audit_count(),
        "queue": reader.queue_length(),
        "queue_unmet": {"refused": 0, "failed": 0, **reader.queue_unmet()},
        "unmet": _unmet(asked),
        "outbox": {row.status: row.count for row in reader.execute(effects)},
    }


def _unmet(asked: Asked) -> list[dict[str, Json]]:
    """Return the newest queued commands that came to nothing, with the deal concerned and the reason.

    Those about deals that whoever asks may not see are left out.
    """
    reader = asked.reader
    newest = reader.newest_unmet(_NAMED)
    if asked.owners is not None:
        streams = {id_: Stream(StreamKind.DEAL, id_) for one in newest for id_ in one.records}
        seen = asked.viewer.seen(reader, streams.values())
        newest = [one for one in newest if any(streams[id_] in seen for id_ in one.records)]
    numbers = reader.numbers({id_ for one in newest for id_ in one.records})
    found: list[dict[str, Json]] = []
    for one in newest:
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
