"""`voronka fields`: what uses each field, where it comes from, how often it is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from voronka.cli.listing import Columns, list_page
from voronka.cli.parameters import AsJson, Limit, Skip, single
from voronka.cli.session import Session, opened
from voronka.messages import Sentence, Text, original

app = single()


@app.command(help=original("List fields: what uses each, where it comes from, how often it is filled in"))
def fields(
    ctx: typer.Context,
    field: Annotated[
        str | None,
        typer.Argument(metavar="FIELD", help=original("Tell all of this field"), show_default=False),
    ] = None,
    limit: Limit = 100,
    skip: Skip = 0,
    as_json: AsJson = False,
) -> None:
    """List fields, or show one."""
    if field is None:
        list_page(
            ctx,
            "fields",
            {},
            columns=_columns,
            numbers=(3,),
            nothing=Text("No fields are declared."),
            begin=["check"],
            onward=lambda found: [f"fields {found[0]['field']}"],
        )
        return
    with opened(ctx) as session:
        found = session.ask("fields", field=field)
        if as_json:
            session.out.json(found)
            return
        for each in found:
            _card(session, each)


def _columns(session: Session) -> Columns:
    return (
        (Text("Field"), lambda row: str(row["field"])),
        (Text("Label"), lambda row: session.out.words(row["label"])),
        (Text("Type"), lambda row: str(row["type"])),
        (Text("Filled in"), _share),
        (Text("Sources"), lambda row: ", ".join(session.out.words(each["label"]) for each in row["sources"])),
        (Text("Used by"), lambda row: _uses(session, row)),
    )


def _share(row: Mapping[str, Any]) -> str:
    if row["computed"] or row["filled"] is None or not row["records"]:
        return "—"
    return f"{row['filled']} / {row['records']}"


def _uses(session: Session, row: Mapping[str, Any]) -> str:
    names = [each["name"] for each in row["used_by"]]
    if row["orphan"]:
        return session.out.words(Text("nothing"))
    return ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")


def _card(session: Session, row: Mapping[str, Any]) -> None:
    out = session.out
    out.data(session.called(row["field"], row["label"]))
    rows: list[tuple[Sentence, str]] = [(Text("Type"), row["type"]), (Text("Filled in"), _share(row))]
    if row["sources"]:
        names = ", ".join(out.words(each["label"]) for each in row["sources"])
        rows += [(Text("Sources"), names), (Text("Merge"), row["merge"])]
    if row["ttl"] is not None:
        rows.append((Text("Good for"), row["ttl"]))
    out.pairs(rows)
    out.heading(Text("Used by"))
    for use in row["used_by"]:
        out.data(f"  {use['kind']}  {use['name']}")
    if row["orphan"]:
        out.note(Text("{field} is filled in and nothing uses it.", field=row["field"]))
    if row["missing"]:
        out.note(Text("Nobody is asked for {field}.", field=row["field"]))
