"""`voronka deploy`: what a machine needs to run a workspace."""

from __future__ import annotations

import getpass
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import commands
from voronka.errors import UsageFault
from voronka.messages import Text, original

app = commands()


@app.callback()
def _deploy() -> None:
    """Stand above the commands."""


@app.command("systemd", help=original("Write units of systemd: the service, and a backup every night"))
def systemd(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help=original("Where to write them; else they are shown"), show_default=False),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="NAME", help=original("Who runs it; else you"), show_default=False),
    ] = None,
    backups: Annotated[
        Path | None,
        typer.Option(
            "--backups",
            metavar="DIR",
            help=original("Where backups lie; else in the folder backups of the workspace"),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a hardened unit of the service, one that backs it up, and the timer of that one.

    A database on PostgreSQL has backups of its own, so that of such a workspace the service alone is written.
    Secrets and other variables stand in /etc/voronka/NAME.env, which only root need read.
    """
    from voronka.runtime.address import names_database
    from voronka.runtime.operations.systemd import units

    out, root = Output(ctx.obj), ctx.obj.root
    on_server = names_database(root)
    found = units(
        name=root.name,
        root=root,
        program=Path(shutil.which("voronka", path=str(Path(sys.executable).parent)) or sys.argv[0]).absolute(),
        user=user or getpass.getuser(),
        backups=None if on_server else (backups or root / "backups").absolute(),
    )
    if folder is None:
        for name, text in found.items():
            out.data(f"# {name}", text)
        return
    there = [name for name in found if (folder / name).exists()]
    if there:
        raise UsageFault(
            Text("There is such a file already."),
            Text("Compare it with what `voronka deploy systemd` shows, then remove it and repeat the command."),
            place=str(folder / there[0]),
        )
    for name, text in found.items():
        (folder / name).write_text(text, encoding="utf-8")
        out.data(str(folder / name))
    out.note(
        Text("Back the database up as PostgreSQL does it: no unit is written for that.")
        if on_server
        else Text(
            "Make the folder of backups before you start the units: {folder}", folder=str(backups or root / "backups")
        )
    )
