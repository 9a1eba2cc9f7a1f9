"""Accounts and contacts: the same commands for both."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from voronka.cli.deal import deal_columns
from voronka.cli.listing import Columns, list_page, tell_table
from voronka.cli.merging import add_merging
from voronka.cli.output import quoted
from voronka.cli.parameters import AsJson, At, Evidence, Key, Limit, Source, Values, commands, fields_of
from voronka.cli.provenance import WithProvenance, only_observed, tell_provenance
from voronka.cli.session import Session, opened
from voronka.errors import UsageFault
from voronka.messages import Text, original

__all__ = ["party_columns", "party_commands"]

_MADE = {
    "account": lambda name: Text("The account {name} is made.", name=name),
    "contact": lambda name: Text("The contact {name} is made.", name=name),
}
_Name = Annotated[str, typer.Argument(metavar="NAME", help=original("The name, or the id"))]


def party_commands(kind: str) -> typer.Typer:
    """Return the commands for ``account`` or ``contact``."""
    app = commands()

    @app.command("new", help=original("Make one: name=… and what else is known"))
    def new(
        ctx: typer.Context,
        values: Values = None,
        another: Annotated[
            bool, typer.Option("--another", help=original("Make it even if there is one of this name"))
        ] = False,
        source: Source = None,
        evidence: Evidence = None,
        at: At = None,
        key: Key = None,
        as_json: AsJson = False,
    ) -> None:
        """Make a record."""
        with opened(ctx) as session:
            fields = fields_of(values, bare="name")
            request = {"fields": fields, "another": another, "from": source, "evidence": evidence}
            answer = session.send(f"{kind}.create", request, at=at, key=key, as_json=as_json)
            if not as_json:
                _made(session, kind, answer, fields.get("name"))

    @app.command("set", help=original("Set fields"))
    def set_(
        ctx: typer.Context,
        name: _Name,
        values: Values = None,
        source: Source = None,
        evidence: Evidence = None,
        at: At = None,
        key: Key = None,
        as_json: AsJson = False,
    ) -> None:
        """Set fields."""
        with opened(ctx) as session:
            request = {kind: name, "fields": fields_of(values), "from": source, "evidence": evidence}
            answer = session.send(f"{kind}.set", request, at=at, key=key, as_json=as_json)
            if not as_json:
                changed = Text("{name} is changed.", name=name) if answer["events"] else Text("Nothing was new.")
                told = only_observed(answer) or changed
                session.out.data(session.out.words(told))
                session.onward(answer, f"{kind} show {answer['id']}")

    @app.command("show", help=original("Show its fields, rows and deals"))
    def show(ctx: typer.Context, name: _Name, provenance: WithProvenance = False, as_json: AsJson = False) -> None:
        """Show a record."""
        with opened(ctx) as session:
            found = session.ask(f"{kind}.show", **{kind: name})
            if as_json:
                session.out.json(found)
            else:
                _card(session, found, provenance)

    @app.command("list", help=original("List them in the order in which they were made"))
    def list_(
        ctx: typer.Context,
        part: Annotated[
            str | None,
            typer.Option("--name", metavar="TEXT", help=original("With this in the name"), show_default=False),
        ] = None,
        limit: Limit = 100,
        after: Annotated[
            str | None, typer.Option(metavar="ID", help=original("Go on after this id"), show_default=False)
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """List records."""
        list_page(
            ctx,
            f"{kind}.list",
            {"name": part},
            columns=party_columns,
            nothing=Text("Nothing is found."),
            begin=[f"{kind} new name=…"] if part is None else [f"{kind} list"],
            onward=lambda found: [f"{kind} show {quoted(found[0]['name'])}"],
            last=lambda party: party["id"],
        )

    add_merging(app, kind)
    return app


def _made(session: Session, kind: str, answer: dict[str, Any], given: str | None) -> None:
    """Tell who was made, and where to go on; by the name, unless another has it as well.

    What the actor does not see any more is told by the name `given`.
    """
    id_ = answer["id"]
    if not answer["seen"]:
        session.out.data(session.out.words(_MADE[kind](given or id_)))
        session.onward(answer)
        return
    name = session.ask(f"{kind}.show", **{kind: id_})["name"]
    session.out.data(session.out.words(_MADE[kind](name)))
    try:
        known = quoted(name) if session.ask(f"{kind}.show", **{kind: name})["id"] == id_ else id_
    except UsageFault:
        known = id_
        session.out.note(
            Text(
                "Another is called {name}, too: by this name nobody can tell them apart. Use the id, or rename one.",
                name=name,
            )
        )
    funnels = session.about["funnels"]
    funnel = funnels[0]["name"] if len(funnels) == 1 else "FUNNEL"  # which of several, nobody here can know
    session.out.hint(f"{kind} show {known}", f"deal new {funnel} {kind}={known}")


def party_columns(session: Session) -> Columns:
    """Return the columns of a list of accounts or contacts."""
    return (
        (Text("Id"), lambda party: str(party["id"])),
        (Text("Name"), lambda party: str(party["name"])),
        (Text("Created"), lambda party: session.moment(party["created_at"])),
    )


def _card(session: Session, party: dict[str, Any], provenance: bool) -> None:
    out = session.out
    out.data(party["name"])
    out.pairs([(Text("Id"), party["id"]), (Text("Created"), session.moment(party["created_at"]))])
    out.heading(Text("Fields"))
    out.pairs(session.fields(party["fields"]))
    if provenance:
        tell_provenance(session, party["fields"])
    session.rows(party)
    if party["deals"]:
        out.heading(Text("Deals"))
        tell_table(session, party["deals"], deal_columns(session), numbers=(0,))
        out.hint(f"deal show {party['deals'][0]['number']}")
