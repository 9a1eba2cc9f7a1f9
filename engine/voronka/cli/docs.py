"""`voronka docs`: the documents of the process, written from its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from voronka.cli.context import Context
from voronka.cli.declared import declared
from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.messages import Text, original

app = single()


@app.command(help=original("Write the documents of the process: funnel passports, fields, glossary, brief"))
def docs(
    ctx: typer.Context,
    name: Annotated[
        Literal["passport", "fields", "glossary", "brief"] | None,
        typer.Argument(metavar="DOCUMENT", help=original("Only this one; else all, with an index"), show_default=False),
    ] = None,
    funnel: Annotated[
        str | None,
        typer.Argument(metavar="FUNNEL", help=original("Only the passport of this funnel"), show_default=False),
    ] = None,
    folder: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help=original("Into this folder"))] = Path(
        "process"
    ),
    locale: Annotated[
        Literal["en", "ru"] | None,
        typer.Option("--locale", help=original("In this language; else in that of the command"), show_default=False),
    ] = None,
    form: Annotated[
        Literal["html", "markdown"], typer.Option("--format", help=original("Pages, or text with a picture beside it"))
    ] = "html",
) -> None:
    """Write documents into a folder; files of the same names are written anew, others are left alone."""
    from voronka.documents import Form, documents, written

    context: Context = ctx.obj
    out, workspace = Output(context), declared(context)
    if funnel is not None and name != "passport":
        raise UsageFault(
            Text("Only a passport is of a funnel."), Text("Write: voronka docs passport {funnel}", funnel=funnel)
        )
    if funnel is not None and funnel not in workspace.funnels:
        known = ", ".join(workspace.funnels) or "-"
        raise UsageFault(Text("There is no funnel {name}.", name=funnel), Text("Known are: {names}.", names=known))
    language = locale or context.language
    found = documents(workspace, language, name, funnel)
    files = list(written(workspace, found, Form(form), language, index=name is None))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files:
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise EnvironmentFault(
            Text("The documents cannot be written. {reason}", reason=refused_by_system(error)),
            Text("Name another folder, or check the rights to it."),
            place=str(folder),
        ) from error
    out.data(*(str(folder / file) for file, _ in files))
    if name is None and form == "html":
        out.note(Text("Open {file} in a browser.", file=str(folder / "index.html")))
