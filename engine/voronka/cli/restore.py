"""`voronka restore`: a backup in the place of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voronka.cli.backup import Force, Renamed, tell_file
from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, single
from voronka.messages import Text, original

app = single()


@app.command(help=original("Put a backup in the place of the database; its messages are held back"))
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=original("The backup"), show_default=False)],
    force: Force = False,
    renamed: Renamed = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database. No message leaves and no action is done until they are released.

    The service must not run. A database that is there is replaced with --force alone, and a backup of a workspace of
    another name is taken with --renamed alone.
    """
    from voronka.bootstrap import restore as put_in_place

    out = Output(ctx.obj)
    found = put_in_place(ctx.obj.root, file.absolute(), replace=force, renamed=renamed)
    if as_json:
        out.json(found)
        return
    tell_file(out, Text("Restored: {file}", file=str(file)), found)
    out.note(
        Text(
            "Messages and actions are held back: some of those that wait may have left before the backup was restored."
            " Timers that came due since then are done or skipped as their events say."
        )
    )
    out.hint("outbox list --status pending", "effects release")
