"""`voronka note`: notes that wait, and the values that are in them."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import (
    AsJson,
    At,
    Deal,
    Key,
    Limit,
    OfDeal,
    Skip,
    Source,
    Values,
    commands,
    fields_of,
)
from voronka.cli.session import Session, opened
from voronka.messages import Text, original

app = commands()


@app.command("list", help=original("List the notes that wait to be turned into values"))
def list_(ctx: typer.Context, deal: OfDeal = None, limit: Limit = 100, skip: Skip = 0, as_json: AsJson = False) -> None:
    """List notes."""
    list_page(
        ctx,
        "notes",
        {"deal": deal},
        columns=_columns,
        numbers=(0,),
        nothing=Text("No notes wait."),
        begin=["deal list"],
        onward=lambda found: [f"note process {found[0]['deal']} {found[0]['note']} NAME=VALUE"],
    )


def _columns(session: Session) -> Columns:
    return (
        (Text("Deal"), lambda row: str(row["deal"])),
        (Text("Note"), lambda row: str(row["note"])),
        (Text("Written"), lambda row: session.moment(row["written_at"])),
        (Text("Text"), lambda row: row["text"] or "-"),
    )


@app.command("process", help=original("Turn a note into values of its deal; without values, nothing was in it"))
def process(
    ctx: typer.Context,
    deal: Deal,
    note: Annotated[str, typer.Argument(metavar="NOTE", help=original("The note, as voronka note list names it"))],
    values: Values = None,
    source: Source = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Process a note."""
    with opened(ctx) as session:
        request = {"deal": deal, "note": note, "fields": fields_of(values), "from": source}
        answer = session.send("note.process", request, at=at, key=key, as_json=as_json)
        if not as_json:
            session.out.data(session.out.words(Text("The note is processed.")))
            session.onward(answer, f"deal show {answer['number']} --provenance")
