"""`voronka queue`: what to do next, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, Row, tell_page
from voronka.cli.parameters import AsJson, Limit, Skip, single
from voronka.cli.session import Session, opened
from voronka.errors import UsageFault
from voronka.messages import Text, original

app = single()


@app.command(
    help=original(
        "Show what to do next: work by what a minute of it is worth, or with --by the open deals by their scores"
    )
)
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
            help=original("Deals by this scorecard; where no work is declared, else by the first one declared"),
            show_default=False,
        ),
    ] = None,
    work: Annotated[
        str | None,
        typer.Option("--work", metavar="WORK", help=original("Only this kind of work"), show_default=False),
    ] = None,
    minutes: Annotated[
        int,
        typer.Option(
            "--minutes",
            metavar="N",
            min=0,
            max=2**31,
            help=original("As much as there is time for, by the declared minutes; 0: all"),
        ),
    ] = 0,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """Show the queue."""
    if score is not None and work is not None:
        raise UsageFault(
            Text("--by orders deals by a score, and --work chooses among other work."), Text("Give one of the two.")
        )
    with opened(ctx) as session:
        if work is not None or (score is None and session.about["work"]):
            asked = {"owner": user, "work": work, "minutes": minutes}
            tell_page(
                ctx,
                session,
                "work",
                asked,
                columns=_columns_of_work(session),
                numbers=(0, 4, 5, 6),
                nothing=lambda: (
                    Text("No work fits into {minutes} min.", minutes=minutes)
                    if _is_short(session, "work", asked)
                    else Text("There is nothing to do.")
                    if work is None
                    else Text("There is no work of the kind {work}.", work=work)
                ),
                begin=["deal list"],
                onward=lambda found: [f"deal show {found[0]['number']}"],
            )
            return
        wanted = {"owner": user, "score": score, "minutes": minutes}
        tell_page(
            ctx,
            session,
            "queue",
            wanted,
            columns=_columns(session),
            numbers=(0,),
            nothing=lambda: (
                Text("No open deal with this score fits into {minutes} min.", minutes=minutes)
                if _is_short(session, "queue", wanted)
                else Text("No open deals with this score.")
            ),
            begin=["deal list"],
            onward=lambda found: [f"deal show {found[0]['number']}"],
        )


def _is_short(session: Session, query: str, asked: Row) -> bool:
    """Return whether something would be found if there was more time."""
    return bool(asked["minutes"]) and bool(session.ask(query, **{**asked, "minutes": 0}, limit=1))


def _columns_of_work(session: Session) -> Columns:
    return (
        (Text("Number"), lambda piece: str(piece["number"])),
        (Text("Owner"), lambda piece: session.present(piece["owner"], piece)),
        (Text("Account"), lambda piece: session.named(piece["account"])),
        (Text("To do"), lambda piece: _to_do(session, piece)),
        (Text("Minutes"), lambda piece: str(piece["minutes"])),
        (Text("Value"), lambda piece: _money(session, piece["shown"])),
        (Text("A minute"), lambda piece: _money(session, piece["per_minute"])),
        (Text("Because"), lambda piece: str(piece["because"]["formula"])),
    )


def _to_do(session: Session, piece: Row) -> str:
    """Return the kind of work, with the task and when it is due, or the question and how the deal stands."""
    label, task = session.out.words(piece["work"]["label"]), piece["task"]
    if task is not None:
        title = session.out.words(task["title"])
        return f"{label}: {title}" if task["due"] is None else f"{label}: {session.due(task)} {title}"
    if piece["score"] is not None:
        return f"{label}: {_question(session, piece['score'])} {_score(session, piece['score'])}"
    return label


def _money(session: Session, shown: Row | None) -> str:
    return "-" if shown is None else session.out.words(shown)


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
