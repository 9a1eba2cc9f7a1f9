"""`voronka audit`: what was refused for want of a right."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.listing import Columns, Row, list_page
from voronka.cli.parameters import After, AsJson, Limit, single
from voronka.cli.session import Session
from voronka.messages import Text, original

app = single()


@app.command(help=original("List what was refused for want of a right"))
def audit(
    ctx: typer.Context,
    user: Annotated[str | None, typer.Option(metavar="USER", help=original("To this user"), show_default=False)] = None,
    limit: Limit = 100,
    after: After = 0,
    as_json: AsJson = False,
) -> None:
    """List refusals."""
    list_page(
        ctx,
        "audit",
        {"user": user},
        columns=_columns,
        numbers=(0,),
        nothing=Text("Nothing was refused for want of a right."),
        begin=["people list"],
        onward=lambda found: [f"people show {found[-1]['actor']}"],
        last=lambda row: row["number"],
    )


def _columns(session: Session) -> Columns:
    def record(row: Row) -> str:
        found = row["record"]
        return "-" if found is None else f"{found['kind']} {found['number'] or found['id']}"

    def told(row: Row) -> str:
        words = session.out.words(row["told"])
        return f"{words}: {', '.join(row['gates'])}" if row["gates"] else words

    return (
        (Text("No."), lambda row: str(row["number"])),
        (Text("When"), lambda row: session.moment(row["at"])),
        (Text("Who"), lambda row: session.called(row["actor"], row["who"])),
        (Text("What"), lambda row: str(row["what"])),
        (Text("Record"), record),
        (Text("Refused"), told),
    )
