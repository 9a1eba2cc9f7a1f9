"""`voronka timers`: what is due when, and how it ended."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.parameters import AsJson, Limit, single
from voronka.cli.session import opened
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
                    timer["offset"],
                    session.moment(timer["due"]),
                    _state(session.out.words(_STATES[timer["state"]]), timer, session.moment(timer["ended_at"])),
                )
                for timer in found
            ),
            numbers=(0,),
        )
        session.out.hint(f"why {found[0]['deal']}")


def _state(word: str, timer: dict[str, Any], ended: str) -> str:
    told = word if timer["ended_at"] is None else f"{word} {ended}"
    return f"{told}: {timer['reason']}" if timer["reason"] else told
