"""Handing a deal over: whoever leaves, another gets what was theirs of it, the deal and the open tasks."""

from __future__ import annotations

from voronka.expressions import RowsNotLoaded
from voronka.messages import Text
from voronka.process.commands import HandOver
from voronka.process.draft import Draft
from voronka.process.events import TaskAssigned
from voronka.process.fields import change
from voronka.process.refusals import refused
from voronka.process.routing import route, would_get
from voronka.process.successors import has_left, heir_of

__all__ = ["hand_over"]


def hand_over(draft: Draft, command: HandOver) -> None:
    """Give the deal and its open tasks to who is named, else to whom the routing gives it; `Refused` if that is nobody.

    A closed deal keeps its owner. A task goes to the owner of the deal; of a closed deal that has none who is still
    here, to whom the routing would give it, else to who takes over from the user.
    """
    user = command.user
    if draft.deal.owner == user and draft.deal.outcome is None:
        if command.to is not None:
            change(draft, {"owner": command.to})
        else:
            route(draft)
        if draft.deal.owner == user:
            raise _nobody(draft)
    tasks = draft.rows.of((draft.moment.stream, "tasks"))
    if tasks is None:
        raise RowsNotLoaded("tasks")
    own = [key for key, task in tasks.items() if task["assignee"] == user and not task["done"]]
    if not own:
        return
    heir = _heir(draft, command)
    if heir is None:
        raise _no_heir(draft)
    for key in own:
        draft.add(TaskAssigned(task=key, assignee=heir, at=draft.at))


def _heir(draft: Draft, command: HandOver) -> str | None:
    """Return who gets the open tasks of the deal."""
    user, owner = command.user, draft.deal.owner
    if owner is not None and owner != user and not has_left(draft, owner):
        return owner
    if command.to is not None:
        return command.to
    routed = would_get(draft)
    if routed is not None and routed != user and not has_left(draft, routed):
        return routed
    declared = draft.workspace.people.get(user)
    superior = None if declared is None else declared.reports_to
    return superior if superior is not None and not has_left(draft, superior) else heir_of(draft, user)


def _no_heir(draft: Draft) -> Exception:
    return refused(
        "nobody",
        "assignee",
        Text("Nobody would get the open tasks of deal {number}.", number=draft.deal.number),
        Text("Name who gets them (--to), or write “reports_to” of the user."),
    )


def _nobody(draft: Draft) -> Exception:
    return refused(
        "nobody",
        "owner",
        Text("No entry of the routing gives deal {number} to anybody else.", number=draft.deal.number),
        Text("Name who gets it (--to), or add an entry with “assign” for its funnel."),
    )
