"""`voronka verify`: replay every history and compare it with what is stored."""

from __future__ import annotations

import typer

from voronka.cli.parameters import AsJson, single
from voronka.cli.session import opened
from voronka.messages import Plural, Text, original

app = single()


@app.command(help=original("Replay every history and compare it with what is stored"))
def verify(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Verify the database: exit code 1 if it is damaged."""
    with opened(ctx) as session:
        out = session.out
        with out.progress(Text("Replaying")) as progress:
            report = session.work("verify", {}, progress)
        if as_json:
            out.json(report)
        else:
            for damage in report["damages"]:
                where = f"{damage['stream'] or 'workspace'} {damage['number'] or damage['id'] or ''}".strip()
                out.data(f"{where}: {out.words(damage['what'])}")
            counted = Text(
                "{streams} histories, {entries} entries", streams=report["streams"], entries=report["entries"]
            )
            found = Plural("{n} damage", "{n} damages", n=len(report["damages"]))
            whole = Text("all of it replays to what is stored")
            out.data(
                out.words(Text("{counted}: {found}", counted=counted, found=found if report["damages"] else whole))
            )
            if report["damages"]:
                out.note(Text("Restore a backup: what is damaged cannot be trusted."))
        if report["damages"]:
            raise typer.Exit(1)
