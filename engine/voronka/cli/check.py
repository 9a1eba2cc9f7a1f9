"""`voronka check`: the configuration's faults, each with its place and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from voronka import __version__
from voronka.cli.context import nearest_workspace
from voronka.cli.output import Output, quoted
from voronka.cli.parameters import single
from voronka.errors import UsageFault
from voronka.messages import Label, Text, original

if TYPE_CHECKING:
    from voronka.config import Reading
    from voronka.config.finding import Finding
    from voronka.definition.workspace import Workspace
    from voronka.hooks.host import Host

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
    from voronka.hooks.host import Host

    if folder is not None and not folder.is_dir():
        raise _no_folder(folder)
    root = ctx.obj.root if folder is None else folder
    language = ctx.obj.language
    plugins = Host.of(root)
    reading = read_workspace(root, plugins=plugins, every_plugin=True, scenarios=True)
    conflicts = () if reading.workspace is None else _conflicts(root, reading, reading.workspace, plugins)
    findings = (*conflicts, *reading.findings)
    findings += tuple(_wrong_examples(root, reading))
    if reading.workspace is not None:
        from voronka.config.field_uses import field_findings

        findings += tuple(field_findings(reading.workspace, reading.files))
    if reading.workspace is not None and reading.workspace.playbooks.articles:
        from voronka.config.stale_articles import stale_articles  # only who keeps articles

        findings += tuple(stale_articles(reading.workspace, reading.files, _today(reading.workspace)))
    if reading.workspace is not None and reading.workspace.reviews:
        findings += tuple(_blind_reviews(reading.workspace, reading.files))
    if (
        reading.workspace is not None
        and (plan := reading.workspace.strategy) is not None
        and plan.readiness is not None
    ):
        from voronka.config.readiness_date import check_readiness_date  # only who asks whether the business is ready

        today = _today(reading.workspace)
        findings += tuple(check_readiness_date(plan.readiness, reading.files, today))
    print(show(findings, reading.sources, form=Format(form), language=language), end="")
    if form == "text":
        out = Output(ctx.obj)
        out.note(Label.plain(summary(findings, language)))
        if reading.workspace is not None:
            graphs = (f"graph {name}" for name in list(reading.workspace.funnels)[:1])
            out.hint(*graphs, *([] if conflicts else ["run"]))
    if has_errors(findings):
        raise typer.Exit(1)


def _no_folder(named: Path) -> UsageFault:
    name = Text("Name the folder of a workspace.")
    if not named.exists():
        return UsageFault(Text("There is no folder {folder}.", folder=str(named)), name)
    found = nearest_workspace(named.absolute().parent)
    return UsageFault(
        Text("{file} is a file; a workspace is checked as a whole.", file=str(named)),
        name if found is None else Text("Type: {command}", command=f"voronka check {quoted(str(found))}"),
    )


def _today(workspace: Workspace) -> date:
    from voronka.calendars import date_of
    from voronka.runtime.clock import SystemClock

    return date_of(SystemClock().now(), workspace.timezone)


def _wrong_examples(root: Path, reading: Reading) -> Iterator[Finding]:
    """Yield the examples of KPIs that turn out otherwise; only where there are some is their computation imported.

    Where the workspace has a state, it keeps of which files they were right: these are not computed again.
    """
    workspace = reading.workspace
    if workspace is None or not any(kpi.examples for kpi in workspace.kpis.values()):
        return
    from voronka.runtime.state import state_folder

    kept, mark = state_folder(root) / "examples", f"{__version__} {workspace.release}"
    if kept.is_file() and kept.read_bytes() == mark.encode():
        return
    from voronka.config.wrong_examples import wrong_example
    from voronka.definition.kpis.telling import told_value
    from voronka.metrics.kpi.examples import wrong_examples

    found = list(wrong_examples(workspace))
    for each in found:
        unit = workspace.kpis[each.kpi].unit
        expected, got = told_value(each.expected, unit), told_value(each.got, unit)
        yield wrong_example(reading.files, each.kpi, each.place, expected, got)
    if not found and kept.parent.is_dir():
        with suppress(OSError):
            kept.write_bytes(mark.encode())


def _blind_reviews(workspace: Workspace, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield the reviews for people who may not see them; only where fields are hidden is it imported who sees them."""
    from voronka.definition.guarded import guarded

    if not any(guarded(workspace).values()):
        return  # nothing is hidden from anybody
    from voronka.config.blind_reviews import blind_review
    from voronka.messages import listed
    from voronka.metrics.reviews.blind import blind_readers
    from voronka.runtime.clock import SystemClock

    for each in blind_readers(workspace, SystemClock().now()):
        people = listed(workspace.people[name].label for name in each.users)
        yield blind_review(files, each.review, each.key, people)


def _conflicts(root: Path, reading: Reading, workspace: Workspace, plugins: Host) -> tuple[Finding, ...]:
    """Return what keeps the configuration out of the database, if there is one: only then is its reading imported."""
    from voronka.runtime.state import database_at_hand

    database = database_at_hand(root)
    if database is None:
        return ()
    from voronka.runtime.release_check import release_conflicts

    return release_conflicts(database, workspace, reading.files, plugins)
