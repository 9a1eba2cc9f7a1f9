"""`voronka run`: the service."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Protocol

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import single
from voronka.errors import UsageFault
from voronka.messages import Text, original

app = single()

_PORTS = 1 << 16
ProbesAt = Annotated[
    str | None,
    typer.Option(
        "--probes",
        metavar="HOST:PORT",
        envvar="VORONKA_PROBES",
        help=original("Tell at this address whether all is well: /livez, /readyz, /metrics"),
        show_default=False,
    ),
]
LogFormat = Annotated[
    Literal["text", "json"] | None,
    typer.Option(
        "--log-format",
        envvar="VORONKA_LOG_FORMAT",
        help=original("How to write the log; else text on a terminal and json elsewhere"),
        show_default=False,
    ),
]


@app.command(help=original("Run the service: timers, messages, commands of others"))
def run(ctx: typer.Context, probes: ProbesAt = None, log_format: LogFormat = None) -> None:
    """Run the workspace until SIGTERM or Ctrl-C; the log goes to stderr, as lines of JSON unless that is a terminal."""
    from voronka.bootstrap import serve

    raise typer.Exit(attended(ctx, serve, probes, log_format))


class _Runs(Protocol):
    def __call__(
        self, root: Path, *, opened: Callable[[Callable[[], str]], None], probes: tuple[str, int] | None
    ) -> int: ...


def attended(ctx: typer.Context, runs: _Runs, probes: str | None, log_format: str | None) -> int:
    """Let a process run that goes on until it is told to end, with its log on stderr; return its exit code."""
    from voronka.cli.log import LinesForPeople, LinesOfJson

    address = None if probes is None else _address(probes)
    people = LinesForPeople(ctx.obj.language)
    written = _zone_of(ctx.obj.root)
    people.zone = lambda: written  # of the files, until the release in force is known
    handler = logging.StreamHandler(sys.stderr)
    told = log_format or ("text" if sys.stderr.isatty() else "json")
    handler.setFormatter(people if told == "text" else LinesOfJson())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in ("alembic", "apscheduler"):
        logging.getLogger(library).setLevel(logging.WARNING)
    root = ctx.obj.root

    def opened(timezone: Callable[[], str]) -> None:
        people.zone = timezone
        Output(ctx.obj).note(Text("Serving {folder}. Ctrl-C ends it.", folder=str(root)))

    return runs(root, opened=opened, probes=address)


def _zone_of(root: Path) -> str:
    """Return the time zone that the files of a workspace name, UTC where they name none."""
    from voronka.calendars import ZoneError, zone
    from voronka.runtime.address import workspace_timezone

    try:
        return zone(workspace_timezone(root) or "UTC").key
    except ZoneError:
        return "UTC"


def _address(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port) < _PORTS):
        raise UsageFault(
            Text("{given} is not an address at which to listen.", given=given),
            Text("Write it as in {example}.", example="127.0.0.1:9464"),
            place="--probes",
        )
    return host.strip("[]"), int(port)
