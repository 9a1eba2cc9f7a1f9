"""`voronka mart`: the mart refreshed, built anew, looked at and written to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from voronka.cli.parameters import AsJson, commands
from voronka.cli.session import Session, opened
from voronka.messages import Plural, Text, original

app = commands()

Force = Annotated[bool, typer.Option("--force", help=original("Replace what is there"))]


@app.command("refresh", help=original("Take over into the mart what has changed"))
def refresh(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Take over what has changed since; build the mart if there is none, or if the release has other fields."""
    with opened(ctx) as session:
        _tell(session, session.work("mart.refresh", {}), as_json=as_json)


@app.command("rebuild", help=original("Build the mart anew from the whole store"))
def rebuild(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Build a new mart beside the present one, and put it in its place once it is whole."""
    with opened(ctx) as session:
        _tell(session, session.work("mart.rebuild", {}), as_json=as_json)


@app.command("status", help=original("Tell what the mart holds and what it does not know yet"))
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tell as of when the mart is, under which release, and how many records have changed since."""
    with opened(ctx) as session:
        found = session.work("mart.status", {})
        if as_json:
            session.out.json(found)
            return
        out = session.out
        if not found["built"]:
            out.data(out.words(Text("There is no mart yet: the first report builds it.")))
        else:
            out.pairs(
                [
                    (Text("As of"), session.moment(found["refreshed_at"])),
                    (Text("Release"), found["release"][:8]),
                    (Text("Changed since"), str(found["changed"])),
                ]
            )
        out.hint("mart refresh")


@app.command("export", help=original("Write the mart to files: Parquet, CSV or XLSX"))
def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=original("The folder to write to"), show_default=False)],
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help=original("parquet, csv or xlsx"))] = "parquet",
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write each view of the mart to a file. Personal values are not among them, nor what is hidden from whoever
    exports; no cell becomes a formula."""
    with opened(ctx) as session:
        params = {"folder": str(folder.absolute()), "format": form, "replace": force}
        found = session.work("mart.export", params)
        if as_json:
            session.out.json(found)
            return
        files, where = len(found["files"]), str(folder)
        told = Plural("{n} file written to {folder}", "{n} files written to {folder}", n=files, folder=where)
        session.out.data(session.out.words(told))
        session.out.table(
            (Text("File"), Text("Rows")), [(name, str(rows)) for name, rows in found["files"].items()], numbers=(1,)
        )
        if found["left_out"]:
            session.out.data("")
            session.out.data(session.out.words(Text("Left out, for it is not shown to you:")))
            session.out.table(
                (Text("File"), Text("Columns"), Text("Of")), [_left_out(each) for each in found["left_out"]]
            )


def _left_out(each: dict[str, Any]) -> tuple[str, ...]:
    return (each["file"], ", ".join(each["columns"]), ", ".join(each["of"]))


def _tell(session: Session, found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        session.out.json(found)
        return
    session.out.pairs(
        [
            (Text("As of"), session.moment(found["refreshed_at"])),
            (Text("Release"), found["release"][:8]),
            (Text("Deals"), str(found["rows"]["dim_deal"])),
            (Text("Rows"), str(sum(found["rows"].values()))),
        ]
    )
    session.out.hint("mart status", "mart export DIR")
