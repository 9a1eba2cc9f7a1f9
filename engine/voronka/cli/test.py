"""`voronka test`: run the scenarios of the workspace."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, single
from voronka.cli.warned import warnings_about
from voronka.errors import UsageFault, VoronkaError
from voronka.messages import Label, Text, original

if TYPE_CHECKING:
    from voronka.config import Reading
    from voronka.definition.scenarios import Scenario
    from voronka.testing.report import Broken

app = single()

_PAUSE = 0.5
"""Seconds between two looks at the files."""


@app.command(help=original("Run the scenarios: what the process is expected to do"))
def scenarios(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help=original("Only these scenarios; else all"), show_default=False),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help=original("Run them again whenever a file changes"))] = False,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", help=original("Write JUnit XML as well"), show_default=False),
    ] = None,
    fail_under: Annotated[
        int,
        typer.Option("--fail-under", metavar="PERCENT", min=0, max=100, help=original("Fail if the coverage is less")),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Run scenarios: exit code 1 if one fails or cannot be read, or the coverage is too little."""
    from voronka.testing.watching import changes

    root: Path = ctx.obj.root
    if not watch:
        if not _run(ctx, root, names or (), junit, fail_under, as_json):
            raise typer.Exit(1)
        return
    out = Output(ctx.obj)
    for _ in changes(root, lambda: time.sleep(_PAUSE)):
        try:
            _run(ctx, root, names or (), junit, fail_under, as_json)
        except VoronkaError as fault:  # a file may be away for the moment in which it is written anew
            print(fault.render(ctx.obj.language), file=sys.stderr)
        out.note(Text("Waiting for a file to change; Ctrl+C ends it."))


def _run(
    ctx: typer.Context, root: Path, names: Sequence[str], junit_file: Path | None, fail_under: int, as_json: bool
) -> bool:
    """Run once; return whether everything holds and enough is gone through."""
    from voronka.config import read_workspace
    from voronka.config.show import show, summary
    from voronka.testing import report
    from voronka.testing.coverage import Coverage
    from voronka.testing.runner import ScenarioRunner

    out = Output(ctx.obj)
    language: str = ctx.obj.language
    reading = read_workspace(root, scenarios=True)
    if reading.workspace is None:
        print(show(reading.findings, reading.sources, language=language), end="")
        out.note(Label.plain(summary(reading.findings, language)))
        return False
    chosen, broken = _chosen(reading, names)
    coverage = Coverage(workspace=reading.workspace)
    outcomes = []
    with out.progress(Text("Scenarios")) as progress, ScenarioRunner(reading) as runner:
        for scenario in chosen:
            with warnings_about(Text("Scenario {name}", name=scenario.id)):
                outcome = runner.run(scenario)
            outcomes.append(outcome)
            coverage.add(outcome.touched)
            progress({"done": len(outcomes), "total": len(chosen)})
            if not as_json:
                out.data(*report.fault_lines(outcome, language))
    if junit_file is not None:
        junit_file.parent.mkdir(parents=True, exist_ok=True)
        junit_file.write_text(report.junit(outcomes, broken, language), encoding="utf-8")
    if as_json:
        out.json(report.to_json(outcomes, broken, coverage))
    else:
        for findings in broken.values():
            out.data(*show(findings, reading.sources, language=language).splitlines())
        out.data(*map(out.words, report.summary(outcomes, broken)))
        if not names:
            percent = f"{coverage.percent():.1f}".rstrip("0").rstrip(".")
            out.data(out.words(Text("Coverage: {percent} %", percent=percent)))
            out.data(*report.coverage_lines(coverage, language))
    enough = coverage.percent() >= fail_under
    if not enough:
        percent = f"{coverage.percent():.1f}"
        out.note(Text("The coverage is {percent} %, less than {least} %.", percent=percent, least=fail_under))
    return enough and not broken and not any(outcome.fault is not None for outcome in outcomes)


def _chosen(reading: Reading, names: Sequence[str]) -> tuple[list[Scenario], Broken]:
    """Return the scenarios of these names, all without any, and the broken files; `UsageFault` for a name of none."""
    broken = {Path(file).stem: (file, findings) for file, findings in reading.broken_scenarios().items()}
    if not reading.scenarios and not broken:
        raise UsageFault(
            Text("There is no scenario in this workspace."),
            Text("Write one into configs/scenarios, or record one from a deal: voronka record DEAL."),
        )
    for name in names:
        if name.partition("[")[0] not in broken and not any(name in (each.name, each.id) for each in reading.scenarios):
            from voronka.expressions import one_of

            known = sorted({*broken, *(each.name for each in reading.scenarios)})
            raise UsageFault(
                Text("There is no scenario {name}.", name=name),
                one_of(name, known),
            )
    files = {name.partition("[")[0] for name in names}
    return (
        [each for each in reading.scenarios if not names or each.name in names or each.id in names],
        {file: findings for name, (file, findings) in broken.items() if not names or name in files},
    )
