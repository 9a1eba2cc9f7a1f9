"""`voronka effects`: messages and actions held back, and let go."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Text, original

app = commands()


@app.command("hold", help=original("Hold messages and actions back: nothing leaves any more"))
def hold(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Hold messages and actions back until they are released; timers, rules and commands go on."""
    with opened(ctx) as session:
        found = session.work("effects.hold", {})
        if as_json:
            session.out.json(found)
            return
        tell_held(session, found["held"])
        if at_hand := int(found["at_hand"]):
            session.out.note(
                Plural(
                    "{n} had been taken to leave: if it has begun, it comes to its end; else it stays.",
                    "{n} had been taken to leave: those that have begun come to their end, the others stay.",
                    n=at_hand,
                )
            )
        session.out.hint("outbox list --status pending", "effects release")


@app.command("release", help=original("Let messages and actions leave again"))
def release(
    ctx: typer.Context,
    drop_before: Annotated[
        str | None,
        typer.Option(
            "--drop-before",
            metavar="TIME",
            help=original("Give up those asked for before, such as 2026-02-20 18:30 or 20.02.2026 18:30"),
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let messages and actions leave that are held back since a backup was restored or by `voronka effects hold`.

    What is given up becomes a dead letter, of which the histories of the deals tell: `voronka outbox retry` sends it
    after all.
    """
    with opened(ctx) as session:
        given = {} if drop_before is None else {"drop_before": drop_before}
        found = session.work("effects.release", given)
        if as_json:
            session.out.json(found)
            return
        out = session.out
        if drop_before is not None:
            out.data(out.words(Plural("{n} message was given up.", "{n} messages were given up.", n=found["dropped"])))
        out.data(out.words(Plural("{n} message may leave now.", "{n} messages may leave now.", n=found["waiting"])))
        out.hint("outbox list", *([] if found["attended"] else ["run"]))


def tell_held(session: Session, held: int) -> None:
    """Tell that messages are held back, since when, and how they are let go."""
    session.out.note(
        Text(
            "Messages and actions are held back since {moment}: nothing leaves until `voronka effects release`.",
            moment=session.moment(held),
        )
    )
