"""`voronka init`: make a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voronka.cli.context import Context
from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.errors import UsageFault
from voronka.messages import Plural, Text, original

app = single()

_DEFAULT = "b2b-4r"


def _tell_templates(ctx: typer.Context, value: bool) -> None:
    """Tell the templates and leave: whoever asks what there is names no folder yet."""
    if not value:
        return
    from voronka.bootstrap import workspace_template
    from voronka.config.starting import template_names

    out = Output(ctx.obj)
    templates = [workspace_template(name) for name in template_names()]
    out.table((Text("Template"), Text("What it is for")), [(each.name, out.words(each.label)) for each in templates])
    out.hint(f"init DIR --template {templates[-1].name}")
    raise typer.Exit


@app.command(help=original("Make a workspace in a folder, from a template"))
def init(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help=original("Where; made if it is not there"), show_default=False),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            "--template",
            "-t",
            metavar="NAME",
            help=original("What to begin with; --list tells them. By default the whole reference workspace"),
            show_default=False,
        ),
    ] = _DEFAULT,
    _listed: Annotated[
        bool,
        typer.Option(
            "--list", help=original("Tell the templates, a sentence each"), callback=_tell_templates, is_eager=True
        ),
    ] = False,
) -> None:
    """Copy the files of a template into a folder."""
    from voronka.bootstrap import lay_out, workspace_template

    if folder is None:
        raise UsageFault(
            Text("It is not said in which folder the workspace is to be made."),
            Text("Name one: voronka init {example} --template {template}", example="sales", template=template),
        )
    out = Output(ctx.obj)
    chosen = workspace_template(template)
    made = lay_out(folder, chosen.files)
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
    Output(there).hint("check", f"graph {chosen.funnel}", f"deal new {chosen.funnel}")
