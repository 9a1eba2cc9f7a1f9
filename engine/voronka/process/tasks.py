"""Tasks: opened by actions, completed by people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from voronka.calendars import Duration, date_of, day_start, due
from voronka.definition.actions import TaskAction
from voronka.frozen import maker
from voronka.messages import Text
from voronka.process.commands import CompleteTask
from voronka.process.draft import Draft
from voronka.process.events import TaskDone, TaskOpened
from voronka.process.refusals import refused

__all__ = ["complete_task", "open_task"]

_opened = maker(TaskOpened)


def open_task(draft: Draft, action: TaskAction, people: Sequence[str]) -> None:
    """Open a task for one of `people`; for a role that several hold it is the role's, for nobody it is nobody's.

    A task that is due on a date is due at the end of it.
    """
    workspace = draft.workspace
    moment: int | None = None
    day: str | None = None
    if isinstance(action.due, Duration):
        moment = due(draft.now, action.due, calendar=workspace.calendar, zone=workspace.timezone)
    elif action.due is not None:
        today = date_of(draft.now, workspace.timezone)
        day = today.isoformat()
        moment = day_start(today + timedelta(days=1), workspace.timezone)
    draft.add(
        _opened(
            n=draft.child(),
            title=dict(action.title.texts),
            assignee=people[0] if len(people) == 1 else action.assignee if people else None,
            at=draft.now,
            due=moment,
            day=day,
        )
    )


def complete_task(draft: Draft, command: CompleteTask) -> None:
    """Complete an open task."""
    if command.task not in draft.deal.tasks:
        raise refused(
            "unknown_task",
            "task",
            Text("The deal has no open task {task}.", task=command.task),
            Text("The open ones are: {tasks}.", tasks=", ".join(draft.deal.tasks))
            if draft.deal.tasks
            else Text("It has no open task; `voronka task list` shows those of all deals."),
        )
    draft.add(TaskDone(task=command.task, at=draft.at))
