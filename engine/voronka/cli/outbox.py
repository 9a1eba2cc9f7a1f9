"""`voronka outbox`: messages on their way."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from voronka.cli.parameters import AsJson, Deal, Limit, commands
from voronka.cli.session import opened
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
    deal: Annotated[str | None, typer.Option(metavar="DEAL", help=original("Of this deal"), show_default=False)] = None,
    status: Annotated[
        Literal["pending", "sent", "dead", "cancelled"] | None,
        typer.Option(help=original("Only these"), show_default=False),
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List messages."""
    with opened(ctx) as session:
        found = session.ask("outbox", deal=deal, status=status, limit=limit)
        if as_json:
            session.out.json(found)
            return
        if not found:
            session.out.note(Text("No messages."))
            return
        session.out.table(
            (
                Text("Deal"),
                Text("Message"),
                Text("When"),
                Text("Channel"),
                Text("To"),
                Text("Template"),
                Text("State"),
                Text("Attempts"),
            ),
            (
                (
                    str(each["deal"]),
                    each["effect"],
                    session.moment(each["at"]),
                    each["channel"],
                    session.out.words(each["to"]),
                    each["template"],
                    session.out.words(_STATUSES[each["status"]])
                    + (f": {session.out.words(each['told'])}" if each["told"] else ""),
                    str(each["attempts"]),
                )
                for each in found
            ),
            numbers=(0, 7),
        )
        dead = [each for each in found if each["status"] == "dead"]
        if dead:
            session.out.hint(f"outbox retry {dead[0]['deal']} {dead[0]['effect']}")
        else:
            session.out.hint(f"why {found[0]['deal']}")


@app.command("retry", help=original("Send a message again that was given up"))
def retry(
    ctx: typer.Context,
    deal: Deal,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help=original("Its key, such as 12.0"))],
    as_json: AsJson = False,
) -> None:
    """Send a dead letter again."""
    with opened(ctx) as session:
        result = session.client.work("outbox.retry", {"deal": deal, "effect": message})
        if as_json:
            session.out.json(result)
            return
        session.out.data(session.out.words(Text("Message {message} is on its way again.", message=message)))
        session.out.hint("outbox list", *([] if result["attended"] else ["run"]))
