"""What people have to do."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from voronka.definition.absence import stood_in_for
from voronka.messages import Label
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import Json, words
from voronka.storage.deals import owned_by
from voronka.storage.tables import deals, tasks

__all__ = ["list_tasks", "open_tasks", "tasks_of_people"]

_BY_DUE = (tasks.c.due.is_(None), tasks.c.due, tasks.c.deal, tasks.c.seq, tasks.c.n)
_TASKS = select(tasks, deals.c.number).join(deals, deals.c.id == tasks.c.deal).order_by(*_BY_DUE)


@parameters("deal", "assignee", "all", "limit", "skip")
def list_tasks(asked: Asked) -> Json:
    """Answer with tasks by due time: parameters deal, assignee, all (done ones too), limit, skip.

    An assignee's are also the tasks of those for whom the assignee stands in. A task stays with its assignee: while
    they are `away`, their `stand_in` finds it, too.
    """
    query = _TASKS.where(deals.c.hidden.is_(False)).limit(asked.limit()).offset(asked.number("skip"))
    if asked.owners is not None:
        query = query.where(owned_by(asked.owners))
    if not asked.flag("all"):
        query = query.where(tasks.c.done_at.is_(None))
    if (assignee := asked.person("assignee")) is not None:
        query = query.where(tasks.c.assignee.in_([assignee, *_absent_for(asked, assignee)]))
    if (deal := asked.record_if_given(StreamKind.DEAL)) is not None:
        query = query.where(tasks.c.deal == deal.id)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    return [_task(asked, shown, row) for row in asked.reader.execute(query)]


def _absent_for(asked: Asked, user: str) -> tuple[str, ...]:
    """Return the absent people whose tasks are the user's while they are away."""
    return stood_in_for(asked.workspace, asked.reader.absences(), user, asked.now)


def open_tasks(asked: Asked, shown: Shown, deal: bytes) -> list[dict[str, Any]]:
    """Return a deal's open tasks as a list of tasks tells them."""
    query = _TASKS.where(tasks.c.deal == deal, tasks.c.done_at.is_(None))
    return [_task(asked, shown, row) for row in asked.reader.execute(query)]


def tasks_of_people(asked: Asked, shown: Shown, owners: frozenset[str] | None) -> list[dict[str, Any]]:
    """Return the open tasks of these people, likewise, each with its deal; None: of all whose deals may be seen.

    A task given to a role is that of all who have it, one without an assignee that of the deal's owner.
    """
    query = _TASKS.add_columns(deals.c.id).where(deals.c.hidden.is_(False), tasks.c.done_at.is_(None))
    if asked.owners is not None:
        query = query.where(owned_by(asked.owners))
    if owners is not None:
        people = asked.workspace.people
        roles = {people[user].role for user in owners if user in people}
        given = tasks.c.assignee.in_(sorted({*owners, *roles}))
        query = query.where(given | (tasks.c.assignee.is_(None) & owned_by(owners)))
    return [{**_task(asked, shown, row), "id": row.id} for row in asked.reader.execute(query)]


def _task(asked: Asked, shown: Shown, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the database
    return {
        "deal": row.number,
        "task": f"{row.seq}.{row.n}",
        "title": words(Label(json.loads(row.title))),
        "assignee": None if row.assignee is None else shown.user(row.assignee),
        **shown.presence(row.assignee, asked.now),
        "due": row.due,
        "day": row.day,
        "overdue": row.done_at is None and row.due is not None and row.due < asked.now,
        "done_at": row.done_at,
    }
