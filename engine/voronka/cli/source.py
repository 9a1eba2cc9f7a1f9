"""`voronka source`: where commands come in by themselves, and what was refused of it."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import AsJson, Limit, Skip, commands
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Text, original

app = commands()


@app.command("list", help=original("List the sources, and how many of their items were refused"))
def list_sources(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List sources."""
    with opened(ctx) as session:
        found = session.ask("sources")
        if as_json:
            session.out.json(found)
            return
        if not found:
            session.out.data(session.out.words(Text("No plugin here brings anything in by itself.")))
            session.out.hint("plugins list", "fields")
            return
        session.out.table(
            (Text("Source"), Text("By"), Text("Every, s"), Text("Refused")),
            (
                (
                    row["source"],
                    row["via"] or "-",
                    "-" if row["every"] is None else str(row["every"]),
                    str(row["refused"]),
                )
                for row in found
            ),
            numbers=(2, 3),
        )
        session.out.hint("source refused" if any(row["refused"] for row in found) else "status")


@app.command("refused", help=original("List what was refused of sources, the newest first"))
def refused(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help=original("Only of this source"), show_default=False)
    ] = None,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """List refused items."""
    list_page(
        ctx,
        "sources.refused",
        {"source": source},
        columns=_columns,
        nothing=Text("Nothing was refused."),
        begin=["source list"],
        onward=lambda found: [f"source retry {found[0]['source']}"],
    )


def _columns(session: Session) -> Columns:
    return (
        (Text("Source"), lambda row: str(row["source"])),
        (Text("Item"), lambda row: str(row["item"])),
        (Text("When"), lambda row: session.moment(row["at"])),
        (Text("Why"), lambda row: session.out.words(row["reason"])),
    )


@app.command("retry", help=original("Take in again what was refused of a source"))
def retry(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=original("The source"))],
    item: Annotated[
        str | None,
        typer.Argument(metavar="ITEM", help=original("Only this item, by its id over there"), show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take refused items in again."""
    with opened(ctx) as session:
        result = session.work("source.retry", {"source": source} | ({} if item is None else {"item": item}))
        if as_json:
            session.out.json(result)
            return
        taken, refused = int(result["taken"]), int(result["refused"])
        session.out.data(session.out.words(Plural("{n} item is taken in.", "{n} items are taken in.", n=taken)))
        if refused:
            told = Plural("{n} item is refused once more.", "{n} items are refused once more.", n=refused)
            session.out.data(session.out.words(told))
        session.out.hint(f"source refused {source}" if refused else "deal list")
