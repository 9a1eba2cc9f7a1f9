"""`voronka task`: what people have to do."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.parameters import AsJson, At, Deal, Key, Limit, commands
from voronka.cli.session import opened
from voronka.messages import Text, original

app = commands()


@app.command("list", help=original("List tasks by due time: the open ones, unless told otherwise"))
def list_(
    ctx: typer.Context,
    deal: Annotated[str | None, typer.Option(metavar="DEAL", help=original("Of this deal"), show_default=False)] = None,
    assignee: Annotated[
        str | None, typer.Option(metavar="USER", help=original("Of this user"), show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=original("Those done as well"))] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List tasks."""
    with opened(ctx) as session:
        found = session.ask("tasks", deal=deal, assignee=assignee, all=everything, limit=limit)
        if as_json:
            session.out.json(found)
            return
        if not found:
            session.out.note(Text("No tasks."))
            return
        overdue = session.out.words(Text("overdue"))
        session.out.table(
            (Text("Deal"), Text("Task"), Text("Due"), Text("Assignee"), Text("Title"), Text("Done")),
            (
                (
                    str(task["deal"]),
                    task["task"],
                    f"{session.due(task)}{f' ({overdue})' if task['overdue'] else ''}",
                    session.named(task["assignee"]),
                    session.out.words(task["title"]),
                    session.moment(task["done_at"]),
                )
                for task in found
            ),
            numbers=(0,),
        )
        waiting = [task for task in found if task["done_at"] is None]
        if waiting:
            session.out.hint(f"task done {waiting[0]['deal']} {waiting[0]['task']}")


@app.command("done", help=original("Complete a task"))
def done(
    ctx: typer.Context,
    deal: Deal,
    task: Annotated[str, typer.Argument(metavar="TASK", help=original("The task's key, such as 3.0"))],
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Complete a task."""
    with opened(ctx) as session:
        session.send("task.complete", {"deal": deal, "task": task}, at=at, key=key, as_json=as_json)
        if not as_json:
            session.out.data(session.out.words(Text("Task {task} is done.", task=task)))
            session.out.hint("task list")
