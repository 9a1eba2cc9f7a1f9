"""`voronka backup`: a copy of the database, made while the service runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from voronka.cli.output import Output, quoted
from voronka.cli.parameters import AsJson, single
from voronka.cli.session import opened
from voronka.messages import Text, original

app = single()

Renamed = Annotated[
    bool, typer.Option("--renamed", help=original("It is this workspace, though its data have another name"))
]
Force = Annotated[bool, typer.Option("--force", help=original("Replace what is there"))]


@app.command(help=original("Write a backup of the workspace while it is at work"))
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=original("Where to write it"), show_default=False)],
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the database as it stands at one moment to a file that its owner alone may read, and prove the file.

    It holds everything but the files of the configuration, those of plugins and of imports: releases, histories,
    personal data. Whoever restores it sends nothing by it until the messages are released.
    """
    with opened(ctx) as session:
        found = session.work("backup", {"file": str(file.absolute()), "replace": force})
        if as_json:
            session.out.json(found)
            return
        tell_file(session.out, Text("Backup written: {file}", file=str(file)), found)
        session.out.note(Text("It holds personal data: keep it where only those may read it who may read them."))
        session.out.hint(f"restore {quoted(str(file))}")


def tell_file(out: Output, head: Text, found: dict[str, Any]) -> None:
    """Tell what a backup holds."""
    out.data(out.words(head))
    out.pairs(
        [
            (Text("Entries"), str(found["entries"])),
            (Text("Releases"), str(found["releases"])),
            (Text("Messages waiting"), str(found["waiting"])),
        ]
    )
