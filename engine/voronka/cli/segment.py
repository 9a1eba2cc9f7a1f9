"""`voronka segment`: sets of deals with a name, their members, and why a deal is in one or not."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.deal import deal_columns
from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import After, AsJson, Limit, Skip, commands
from voronka.cli.session import Session, opened
from voronka.messages import Label, Text, original

app = commands()

Name = Annotated[str, typer.Argument(metavar="SEGMENT", help=original("The segment's name"), show_default=False)]


@app.command("list", help=original("List the segments and how many deals each holds"))
def list_segments(ctx: typer.Context, limit: Limit = 100, skip: Skip = 0, as_json: AsJson = False) -> None:
    """List segments."""
    list_page(
        ctx,
        "segments",
        {},
        columns=_columns,
        numbers=(2,),
        nothing=Text("No segments are declared."),
        begin=["check"],
        onward=lambda found: [f"segment show {found[0]['segment']}"],
    )


def _columns(session: Session) -> Columns:
    return (
        (Text("Segment"), lambda row: str(row["segment"])),
        (Text("Label"), lambda row: session.out.words(row["label"])),
        (Text("Deals"), lambda row: str(row["count"])),
        (Text("Condition"), lambda row: str(row["where"])),
    )


@app.command("show", help=original("List the deals of a segment; tell why a deal is in it or not"))
def show(
    ctx: typer.Context,
    segment: Name,
    deal: Annotated[
        str | None,
        typer.Option("--deal", metavar="DEAL", help=original("Tell of this deal instead"), show_default=False),
    ] = None,
    limit: Limit = 100,
    after: After = 0,
    as_json: AsJson = False,
) -> None:
    """Show a segment."""
    if deal is not None:
        _explain(ctx, segment, deal, as_json=as_json)
        return
    list_page(
        ctx,
        "segment.show",
        {"segment": segment},
        columns=deal_columns,
        numbers=(0,),
        nothing=Text("No deals are in this segment."),
        begin=["segment list"],
        onward=lambda found: [f"segment show {segment} --deal {found[0]['number']}"],
        last=lambda found: found["number"],
    )


def _explain(ctx: typer.Context, segment: str, deal: str, *, as_json: bool) -> None:
    with opened(ctx) as session:
        found = session.ask("segment.why", segment=segment, deal=deal)
        if as_json:
            session.out.json(found)
            return
        names = {"deal": found["deal"], "segment": Label(found["label"])}
        if found["member"] is None:
            told = Text("Whether deal {deal} is in “{segment}” rests on fields that are not shown to you.", **names)
        elif found["member"]:
            told = Text("Deal {deal} is in “{segment}”.", **names)
        else:
            told = Text("Deal {deal} is not in “{segment}”.", **names)
        session.out.data(session.out.words(told))
        session.out.data(session.out.words(found["words"]))
        session.out.hint(f"deal show {found['deal']}")
