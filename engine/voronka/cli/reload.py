"""`voronka reload`: put the changed configuration in force."""

from __future__ import annotations

import typer

from voronka.cli.backup import Renamed
from voronka.cli.parameters import AsJson, single
from voronka.cli.session import opened
from voronka.messages import Plural, Text, original

app = single()


@app.command(help=original("Put the changed configuration in force"))
def reload(ctx: typer.Context, renamed: Renamed = False, as_json: AsJson = False) -> None:
    """Put the configuration on disk in force; one with errors is refused, and the old one runs on.

    A database on PostgreSQL that holds the data of a workspace of another name is taken with --renamed alone.
    """
    with opened(ctx, renamed=renamed) as session:
        result = session.work("reload", {})
        if as_json:
            session.out.json(result)
            return
        release = Text("Release {release} is in force.", release=result["release"][:8])
        session.out.data(session.out.words(release))
        if result["changed"]:
            session.out.note(
                Plural("{n} open deal went over to it.", "{n} open deals went over to it.", n=result["deals"])
            )
        session.out.hint("status")
