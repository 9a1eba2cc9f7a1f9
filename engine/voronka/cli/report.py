"""`voronka report`: reports as tables, for programs, for spreadsheets, and as a page with pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voronka.cli.output import Output, quoted
from voronka.cli.parameters import AsJson, Deal, commands
from voronka.cli.session import Session, opened
from voronka.errors import EnvironmentFault, UsageFault, refused_by_system
from voronka.messages import Sentence, Text, original

if TYPE_CHECKING:
    from voronka.metrics.reports.document import Document, Table
    from voronka.metrics.reports.figures import Figures

__all__ = ["app", "tell_document", "write_document"]

app = commands()

_From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help=original("From this day on"), show_default=False),
]
_To = Annotated[
    str | None,
    typer.Option("--to", metavar="DATE", help=original("Up to this day, which counts"), show_default=False),
]
_Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help=original("Write a page with pictures to a file"), show_default=False),
]
_AsCsv = Annotated[bool, typer.Option("--csv", help=original("Answer in CSV, for spreadsheets"))]
_OfFunnel = Annotated[
    str | None,
    typer.Argument(metavar="FUNNEL", help=original("The funnel's name"), show_default=False),
]


_OPTIONS = ("from", "to", "mix", "goal", "share", "names")
_OF_PERIOD = {
    "funnel": original("Tell how many deals reach each stage, and how long they stay"),
    "bottleneck": original("Tell at which stage deals wait, and what it costs"),
    "winloss": original("Tell what won deals have that lost ones lack"),
    "contacts": original("Tell what came of calls and messages to clients"),
    "hints": original("Tell how fast hints are found, what is searched for in vain, and what they do for deals"),
}
_OF_NOW = {
    "hygiene": original("Tell how complete, right and fresh the data are now"),
    "forecast": original("Tell what is to be expected of the open deals, by month"),
}


def _of_period(report: str) -> Callable[..., None]:
    def tell(
        ctx: typer.Context,
        funnel: _OfFunnel = None,
        start: _From = None,
        end: _To = None,
        html: _Html = None,
        as_csv: _AsCsv = False,
        as_json: AsJson = False,
    ) -> None:
        asked = {"report": report, "funnel": funnel, "from": start, "to": end}
        _answer(ctx, asked, funnel, html, as_csv=as_csv, as_json=as_json)

    return tell


def _of_now(report: str) -> Callable[..., None]:
    def tell(
        ctx: typer.Context,
        funnel: _OfFunnel = None,
        html: _Html = None,
        as_csv: _AsCsv = False,
        as_json: AsJson = False,
    ) -> None:
        _answer(ctx, {"report": report, "funnel": funnel}, funnel, html, as_csv=as_csv, as_json=as_json)

    return tell


for _name, _purpose in _OF_PERIOD.items():
    app.command(_name, help=_purpose)(_of_period(_name))
for _name, _purpose in _OF_NOW.items():
    app.command(_name, help=_purpose)(_of_now(_name))


@app.command("managers", help=original("Tell what managers do and what comes of it"))
def managers(
    ctx: typer.Context,
    funnel: _OfFunnel = None,
    start: _From = None,
    end: _To = None,
    mix: Annotated[
        str | None,
        typer.Option(
            "--mix",
            metavar="FIELD",
            help=original("The field of choices, or variant, that tells kinds of deals apart (variant)"),
            show_default=False,
        ),
    ] = None,
    html: _Html = None,
    as_csv: _AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Tell of managers, side by side among deals of the same kind."""
    asked = {"report": "managers", "funnel": funnel, "from": start, "to": end, "mix": mix}
    _answer(ctx, asked, funnel, html, as_csv=as_csv, as_json=as_json)


@app.command("profit", help=original("Tell what profit is made of, what moves it most, and what reaches a goal"))
def profit(
    ctx: typer.Context,
    start: _From = None,
    end: _To = None,
    goal: Annotated[
        int | None,
        typer.Option(
            "--goal",
            metavar="NUMBER",
            help=original("Seek the growth that brings the result to this"),
            show_default=False,
        ),
    ] = None,
    share: Annotated[
        int | None,
        typer.Option(
            "--share",
            metavar="PERCENT",
            min=1,
            help=original("Let parameters grow by so many percent (20)"),
            show_default=False,
        ),
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(
            "--names",
            metavar="NAMES",
            help=original(
                "The parameters that grow together, with commas between; else all that the result grows with"
            ),
            show_default=False,
        ),
    ] = None,
    html: _Html = None,
    as_csv: _AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Tell of the profit model, which is of the whole workspace."""
    asked = {"report": "profit", "from": start, "to": end, "goal": goal, "share": share, "names": names}
    _answer(ctx, asked, None, html, as_csv=as_csv, as_json=as_json)


@app.command("kpis", help=original("Tell several KPIs of one period, each beside its target"))
def kpis(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="KPI", help=original("The KPIs"), show_default=False)],
    start: _From = None,
    end: _To = None,
    html: _Html = None,
    as_csv: _AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Tell of KPIs, as a review of them would."""
    asked = {"report": "kpis", "kpis": ",".join(names), "from": start, "to": end}
    _answer(ctx, asked, " ".join(names), html, as_csv=as_csv, as_json=as_json)


@app.command("coverage", help=original("Tell what each source of data has given, and how old it is"))
def coverage(ctx: typer.Context, html: _Html = None, as_csv: _AsCsv = False, as_json: AsJson = False) -> None:
    """Tell of the sources of the whole workspace."""
    _answer(ctx, {"report": "coverage"}, None, html, as_csv=as_csv, as_json=as_json)


@app.command("tco", help=original("Compare what a deal's buyer pays over the years with us and with each competitor"))
def tco(ctx: typer.Context, deal: Deal, html: _Html = None, as_csv: _AsCsv = False, as_json: AsJson = False) -> None:
    """Tell the cost of ownership of a deal's buyer."""
    _answer(ctx, {"report": "tco", "deal": deal}, deal, html, as_csv=as_csv, as_json=as_json)


def _answer(
    ctx: typer.Context,
    asked: Mapping[str, Any],
    of: str | None,
    html: Path | None,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Ask for a report, which is `of` a funnel, a deal or KPIs, and write it in the form asked for."""
    if sum((html is not None, as_csv, as_json)) > 1:
        raise UsageFault(
            Text("A report is written in one form at a time."), Text("Give one of --html, --csv and --json.")
        )
    from voronka.metrics.reports.wire import document_of

    with opened(ctx) as session:
        answer = session.ask("report", **asked)
        if as_json:
            session.out.json(answer)
            return
        write_document(session, document_of(answer), html, as_csv=as_csv)
        if html is None and not as_csv:
            given = [f"--{name} {quoted(str(asked[name]))}" for name in _OPTIONS if asked.get(name) is not None]
            named = [] if of is None else [of]
            session.out.hint(" ".join(("report", asked["report"], *named, *given, f"--html {asked['report']}.html")))


def write_document(session: Session, document: Document, html: Path | None, *, as_csv: bool) -> None:
    """Write a document as asked: as a page, in CSV, or in words."""
    out = session.out
    if html is not None:
        from voronka.metrics.reports.page import html_page

        try:
            html.write_text(html_page(document, out.language), encoding="utf-8")
        except OSError as error:
            raise EnvironmentFault(
                Text("The page cannot be written. {reason}", reason=refused_by_system(error)),
                Text("Name another file, or check the rights to the folder."),
                place=str(html),
            ) from error
        out.note(Text("{file} is written.", file=str(html)))
    elif as_csv:
        from voronka.metrics.reports.sheet import csv_of

        out.data(*csv_of(document, out.language).splitlines())
    else:
        tell_document(out, document)


def tell_document(out: Output, document: Document) -> None:
    """Write a document in words: what it says, its tables, what is counted and what the numbers stand on."""
    from voronka.metrics.reports.figures import Figures
    from voronka.metrics.reports.phrases import badge_of, heading_of, period_of

    figures = Figures.of(document, out.language)
    period = period_of(document, out.language)
    title = out.words(heading_of(document))
    out.data(title if period is None else f"{title}, {out.words(period)}")
    out.data(" · ".join(out.words(each) for each in badge_of(document, out.language)))
    out.data(*(out.words(each) for each in document.said))
    for table in document.tables:
        out.heading(table.title)
        _tell_table(out, table, figures)
    out.heading(Text("What is counted"))
    out.data(*(f"  {out.words(each)}" for each in (document.definition, *document.basis)))


def _tell_table(out: Output, table: Table, figures: Figures) -> None:
    from voronka.metrics.reports.document import NAMING
    from voronka.metrics.reports.phrases import LIGHTS

    lights = any(row.light for row in table.rows)
    headings: list[Sentence] = [column.label for column in table.columns]
    out.table(
        [*headings, Text("Target")] if lights else headings,
        [
            [
                *(figures.cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True)),
                *([out.words(LIGHTS[row.light]) if row.light else ""] if lights else []),
            ]
            for row in table.rows
        ],
        numbers=[place for place, column in enumerate(table.columns) if column.unit not in NAMING],
    )
    if not table.rows:
        out.data(f"  {out.words(Text('No data.'))}")
    for row in table.rows:
        if row.why is not None:
            out.data(f"  {figures.name(row, table)}: {out.words(row.why)}")
    if table.note is not None:
        out.data(f"  {out.words(table.note)}")
