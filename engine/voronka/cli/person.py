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


@app.command("erase", help=original("Erase what is kept about a contact, an account or an undone import, for ever"))
def erase(
    ctx: typer.Context,
    contact: Annotated[
        str, typer.Argument(metavar="CONTACT", help=original("The contact's name or id"), show_default=False)
    ] = "",
    account: Annotated[
        str, typer.Option(metavar="ACCOUNT", help=original("Erase an account's personal fields: its name or id"))
    ] = "",
    import_id: Annotated[
        str,
        typer.Option("--import", metavar="ID", help=original("Erase what the undo of this import has hidden")),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help=original("Do not ask"))] = False,
    as_json: AsJson = False,
) -> None:
    """Erase personal values: fields, rows, notes, messages, what was searched by.

    Of a contact with all of his deals; of an account; or of all that an undone import had brought in. What was merged
    with a record goes with it. Histories stay, without the values, and still replay. The audit keeps who did it
    and when.
    """
    out = Output(ctx.obj)
    given = {name: text for name, text in (("contact", contact), ("account", account), ("import", import_id)) if text}
    if len(given) != 1:
        raise UsageFault(
            Text("Whose data are to be erased is not clear."),
            Text("Name a contact, an account or an import that was undone: one of them."),
        )
    if not yes:
        if not sys.stdin.isatty():
            raise UsageFault(
                Text("What is erased cannot be brought back, and nobody can be asked here."),
                Text("Repeat the command with --yes."),
            )
        if not typer.confirm(out.words(_question(contact, account, import_id)), err=True):
            raise typer.Exit(1)
    with opened(ctx) as session:
        found = session.work("person.erase", given)
    if as_json:
        out.json(found)
        return
    values = Plural("{n} personal value was erased", "{n} personal values were erased", n=found["values"])
    deals = Plural("{n} deal", "{n} deals", n=found["deals"])
    out.data(
        out.words(
            Text("{values}; deals of the contact: {deals}.", values=values, deals=deals)
            if contact
            else Text("{values}.", values=values)
        )
    )
    if merged := found.get("merged"):
        out.note(Text("Records merged with it: {ids}.", ids=", ".join(merged)))
    out.note(
        Text(
            "Backups made before still hold them: delete those, or erase again after restoring one."
            " Files that were imported and messages that have left are not in the database."
        )
    )
    out.hint("audit", "verify")


def _question(contact: str, account: str, import_id: str) -> Text:
    if contact:
        return Text("Erase everything personal about {contact} and in their deals, for ever?", contact=contact)
    if account:
        return Text("Erase everything personal of the account {account}, for ever?", account=account)
    return Text("Erase everything personal that the import {id} had brought in, for ever?", id=import_id)
