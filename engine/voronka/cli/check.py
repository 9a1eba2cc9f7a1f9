"""`voronka check`: the configuration's faults, each with its place and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.errors import UsageFault
from voronka.messages import Label, Text, original

app = single()


@app.command(help=original("Check the configuration and tell every fault with its place"))
def check(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help=original("The workspace's folder; else the nearest above"), show_default=False
        ),
    ] = None,
    form: Annotated[
        Literal["text", "json", "github"], typer.Option("--format", help=original("For people, programs or GitHub"))
    ] = "text",
) -> None:
    """Check a workspace: exit code 1 if it has errors."""
    from voronka.config import has_errors, read_workspace
    from voronka.config.show import Format, show, summary

    if folder is not None and not folder.is_dir():
        raise UsageFault(
            Text("There is no folder {folder}.", folder=str(folder)), Text("Name the folder of a workspace.")
        )
    root = ctx.obj.root if folder is None else folder
    language = ctx.obj.language
    reading = read_workspace(root, every_plugin=True, scenarios=True)
    print(show(reading.findings, reading.sources, form=Format(form), language=language), end="")
    if form == "text":
        out = Output(ctx.obj)
        out.note(Label.plain(summary(reading.findings, language)))
        if not has_errors(reading.findings):
            funnels = [] if reading.workspace is None else list(reading.workspace.funnels)
            out.hint(*(f"graph {name}" for name in funnels[:1]), "run")
    if has_errors(reading.findings):
        raise typer.Exit(1)
