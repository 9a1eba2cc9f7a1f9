"""`voronka worker`: one of several processes that do what is due."""

from __future__ import annotations

import typer

from voronka.cli.parameters import single
from voronka.cli.run import LogFormat, ProbesAt, attended
from voronka.messages import original

app = single()


@app.command(help=original("Do what is due beside other processes, on PostgreSQL"))
def worker(ctx: typer.Context, probes: ProbesAt = None, log_format: LogFormat = None) -> None:
    """Fire timers, carry out queued commands and deliver messages until SIGTERM or Ctrl-C, beside others that do.

    The log goes to stderr, as lines of JSON unless that is a terminal.
    """
    from voronka.bootstrap import work

    raise typer.Exit(attended(ctx, work, probes, log_format))
