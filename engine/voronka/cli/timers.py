"""`voronka timers`: what is due when, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voronka.calendars import Duration
from voronka.cli.parameters import AsJson, Limit, single
from voronka.cli.session import Session, opened
from voronka.messages import Sentence, Text, original

app = single()

_STATES = {
    "waiting": Text("waiting"),
    "fired": Text("fired"),
    "skipped": Text("skipped"),
    "cancelled": Text("cancelled"),
    "failed": Text("failed"),
}


@app.command(help=original("Show what is due when, and how it ended"))
def timers(
    ctx: typer.Context,
    deal: Annotated[
        str | None, typer.Argument(metavar="DEAL", help=original("Of this deal; else of all"), show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=original("Those that have ended as well"))] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show timers by due time."""
    with opened(ctx) as session:
        found = session.ask("timers", deal=deal, all=everything, limit=limit)
        if as_json:
            session.out.json(found)
            return
        if not found:
            session.out.note(Text("No timers."))
            return
        headings: list[Sentence] = [Text("Deal"), Text("Timer"), Text("Offset"), Text("Due"), Text("State")]
        session.out.table(
            headings,
            (
                (
                    str(timer["deal"]),
                    timer["event"],
                    session.out.words(Duration.parse(timer["offset"]).sentence()),
                    session.moment(timer["due"]),
                    _state(session, timer),
                )
                for timer in found
            ),
            numbers=(0,),
        )
        session.out.hint(f"why {found[0]['deal']}")


def _state(session: Session, timer: Mapping[str, Any]) -> str:
    word = session.out.words(_STATES[timer["state"]])
    told = word if timer["ended_at"] is None else f"{word} {session.moment(timer['ended_at'])}"
    return f"{told}: {session.out.words(timer['told'])}" if timer["reason"] else told
