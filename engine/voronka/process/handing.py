"""Handing a deal over: whoever leaves, another gets what was theirs of it, the deal and the open tasks."""

from __future__ import annotations

from voronka.expressions import RowsNotLoaded
from voronka.messages import Text
from voronka.process.commands import HandOver
from voronka.process.draft import Draft
from voronka.process.events import TaskAssigned
from voronka.process.fields import change
from voronka.process.refusals import refused
from voronka.process.routing import route

__all__ = ["hand_over"]


def hand_over(draft: Draft, command: HandOver) -> None:
    """Give the deal and its open tasks to who is named, else to whom the routing gives it; `Refused` if that is nobody.

    A closed deal keeps its owner. A task goes to the owner of the deal.
    """
    if draft.deal.owner == command.user and draft.deal.outcome is None:
        if command.to is not None:
            change(draft, {"owner": command.to})
        else:
            route(draft)
        if draft.deal.owner == command.user:
            raise _nobody(draft)
    heir = command.to if draft.deal.owner in (None, command.user) else draft.deal.owner
    tasks = draft.rows.of((draft.moment.stream, "tasks"))
    if tasks is None:
        raise RowsNotLoaded("tasks")
    for key, task in tasks.items():
        if task["assignee"] == command.user and not task["done"]:
            if heir is None:
                raise _nobody(draft)
            draft.add(TaskAssigned(task=key, assignee=heir, at=draft.at))


def _nobody(draft: Draft) -> Exception:
    return refused(
        "nobody",
        "owner",
        Text("No entry of the routing gives deal {number} to anybody else.", number=draft.deal.number),
        Text("Name who gets it (--to), or add an entry with “assign” for its funnel."),
    )
