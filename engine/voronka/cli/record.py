"""`voronka record`: a scenario out of what happened to a deal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voronka.cli.output import quoted
from voronka.cli.parameters import Deal, single
from voronka.cli.session import opened
from voronka.cli.warned import warnings_about
from voronka.errors import UsageFault
from voronka.messages import Text, original

app = single()


@app.command(help=original("Write a scenario out of what happened to a deal"))
def record(
    ctx: typer.Context,
    deal: Deal,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help=original("Into a file, such as configs/scenarios/NAME.yaml; else on the screen"),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Record a deal; the scenario is run once before it is given out."""
    from voronka.config import read_workspace
    from voronka.runtime.configuration import BrokenConfigurationError
    from voronka.testing.recording import record as recorded

    if output is not None:
        _check_output(output, ctx.obj.root)
    with opened(ctx) as session:
        course = session.ask("record", deal=deal)
        untold = [
            Text(
                "A scenario cannot tell what happened at {at}, and leaves it out: {what}.",
                at=session.moment(entry["at"]),
                what=session.out.words(entry["told"]),
            )
            for entry in course["untold"]
        ]
    out = session.out
    reading = read_workspace(ctx.obj.root)
    if reading.workspace is None:
        raise BrokenConfigurationError(reading.findings)
    comments = [
        out.words(Text("Recorded from deal {number}.", number=deal)),
        out.words(
            Text("Personal fields, names and notes are replaced; read the other texts before you hand the file on.")
        ),
    ]
    with warnings_about(Text("As the scenario was tried")):
        found = recorded(course, reading, out.words(Text("What happened to deal {number}", number=deal)), comments)
    if output is None:
        print(found.text, end="")
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(found.text, encoding="utf-8")
        out.note(Text("The scenario is in {file}.", file=str(output)))
        if output.resolve().parent == (ctx.obj.root / "configs" / "scenarios").resolve():
            out.hint(f"test {quoted(output.stem)}")
        else:
            out.note(Text("Put it into configs/scenarios: `voronka test` runs what is there."))
    for told in untold:
        out.note(told)
    if found.stages != found.goes:
        way = {"stages": " → ".join(found.stages) or "—", "goes": " → ".join(found.goes) or "—"}
        out.note(
            Text("The deal itself went another way: {stages}; the scenario goes: {goes}.", **way)
            if untold
            else Text(
                "The deal itself went another way: {stages}; the scenario goes: {goes}. The configuration has changed "
                "since, or somebody else's deal had a part in it.",
                **way,
            )
        )


def _check_output(output: Path, root: Path) -> None:
    """Refuse a file that is there, one whose folder is not, and one where a file of another kind is read."""
    if output.exists():
        raise UsageFault(
            Text("There is a file {file} already.", file=str(output)), Text("Name another, or take it away first.")
        )
    folder, configs = output.resolve().parent, (root / "configs").resolve()
    if folder == configs / "scenarios" and output.suffix == ".yaml":
        return
    if folder.is_relative_to(configs):
        raise UsageFault(
            Text("{file} would not be read as a scenario there.", file=str(output)),
            Text(
                "Scenarios stand in configs/scenarios: write it to configs/scenarios/{name}.",
                name=output.with_suffix(".yaml").name,
            ),
        )
    if not folder.is_dir():
        raise UsageFault(
            Text("There is no folder {folder}.", folder=str(output.parent)), Text("Make it first, or name another.")
        )
