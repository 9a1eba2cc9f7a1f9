"""Accounts and contacts: the same commands for both."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.deal import list_deals
from voronka.cli.parameters import AsJson, At, Key, Limit, Values, commands, fields_of
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

__all__ = ["party_commands"]

_Name = Annotated[str, typer.Argument(metavar="NAME", help=original("The name, or the id"))]


def party_commands(kind: str) -> typer.Typer:
    """Return the commands for ``account`` or ``contact``."""
    app = commands()

    @app.command("new", help=original("Make one: name=… and what else is known"))
    def new(ctx: typer.Context, values: Values = None, at: At = None, key: Key = None, as_json: AsJson = False) -> None:
        """Make a record."""
        with opened(ctx) as session:
            request = {"fields": fields_of(values)}
            answer = session.send(f"{kind}.create", request, at=at, key=key, as_json=as_json)
            if not as_json:
                session.out.data(answer["id"])
                session.out.hint(f"{kind} show {answer['id']}")

    @app.command("set", help=original("Set fields"))
    def set_(
        ctx: typer.Context,
        name: _Name,
        values: Values = None,
        at: At = None,
        key: Key = None,
        as_json: AsJson = False,
    ) -> None:
        """Set fields."""
        with opened(ctx) as session:
            request = {kind: name, "fields": fields_of(values)}
            answer = session.send(f"{kind}.set", request, at=at, key=key, as_json=as_json)
            if not as_json:
                told = Text("{name} is changed.", name=name) if answer["events"] else Text("Nothing was new.")
                session.out.data(session.out.words(told))
                session.out.hint(f"{kind} show {answer['id']}")

    @app.command("show", help=original("Show its fields, rows and deals"))
    def show(ctx: typer.Context, name: _Name, as_json: AsJson = False) -> None:
        """Show a record."""
        with opened(ctx) as session:
            found = session.ask(f"{kind}.show", **{kind: name})
            if as_json:
                session.out.json(found)
            else:
                _card(session, found)

    @app.command("list", help=original("List them in the order in which they were made"))
    def list_(
        ctx: typer.Context,
        limit: Limit = 100,
        after: Annotated[
            str | None, typer.Option(metavar="ID", help=original("Go on after this id"), show_default=False)
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """List records."""
        with opened(ctx) as session:
            found = session.ask(f"{kind}.list", limit=limit, after=after)
            if as_json:
                session.out.json(found)
                return
            session.out.table(
                (Text("Id"), Text("Name"), Text("Created")),
                ((each["id"], each["name"], session.moment(each["created_at"])) for each in found),
            )
            if len(found) == limit:
                session.out.note(Text("There may be more:"))
                session.out.hint(f"{kind} list --after {found[-1]['id']}")
            else:
                session.out.hint(f"{kind} show NAME")

    return app


def _card(session: Session, party: dict[str, Any]) -> None:
    out = session.out
    out.data(party["name"])
    out.pairs([(Text("Id"), party["id"]), (Text("Created"), session.moment(party["created_at"]))])
    out.heading(Text("Fields"))
    out.pairs(session.fields(party["fields"]))
    session.rows(party["rows"])
    if party["deals"]:
        out.heading(Text("Deals"))
        list_deals(session, party["deals"])
        out.hint(f"deal show {party['deals'][0]['number']}")
