"""`voronka person`: what is kept about somebody."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import opened
from voronka.errors import UsageFault
from voronka.messages import Plural, Text, original

app = commands()


@app.callback()
def _person() -> None:
    """Stand above the commands."""


@app.command("erase", help=original("Erase what is kept about a contact, for ever"))
def erase(
    ctx: typer.Context,
    contact: Annotated[
        str, typer.Argument(metavar="CONTACT", help=original("The contact's name or id"), show_default=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help=original("Do not ask"))] = False,
    as_json: AsJson = False,
) -> None:
    """Erase the personal values of a contact and of all his deals: fields, notes, messages, what was searched by.

    Histories stay, without the values, and still replay. The audit keeps who did it and when.
    """
    out = Output(ctx.obj)
    if not yes:
        question = Text("Erase everything personal about {contact} and in their deals, for ever?", contact=contact)
        if not sys.stdin.isatty():
            raise UsageFault(
                Text("What is erased cannot be brought back, and nobody can be asked here."),
                Text("Repeat the command with --yes."),
            )
        if not typer.confirm(out.words(question), err=True):
            raise typer.Exit(1)
    with opened(ctx) as session:
        found = session.work("person.erase", {"contact": contact})
    if as_json:
        out.json(found)
        return
    values = Plural("{n} personal value was erased", "{n} personal values were erased", n=found["values"])
    deals = Plural("{n} deal", "{n} deals", n=found["deals"])
    out.data(out.words(Text("{values}; deals of the contact: {deals}.", values=values, deals=deals)))
    out.note(
        Text(
            "Backups made before still hold them: delete those, or erase again after restoring one."
            " Files that were imported and messages that have left are not in the database."
        )
    )
    out.hint("audit", "verify")
