"""`voronka init`: make a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voronka.cli.context import Context
from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.messages import Plural, original

app = single()


@app.command(help=original("Make a workspace in a folder, from the reference workspace"))
def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=original("Where; made if it is not there"))],
) -> None:
    """Copy the reference workspace into a folder."""
    from voronka.bootstrap import init_workspace

    out = Output(ctx.obj)
    made = init_workspace(folder)
    out.data(
        out.words(
            Plural(
                "A workspace of {n} file is in {folder}.",
                "A workspace of {n} files is in {folder}.",
                n=len(made),
                folder=str(folder if folder.name not in ("", "..") else folder.resolve()),
            )
        )
    )
    is_here = folder.resolve() == Path.cwd()
    there = Context(workspace=None if is_here else str(folder), actor=None, language=ctx.obj.language)
    Output(there).hint("check", "graph react", "deal new reach")
