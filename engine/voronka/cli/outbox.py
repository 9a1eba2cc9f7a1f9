"""`voronka outbox`: messages on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import AsJson, Deal, Limit, OfDeal, Skip, commands
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

app = commands()

_STATUSES = {
    "pending": Text("waiting"),
    "sent": Text("sent"),
    "dead": Text("given up"),
    "cancelled": Text("withdrawn"),
}


@app.command("list", help=original("List messages, the newest first"))
def list_(
    ctx: typer.Context,
    deal: OfDeal = None,
    status: Annotated[
        Literal["pending", "sent", "dead", "cancelled"] | None,
        typer.Option(help=original("Only these"), show_default=False),
    ] = None,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """List messages."""
    list_page(
        ctx,
        "outbox",
        {"deal": deal, "status": status},
        columns=_columns,
        numbers=(0, 7),
        nothing=Text("No messages."),
        begin=["timers"] if status is None else ["outbox list"],
        onward=_onward,
    )


def _columns(session: Session) -> Columns:
    def state(message: Row) -> str:
        word = session.out.words(_STATUSES[message["status"]])
        return f"{word}: {session.out.words(message['told'])}" if message["told"] else word

    return (
        (Text("Deal"), lambda message: str(message["deal"])),
        (Text("Message"), lambda message: str(message["effect"])),
        (Text("When"), lambda message: session.moment(message["at"])),
        (Text("Channel or action"), lambda message: str(message["action"] or message["channel"])),
        (Text("To"), lambda message: session.out.words(message["to"]) or "-"),
        (Text("Template"), lambda message: str(message["template"]) or "-"),
        (Text("State"), state),
        (Text("Attempts"), lambda message: str(message["attempts"])),
    )


def _onward(found: Sequence[Row]) -> Sequence[str]:
    dead = next((message for message in found if message["status"] == "dead"), None)
    return [f"why {found[0]['deal']}"] if dead is None else [f"outbox retry {dead['deal']} {dead['effect']}"]


@app.command("retry", help=original("Send a message again that was given up"))
def retry(
    ctx: typer.Context,
    deal: Deal,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help=original("Its key, such as 12.0"))],
    as_json: AsJson = False,
) -> None:
    """Send a dead letter again."""
    with opened(ctx) as session:
        result = session.work("outbox.retry", {"deal": deal, "effect": message})
        if as_json:
            session.out.json(result)
            return
        session.out.data(session.out.words(Text("Message {message} is on its way again.", message=message)))
        session.out.hint("outbox list", *([] if result["attended"] else ["run"]))
