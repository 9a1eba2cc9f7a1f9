"""`voronka table`: decision tables out to a spreadsheet and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from voronka.cli.output import Output, quoted
from voronka.cli.parameters import commands
from voronka.errors import UsageFault
from voronka.messages import Label, Text, original

app = commands()

Name = Annotated[str, typer.Argument(metavar="NAME", help=original("The table"), show_default=False)]


@app.command("export", help=original("Write a decision table as CSV or as a workbook"))
def export_table(
    ctx: typer.Context,
    name: Name,
    form: Annotated[
        Literal["csv", "xlsx"] | None,
        typer.Option("--format", help=original("CSV or a workbook; by default as FILE ends"), show_default=False),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help=original("Where to write it"), show_default=False),
    ] = None,
) -> None:
    """Write a table to a file; CSV without one goes to the standard output."""
    from voronka.config.files import collect
    from voronka.config.report import Report
    from voronka.config.sheet_files import csv_text, write_xlsx
    from voronka.config.sheets import find_sheet
    from voronka.config.whole_files import write_whole

    out = Output(ctx.obj)
    sheet = find_sheet(collect(ctx.obj.root, Report()), name)
    written = _form(form, to)
    if written == "csv" and to is None:
        out.data(*csv_text(sheet).splitlines())
        return
    path = to or Path(f"{name}.{written}")
    if written == "csv":
        write_whole(path, csv_text(sheet).encode("utf-8-sig"))
    else:
        write_xlsx(sheet, path)
    out.note(Text("{file} is written.", file=str(path)))
    out.hint(f"table import {quoted(str(path))}" + ("" if path.stem == name else f" --table {name}"))


def _form(asked: str | None, to: Path | None) -> str:
    """Return the form of a file, which its name tells too. Raises `UsageFault` where the two differ."""
    ending = "" if to is None else to.suffix.lower().removeprefix(".")
    if ending in {"csv", "xlsx"} - {asked} if asked else ending not in {"", "csv", "xlsx"}:
        raise UsageFault(
            Text("The name {file} tells of another form.", file=str(to)),
            Text("Let it end in .csv or .xlsx, as the form is."),
        )
    return asked or ending or "csv"


@app.command("import", help=original("Put the rows of a CSV file or workbook into its decision table"))
def import_table(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=original("The file"), show_default=False)],
    name: Annotated[
        str | None,
        typer.Option(
            "--table", metavar="NAME", help=original("The table; by default called as the file"), show_default=False
        ),
    ] = None,
) -> None:
    """Replace the rows of a table, unless the configuration would have errors then."""
    from voronka.config import has_errors, read_workspace
    from voronka.config.files import collect
    from voronka.config.report import Report
    from voronka.config.sheet_files import read_rows
    from voronka.config.sheets import find_sheet, with_rows
    from voronka.config.show import Format, show, summary
    from voronka.config.whole_files import write_whole

    out = Output(ctx.obj)
    files = collect(ctx.obj.root, Report())
    sheet = find_sheet(files, name or file.stem)
    changed = with_rows(files, sheet, read_rows(sheet, file))
    reading = read_workspace({**files, sheet.file: changed})
    there = [each for each in reading.findings if each.place.file == sheet.file]
    out.data(*show(there, reading.sources, form=Format.TEXT, language=ctx.obj.language).splitlines())
    if has_errors(reading.findings):
        out.note(Label.plain(summary(reading.findings, ctx.obj.language)))
        out.note(Text("{file} was left as it is.", file=sheet.file))
        raise typer.Exit(1)
    write_whole(ctx.obj.root / sheet.file, changed)
    out.note(Text("The rows of {table} stand in {file} now.", table=sheet.name, file=sheet.file))
    out.hint("check")
