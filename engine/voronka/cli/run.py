"""`voronka run`: the service."""

from __future__ import annotations

import logging
import sys

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.messages import Text, original

app = single()


@app.command(help=original("Run the service: timers, messages, commands of others"))
def run(ctx: typer.Context) -> None:
    """Run the workspace until SIGTERM or Ctrl-C; the log goes to stderr."""
    from voronka.bootstrap import serve

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for library in ("alembic", "apscheduler"):
        logging.getLogger(library).setLevel(logging.WARNING)
    root = ctx.obj.root
    told = Text("Serving {folder}. Ctrl-C ends it.", folder=str(root))
    raise typer.Exit(serve(root, opened=lambda: Output(ctx.obj).note(told)))
