"""`voronka row`: rows of collections."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from voronka.cli.output import quoted
from voronka.cli.parameters import AsJson, At, Key, Values, commands, fields_of
from voronka.cli.session import opened
from voronka.messages import Text, original

app = commands()

_Record = Annotated[
    str, typer.Argument(metavar="RECORD", help=original("A deal's number, an account's or contact's name"))
]
_Collection = Annotated[str, typer.Argument(metavar="COLLECTION", help=original("The collection's name"))]
_Of = Annotated[Literal["deal", "account", "contact"], typer.Option("--of", help=original("What the rows hang on"))]


@app.command("put", help=original("Make or change a row: by the collection's key field, or by --row"))
def put(
    ctx: typer.Context,
    record: _Record,
    collection: _Collection,
    values: Values = None,
    of: _Of = "deal",
    row: Annotated[
        str | None,
        typer.Option("--row", metavar="KEY", help=original("The key of a row that is there"), show_default=False),
    ] = None,
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Put a row."""
    with opened(ctx) as session:
        fields = fields_of(values)
        request = {of: record, "collection": collection, "fields": fields, "key": row}
        answer = session.send("row.put", request, at=at, key=key, as_json=as_json)
        if not as_json:
            told = Text("The row is written.") if answer["events"] else Text("The row was so already.")
            session.out.data(session.out.words(told))
            session.onward(answer, f"{of} show {quoted(record)}")


@app.command("rm", help=original("Remove a row"))
def remove(
    ctx: typer.Context,
    record: _Record,
    collection: _Collection,
    row: Annotated[
        str,
        typer.Argument(
            metavar="KEY", help=original("The row's key: the value of the key field, or as “show” tells it")
        ),
    ],
    of: _Of = "deal",
    at: At = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Remove a row."""
    with opened(ctx) as session:
        request = {of: record, "collection": collection, "key": row}
        answer = session.send("row.remove", request, at=at, key=key, as_json=as_json)
        if not as_json:
            session.out.data(session.out.words(Text("The row is removed.")))
            session.onward(answer, f"{of} show {quoted(record)}")
