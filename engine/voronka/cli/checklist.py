"""`voronka check-item`: ticks of checklists."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.parameters import AsJson, At, Deal, Key, single
from voronka.cli.session import opened
from voronka.messages import Text, original

app = single()


@app.command(help=original("Tick an item of a checklist"))
def check_item(
    ctx: typer.Context,
    deal: Deal,
    item: Annotated[str, typer.Argument(metavar="ITEM", help=original("The item's name"))],
    evidence: Annotated[
        str | None,
        typer.Option(
            "--evidence", metavar="TEXT", help=original("The link or text that proves it"), show_default=False
        ),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help=original("Take the tick back"))] = False,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Tick or untick an item."""
    with opened(ctx) as session:
        request = {"deal": deal, "item": item, "done": not undo, "evidence": evidence}
        # Asked beforehand: a tick may be what a move waited for, and another stage has another checklist.
        listed = [] if as_json else session.ask("deal.show", deal=deal)["checklist"]
        answer = session.send("checklist.tick", request, at=at, key=key, as_json=as_json)
        if not as_json:
            label = next((each["label"] for each in listed if item in (each["item"], each["gate"])), {"": item})
            named = session.called(item, label)
            told = Text("{item} is no longer ticked.", item=named) if undo else Text("{item} is ticked.", item=named)
            session.out.data(session.out.words(told))
            session.onward(answer, f"deal show {deal}")
