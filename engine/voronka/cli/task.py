"""`voronka task`: what people have to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import AsJson, At, Deal, Key, Limit, OfDeal, Skip, commands
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

app = commands()


@app.command("list", help=original("List tasks by due time: the open ones, unless told otherwise"))
def list_(
    ctx: typer.Context,
    deal: OfDeal = None,
    assignee: Annotated[
        str | None, typer.Option(metavar="USER", help=original("Of this user"), show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=original("Those done as well"))] = False,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """List tasks."""
    list_page(
        ctx,
        "tasks",
        {"deal": deal, "assignee": assignee, "all": everything},
        columns=_columns,
        numbers=(0,),
        nothing=Text("No tasks.") if everything else Text("No open tasks."),
        begin=["deal list"] if everything else ["task list --all"],
        onward=_onward,
    )


def _columns(session: Session) -> Columns:
    return (
        (Text("Deal"), lambda task: str(task["deal"])),
        (Text("Task"), lambda task: str(task["task"])),
        (Text("Due"), session.due),
        (Text("Assignee"), lambda task: session.present(task["assignee"], task)),
        (Text("Title"), lambda task: session.out.words(task["title"])),
        (Text("Done"), lambda task: session.moment(task["done_at"])),
    )


def _onward(found: Sequence[Row]) -> Sequence[str]:
    waiting = next((task for task in found if task["done_at"] is None), None)
    return [f"deal show {found[0]['deal']}"] if waiting is None else [f"task done {waiting['deal']} {waiting['task']}"]


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
