"""`voronka schema`: what an editor needs to complete and check the files while they are written."""

from __future__ import annotations

from typing import Annotated

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.messages import Plural, Text, original

app = single()


@app.command(help=original("Write JSON Schemas with this workspace's names, so that editors help with the files"))
def schema(
    ctx: typer.Context,
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help=original("Where the schemas lie, within the workspace"))
    ] = "schemas",
    modelines: Annotated[
        bool,
        typer.Option("--modelines", help=original("Name its schema in each YAML file, for editors without settings")),
    ] = False,
) -> None:
    """Write the schemas and name them in the settings of VS Code."""
    from voronka.config.editor import publish
    from voronka.hooks.host import Host

    told = Output(ctx.obj)
    root = ctx.obj.root
    done = publish(root, ctx.obj.language, folder=out, modelines=modelines, plugins=Host.of(root))
    told.data(
        told.words(
            Plural("{n} schema is in {folder}.", "{n} schemas are in {folder}.", n=len(done.schemas), folder=out)
        )
    )
    told.data(*(f"  {path}" for path in done.written))
    for path in done.removed:
        told.data("  " + told.words(Text("{file}: removed", file=path)))
    if not done.written and not done.removed:
        told.note(Text("Nothing has changed since the last time."))
    for path in done.unread:
        told.note(Text("{file} cannot be read, so the names in it are not offered.", file=path))
    told.hint("check")
