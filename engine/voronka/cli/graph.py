"""`voronka graph`: a funnel's stages and transitions as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from voronka.cli.context import Context
from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.errors import UsageFault
from voronka.messages import Text, original

app = single()


@app.command(help=original("Draw a funnel's stages and transitions"))
def graph(
    ctx: typer.Context,
    funnel: Annotated[str, typer.Argument(metavar="FUNNEL", help=original("The funnel's name"))],
    case: Annotated[
        str | None,
        typer.Option(
            "--case", metavar="CASE", help=original("A variant of the funnel; else the base"), show_default=False
        ),
    ] = None,
    form: Annotated[
        Literal["mermaid", "svg"], typer.Option("--format", help=original("Mermaid source, or a picture as SVG"))
    ] = "mermaid",
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help=original("Into this file; else to stdout"), show_default=False
        ),
    ] = None,
) -> None:
    """Draw the funnel as the files describe it."""
    from voronka.config import read_workspace
    from voronka.definition.diagrams import diagram_of, to_mermaid, to_svg
    from voronka.runtime.configuration import BrokenConfigurationError

    context: Context = ctx.obj
    reading = read_workspace(context.root)
    if reading.workspace is None:
        raise BrokenConfigurationError(reading.findings)
    drawn = reading.workspace.funnels.get(funnel)
    if drawn is None:
        raise _unknown(Text("There is no funnel {name}.", name=funnel), funnel, list(reading.workspace.funnels))
    if case not in drawn.variants:
        raise _unknown(
            Text("The funnel {funnel} has no variant {name}.", funnel=funnel, name=case),
            str(case),
            [name for name in drawn.variants if name is not None],
        )
    diagram = diagram_of(drawn, drawn.variants[case], context.language)
    picture = to_svg(diagram) if form == "svg" else to_mermaid(diagram)
    out = Output(context)
    if file is None:
        print(picture, end="")
    else:
        file.write_text(picture, encoding="utf-8")
        out.data(str(file))
    if form == "mermaid":
        out.hint(f"graph {funnel} --format svg -o {funnel}.svg")


def _unknown(reason: Text, name: str, known: list[str]) -> UsageFault:
    from voronka.expressions import suggest

    meant = suggest(name, known)
    if meant:
        return UsageFault(reason, Text("Did you mean {meant}?", meant=meant))
    return UsageFault(reason, Text("Known are: {names}.", names=", ".join(known) or "-"))
