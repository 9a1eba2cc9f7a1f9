"""`voronka timers`: what is due when, and how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.calendars import Duration
from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import AsJson, Limit, Skip, single
from voronka.cli.session import Session
from voronka.messages import Text, original

app = single()

_STATES = {
    "waiting": Text("waiting"),
    "fired": Text("fired"),
    "skipped": Text("skipped"),
    "cancelled": Text("cancelled"),
    "failed": Text("failed"),
}


@app.command(help=original("Show what is due when; with --all also how and why it ended"))
def timers(
    ctx: typer.Context,
    deal: Annotated[
        str | None, typer.Argument(metavar="DEAL", help=original("Of this deal; else of all"), show_default=False)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=original("Those that have ended as well, with how and why"))
    ] = False,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """Show timers by due time."""
    of = "" if deal is None else f" {deal}"
    list_page(
        ctx,
        "timers",
        {"deal": deal, "all": everything},
        columns=_columns,
        numbers=(0,),
        nothing=Text("No timers.") if everything else Text("Nothing waits for its time."),
        begin=["deal list"] if everything else [f"timers{of} --all"],
        onward=lambda found: [*([] if everything else [f"timers{of} --all"]), f"why {found[0]['deal']}"],
    )


def _columns(session: Session) -> Columns:
    def state(timer: Row) -> str:
        word = session.out.words(_STATES[timer["state"]])
        told = word if timer["ended_at"] is None else f"{word} {session.moment(timer['ended_at'])}"
        if timer["reason"]:
            told = f"{told}: {session.out.words(timer['told'])}"
        return f"{told}\n{session.out.words(timer['because'])}" if timer["because"] else told

    def called(timer: Row) -> str:
        event = session.called(timer["event"], timer["label"])
        return f"{event} [{timer['row']}]" if timer["row"] else event

    return (
        (Text("Deal"), lambda timer: str(timer["deal"])),
        (Text("Timer"), called),
        (Text("Offset"), lambda timer: session.out.words(Duration.parse(timer["offset"]).sentence())),
        (Text("Planned"), lambda timer: session.moment(timer["planned"])),
        (Text("Due"), lambda timer: session.moment(timer["due"])),
        (Text("State"), state),
    )
