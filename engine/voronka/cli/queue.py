"""`voronka queue`: which deals to work on next, and what to ask."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import AsJson, Limit, Skip, single
from voronka.cli.session import Session
from voronka.messages import Text, original

app = single()


@app.command(help=original("Show the open deals by their scores: what is not known, what to ask, what is due first"))
def queue(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Argument(metavar="USER", help=original("Of this user; else of all"), show_default=False)
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="SCORE",
            help=original("The scorecard by which they go; else the first one declared"),
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[
        int,
        typer.Option(
            "--minutes",
            metavar="N",
            min=0,
            max=2**31,
            help=original("As many as there is time for, by the minutes of the scorecard; 0: all"),
        ),
    ] = 0,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """Show the queue."""
    list_page(
        ctx,
        "queue",
        {"owner": user, "score": score, "minutes": minutes},
        columns=_columns,
        numbers=(0,),
        nothing=Text("No open deal with this score fits into {minutes} min.", minutes=minutes)
        if minutes
        else Text("No open deals with this score."),
        begin=["deal list"],
        onward=lambda found: [f"deal show {found[0]['number']}"],
    )


def _columns(session: Session) -> Columns:
    return (
        (Text("Number"), lambda deal: str(deal["number"])),
        (Text("Stage"), lambda deal: session.named(deal["stage"])),
        (Text("Owner"), lambda deal: session.present(deal["owner"], deal)),
        (Text("Account"), lambda deal: session.named(deal["account"])),
        (Text("Score"), lambda deal: _score(session, deal["score"])),
        (Text("Not known"), lambda deal: str(len(deal["score"]["gaps"])) if deal["score"] else "-"),
        (Text("Ask next"), lambda deal: _question(session, deal["score"])),
        (Text("Due first"), lambda deal: _due(session, deal)),
    )


def _score(session: Session, score: dict[str, Any] | None) -> str:
    if score is None or score["band"] is None:
        return "-"
    return f"{session.out.words(score['shown'])} ({session.out.words(score['band']['label'])})"


def _question(session: Session, score: dict[str, Any] | None) -> str:
    return "-" if score is None or score["next"] is None else session.out.words(score["next"]["ask"])


def _due(session: Session, deal: Row) -> str:
    """Return the task or the timer that comes first; a task without a date stands where no timer waits."""
    task, timer = deal["task"], deal["timer"]
    if task is not None and (timer is None or (task["due"] is not None and task["due"] <= timer["due"])):
        title = session.out.words(task["title"])
        return title if task["due"] is None else f"{session.due(task)} {title}"
    return "-" if timer is None else f"{session.moment(timer['due'])} {session.out.words(timer['label'])}"
