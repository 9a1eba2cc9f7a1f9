"""`voronka outbox`: messages on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import AsJson, Limit, Skip, commands
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Sentence, Text, original

app = commands()

_ITS_DEAL = original("Its deal; - if it is about none")
_STATUSES = {
    "pending": Text("waiting"),
    "sent": Text("sent"),
    "dead": Text("given up"),
    "unknown": Text("unknown whether sent"),
    "cancelled": Text("withdrawn"),
}


@app.command("list", help=original("List messages, the newest first"))
def list_(
    ctx: typer.Context,
    deal: Annotated[
        str | None,
        typer.Option(metavar="DEAL", help=original("Of this deal; -: those about none"), show_default=False),
    ] = None,
    status: Annotated[
        Literal["pending", "sent", "dead", "unknown", "cancelled"] | None,
        typer.Option(help=original("Only these"), show_default=False),
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help=original("Those of a channel or an action"), show_default=False)
    ] = None,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """List messages."""
    list_page(
        ctx,
        "outbox",
        {"deal": deal, "status": status, "channel": channel},
        columns=_columns,
        numbers=(0, 7),
        nothing=Text("No messages."),
        begin=["timers"] if status is None else ["outbox list"],
        onward=_onward,
    )


def _columns(session: Session) -> Columns:
    def state(message: Row) -> str:
        word = session.out.words(_STATUSES[message["status"]])
        if message["goes_on_at"] is not None:
            word = session.out.words(Text("waiting until {moment}", moment=session.moment(message["goes_on_at"])))
        return f"{word}: {session.out.words(message['told'])}" if message["told"] else word

    return (
        (Text("Deal"), _deal),
        (Text("Message"), lambda message: str(message["effect"])),
        (Text("When"), lambda message: session.moment(message["at"])),
        (Text("Channel or action"), lambda message: str(message["action"] or message["channel"])),
        (Text("To"), lambda message: session.out.words(message["to"]) or "-"),
        (Text("Template"), lambda message: str(message["template"]) or "-"),
        (Text("State"), state),
        (Text("Attempts"), lambda message: str(message["attempts"])),
    )


def _deal(message: Row) -> str:
    """Return a message's deal as lists show it and commands take it: `-` if it is about none."""
    return "-" if message["deal"] is None else str(message["deal"])


def _onward(found: Sequence[Row]) -> Sequence[str]:
    for status, command in (("unknown", "outbox resolve {} {} --sent"), ("dead", "outbox retry {} {}")):
        for message in found:
            addressed = message["action"] or message["recipient"]
            if message["status"] == status and addressed:
                return [command.format(_deal(message), message["effect"])]
    return next(([f"why {message['deal']}"] for message in found if message["deal"] is not None), ["review list"])


@app.command("retry", help=original("Send messages again that were given up: one, or those of a filter"))
def retry(
    ctx: typer.Context,
    deal: Annotated[str | None, typer.Argument(metavar="DEAL", help=_ITS_DEAL, show_default=False)] = None,
    message: Annotated[
        str | None, typer.Argument(metavar="MESSAGE", help=original("Its key, such as 12.0"), show_default=False)
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help=original("Those of a channel or an action"), show_default=False)
    ] = None,
    since: Annotated[
        str | None, typer.Option(help=original("Those asked for from this moment on"), show_default=False)
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help=original("All that were given up"))] = False,
    as_json: AsJson = False,
) -> None:
    """Send dead letters again."""
    params = {"deal": deal, "effect": message, "channel": channel, "since": since, "all": all_ or None}
    with opened(ctx) as session:
        result = session.work("outbox.retry", {name: value for name, value in params.items() if value is not None})
        if as_json:
            session.out.json(result)
            return
        told: Sentence = (
            Plural("{n} message is on its way again.", "{n} messages are on their way again.", n=int(result["effects"]))
            if message is None
            else Text("Message {message} is on its way again.", message=message)
        )
        session.out.data(session.out.words(told))
        if left := int(result["unaddressed"]):
            session.out.note(
                Plural(
                    "{n} message is left out: there was nobody to send it to when it was asked for.",
                    "{n} messages are left out: there was nobody to send them to when they were asked for.",
                    n=left,
                )
            )
        session.out.hint("outbox list", *([] if result["attended"] else ["run"]))


@app.command("resolve", help=original("Say what became of a message of which that is not known"))
def resolve(
    ctx: typer.Context,
    deal: Annotated[str, typer.Argument(metavar="DEAL", help=_ITS_DEAL, show_default=False)],
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help=original("Its key, such as 12.0"))],
    sent: Annotated[
        bool, typer.Option("--sent/--retry", help=original("It has arrived; or it has not, and is sent again"))
    ],
    as_json: AsJson = False,
) -> None:
    """Settle a message that is unknown."""
    with opened(ctx) as session:
        result = session.work("outbox.resolve", {"deal": deal, "effect": message, "sent": sent})
        if as_json:
            session.out.json(result)
            return
        told = (
            Text("Message {message} counts as sent.", message=message)
            if sent
            else Text("Message {message} is on its way again.", message=message)
        )
        session.out.data(session.out.words(told))
        session.out.hint("outbox list", *([] if sent or result["attended"] else ["run"]))
