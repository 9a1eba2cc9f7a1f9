"""`voronka segment`: sets of records with a name, their members, and why a record is in one or not."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.deal import deal_columns
from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.output import quoted
from voronka.cli.parameters import AsJson, Limit, Skip, commands
from voronka.cli.party import party_columns
from voronka.cli.session import Session, opened
from voronka.messages import Label, Text, original

app = commands()

Name = Annotated[str, typer.Argument(metavar="SEGMENT", help=original("The segment's name"), show_default=False)]


@app.command("list", help=original("List the segments and how many records each holds"))
def list_segments(ctx: typer.Context, limit: Limit = 100, skip: Skip = 0, as_json: AsJson = False) -> None:
    """List segments."""
    list_page(
        ctx,
        "segments",
        {},
        columns=_columns,
        numbers=(3,),
        nothing=Text("No segments are declared."),
        begin=["check"],
        onward=lambda found: [f"segment show {found[0]['segment']}"],
    )


def _columns(session: Session) -> Columns:
    return (
        (Text("Segment"), lambda row: str(row["segment"])),
        (Text("Label"), lambda row: session.out.words(row["label"])),
        (Text("Records"), lambda row: session.out.words(_RECORDS[row["of"]])),
        (Text("Members"), lambda row: str(row["count"])),
        (Text("Condition"), lambda row: str(row["where"])),
    )


@app.command("show", help=original("List the records of a segment; tell why one is in it or not"))
def show(
    ctx: typer.Context,
    segment: Name,
    deal: Annotated[
        str | None,
        typer.Option("--deal", metavar="DEAL", help=original("Tell of this deal instead"), show_default=False),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="NAME", help=original("Tell of this account instead"), show_default=False),
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option("--contact", metavar="NAME", help=original("Tell of this contact instead"), show_default=False),
    ] = None,
    limit: Limit = 100,
    after: Annotated[
        str | None,
        typer.Option(metavar="RECORD", help=original("Go on after this number, or this id"), show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a segment."""
    named = {"deal": deal, "account": account, "contact": contact}
    if record := {kind: name for kind, name in named.items() if name is not None}:
        _explain(ctx, segment, record, as_json=as_json)
        return
    list_page(
        ctx,
        "segment.show",
        {"segment": segment},
        columns=lambda session: _of_members(session, segment),
        numbers=(0,),
        nothing=Text("Nothing is in this segment now."),
        begin=["segment list"],
        onward=lambda found: [f"segment show {segment} {_option(found[0])}"],
        last=lambda found: found.get("number", found["id"]),
    )


_RECORDS = {"deals": Text("deals"), "accounts": Text("accounts"), "contacts": Text("contacts")}


def _of_members(session: Session, segment: str) -> Columns:
    return deal_columns(session) if session.about["segments"].get(segment) == "deals" else party_columns(session)


def _option(member: Row) -> str:
    """Return the option by which a member is asked for."""
    return f"--deal {member['number']}" if "number" in member else f"--{member['kind']} {quoted(member['name'])}"


def _explain(ctx: typer.Context, segment: str, record: dict[str, str], *, as_json: bool) -> None:
    with opened(ctx) as session:
        found = session.ask("segment.why", segment=segment, **record)
        if as_json:
            session.out.json(found)
            return
        name = Text("Deal {number}", number=found["deal"]) if "deal" in found else Label.plain(found["name"])
        names = {"record": name, "segment": Label(found["label"])}
        if found["member"] is None:
            told = Text("{record}: being in “{segment}” rests on fields that are not shown to you.", **names)
        elif found["member"]:
            told = Text("{record} is in “{segment}”.", **names)
        else:
            told = Text("{record} is not in “{segment}”.", **names)
        session.out.data(session.out.words(told))
        session.out.data(session.out.words(found["words"]))
        session.out.hint(_shown(found, record))


def _shown(found: Row, record: dict[str, str]) -> str:
    return f"deal show {found['deal']}" if "deal" in found else f"{next(iter(record))} show {quoted(found['name'])}"
