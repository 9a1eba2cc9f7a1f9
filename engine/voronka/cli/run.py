"""`voronka run`: the service."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.messages import Text, original

app = single()


@app.command(help=original("Run the service: timers, messages, commands of others"))
def run(ctx: typer.Context) -> None:
    """Run the workspace until SIGTERM or Ctrl-C; the log goes to stderr, as lines of JSON unless that is a terminal."""
    from voronka.bootstrap import serve

    raise typer.Exit(attended(ctx, serve))


class _Runs(Protocol):
    def __call__(self, root: Path, *, opened: Callable[[str], None]) -> int: ...


def attended(ctx: typer.Context, runs: _Runs) -> int:
    """Let a process run that goes on until it is told to end, with its log on stderr; return its exit code."""
    from voronka.cli.log import LinesForPeople, LinesOfJson

    people = LinesForPeople(ctx.obj.language)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(people if sys.stderr.isatty() else LinesOfJson())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in ("alembic", "apscheduler"):
        logging.getLogger(library).setLevel(logging.WARNING)
    root = ctx.obj.root

    def opened(timezone: str) -> None:
        people.zone = timezone
        Output(ctx.obj).note(Text("Serving {folder}. Ctrl-C ends it.", folder=str(root)))

    return runs(root, opened=opened)
