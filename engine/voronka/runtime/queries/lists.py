"""What waits for somebody or something: tasks, timers, messages."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from voronka.messages import Label
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.deals import people_of
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import ending, undelivered
from voronka.runtime.words import Json, words
from voronka.storage import Delivery, Effect
from voronka.storage.tables import deals, tasks

__all__ = ["list_effects", "list_imports", "list_tasks", "list_timers"]

_PAGE = 100


def list_tasks(asked: Asked) -> Json:
    """Answer with tasks by due time: parameters deal, assignee, all (done ones too), limit."""
    query = (
        select(tasks, deals.c.number)
        .join(deals, deals.c.id == tasks.c.deal)
        .where(deals.c.hidden.is_(False))
        .order_by(tasks.c.due.is_(None), tasks.c.due, tasks.c.deal, tasks.c.seq, tasks.c.n)
        .limit(asked.count("limit", _PAGE))
    )
    if not asked.flag("all"):
        query = query.where(tasks.c.done_at.is_(None))
    if (assignee := asked.known("assignee", people_of(asked))) is not None:
        query = query.where(tasks.c.assignee == assignee)
    if (deal := asked.record_if_given(StreamKind.DEAL)) is not None:
        query = query.where(tasks.c.deal == deal.id)
    shown = Shown(asked.reader, asked.workspace)
    return [
        {
            "deal": row.number,
            "task": f"{row.seq}.{row.n}",
            "title": words(Label(_titles(row.title))),
            "assignee": None if row.assignee is None else shown.user(row.assignee),
            "due": row.due,
            "day": row.day,
            "overdue": row.done_at is None and row.due is not None and row.due < asked.now,
            "done_at": row.done_at,
        }
        for row in asked.reader.execute(query)
    ]


def _titles(text: str) -> dict[str, str]:
    titles: dict[str, str] = json.loads(text)
    return titles


def list_timers(asked: Asked) -> Json:
    """Answer with timers by due time: parameters deal, all (ended ones too), limit."""
    deal = asked.record_if_given(StreamKind.DEAL)
    found = asked.reader.timers(
        deal=deal.id if deal else None, waiting=not asked.flag("all"), limit=asked.count("limit", _PAGE)
    )
    numbers = asked.reader.numbers(timer.deal for timer in found)
    return [
        {
            "deal": numbers[timer.deal],
            "event": timer.key.event,
            "occurrence": timer.key.occurrence,
            "visit": timer.key.visit,
            "offset": timer.offset,
            "state": timer.state,
            "due": timer.due,
            "ended_at": timer.ended_at,
            "reason": timer.reason or None,
            "told": words(ending(timer.reason)) if timer.reason else None,
        }
        for timer in found
    ]


def list_imports(asked: Asked) -> Json:
    """Answer with imports, the newest first."""
    return [
        {
            "import": run.id,
            "mapping": run.mapping,
            "file": run.file,
            "state": run.state,
            "position": run.position,
            "counts": dict(run.counts),
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "undone_at": run.undone_at,
        }
        for run in asked.reader.imports()
    ]


def list_effects(asked: Asked) -> Json:
    """Answer with messages, the newest first: parameters deal, status (pending, sent, dead, cancelled), limit."""
    deal = asked.record_if_given(StreamKind.DEAL)
    status = asked.known("status", [each.value for each in Delivery])
    found = asked.reader.effects(
        status=None if status is None else Delivery(status),
        deal=deal.id if deal else None,
        limit=asked.count("limit", _PAGE),
    )
    numbers = asked.reader.numbers(effect.key.deal for effect in found)
    shown = Shown(asked.reader, asked.workspace)
    return [_effect(shown, numbers[effect.key.deal], effect) for effect in found]


def _effect(shown: Shown, number: int, effect: Effect) -> dict[str, Any]:
    return {
        "deal": number,
        "effect": effect.key.child,
        "channel": effect.channel,
        "recipient": effect.recipient,
        "to": shown.recipient(effect.recipient),
        "template": effect.template,
        "status": effect.status.value,
        "attempts": effect.attempts,
        "at": effect.at,
        "next_at": effect.next_at,
        "reason": effect.reason,
        "told": words(undelivered(effect.reason)) if effect.reason else None,
    }
