"""`voronka interaction`: the ledger of contacts with people, in every channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import AsJson, Limit, OfDeal, Skip, commands
from voronka.cli.session import Session
from voronka.messages import Text, original

app = commands()


@app.callback()
def _commands() -> None:
    """Keep `list` a name of its own, though it is the only command."""


@app.command("list", help=original("List calls, letters, meetings and messages, the newest first"))
def list_(
    ctx: typer.Context,
    deal: OfDeal = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=original("Of this account: of its deals, and with its contacts"), show_default=False
        ),
    ] = None,
    contact: Annotated[
        str | None, typer.Option(metavar="NAME", help=original("With this contact, in any deal"), show_default=False)
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=original("Of this kind, such as call"), show_default=False)
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(metavar="CHANNEL", help=original("Through this channel, such as email"), show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help=original("From then on, such as 2026-02-20"), show_default=False),
    ] = None,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """List interactions."""
    list_page(
        ctx,
        "interactions",
        {"deal": deal, "account": account, "contact": contact, "kind": kind, "channel": channel, "since": since},
        columns=_columns,
        numbers=(1,),
        nothing=Text("No interactions."),
        begin=["deal log DEAL kind=call direction=out outcome=connected"],
        onward=lambda found: [f"deal show {found[0]['deal']}"],
    )


def _columns(session: Session) -> Columns:
    def cell(name: str) -> Callable[[Mapping[str, Any]], str]:
        def written(row: Mapping[str, Any]) -> str:
            return next((session.shown(each) for each in row["fields"] if each["name"] == name and each["shown"]), "-")

        return written

    def user(row: Mapping[str, Any]) -> str:
        return session.out.words(Text("the engine")) if row["own"] else cell("user")(row)

    return (
        (Text("When"), lambda row: session.moment(row["at"])),
        (Text("Deal"), lambda row: str(row["deal"])),
        (Text("Kind"), cell("kind")),
        (Text("Channel"), cell("channel")),
        (Text("Direction"), cell("direction")),
        (Text("Contact"), cell("contact")),
        (Text("Who of us"), user),
        (Text("Outcome"), cell("outcome")),
        (Text("Note"), cell("note")),
    )
