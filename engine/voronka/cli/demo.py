"""`voronka demo`: a year of made-up deals, lived through by the engine that runs real ones."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voronka.cli.context import Context
from voronka.cli.funnel import tell_funnel
from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, single
from voronka.cli.session import Session
from voronka.errors import UsageFault
from voronka.messages import Plural, Sentence, Text, original

if TYPE_CHECKING:
    from voronka.definition.workspace import Workspace
    from voronka.runtime.local import LocalClient

app = single()

_EARLIEST = date(1990, 1, 1)

_MARK = "demo"
"""In the state folder, how many entries of the history were made up: what holds no other may be made anew."""


@app.command(help=original("Live through a year of made-up deals in virtual time"))
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help=original(
                "A workspace without deals; made if it is not there. By default the one you are in, else voronka-demo"
            ),
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, max=2**32, help=original("The same seed, the same year"))
    ] = 1,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=3660, help=original("How many days pass"))
    ] = 365,
    deals: Annotated[
        int,
        typer.Option(
            "--deals",
            metavar="N",
            min=1,
            max=100_000,
            help=original("How many clients come; a deal that is handed over opens another"),
        ),
    ] = 300,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DATE",
            help=original("The first day that is not lived any more; today, if none is named"),
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a workspace, live through its year, report its funnels."""
    from voronka.bootstrap import init_workspace
    from voronka.calendars import date_of
    from voronka.runtime.clock import SystemClock
    from voronka.runtime.lock import WorkspaceLock
    from voronka.runtime.state import state_folder

    now = SystemClock().now()
    asked = _asked(until, date_of(now, "UTC"))
    if folder is None:
        folder = _around(ctx.obj)
    if not (folder / "voronka.yaml").is_file():
        init_workspace(folder)
    workspace = _read(folder)
    today = date_of(now, workspace.timezone)
    end = min(asked or today, today)
    _clear(folder)
    context = Context(workspace=str(folder), actor=None, language=ctx.obj.language)
    state = state_folder(folder)
    with WorkspaceLock(state):
        found = _lived(folder, workspace, Output(context), seed=seed, end=end, days=days, deals=deals)
        client = found.pop("client")
        try:
            report = {**found, "funnels": [client.query("funnel", {"funnel": name}) for name in found["funnels"]]}
            if as_json:
                Output(context).json(report)
            else:
                _tell(Session(client, context), report)
        finally:
            client.close()


def _around(context: Context) -> Path:
    """Return the workspace that is named with ``-C`` or lies around; outside of any a folder of its own."""
    try:
        return context.root
    except UsageFault:
        if context.workspace is not None:
            raise
        return Path("voronka-demo")


def _read(folder: Path) -> Workspace:
    from voronka.config import read_workspace
    from voronka.runtime.configuration import BrokenConfigurationError

    reading = read_workspace(folder)
    if reading.workspace is None:
        raise BrokenConfigurationError(reading.findings)
    return reading.workspace


def _clear(folder: Path) -> None:
    """Take away the state of an earlier demo; refuse to touch what anybody has done otherwise."""
    from voronka.runtime.address import names_database
    from voronka.runtime.lock import WorkspaceLock
    from voronka.runtime.state import database_at_hand

    state = folder / ".voronka"
    if names_database(folder):
        raise _its_own(folder)
    if not state.exists():
        return
    with WorkspaceLock(state):  # a service that runs here keeps its state
        database = database_at_hand(folder)
        if database is not None and _caused(database) != _made_up(state):
            raise _its_own(folder)
    if database is not None or (state / _MARK).exists():
        shutil.rmtree(state)


def _its_own(folder: Path) -> UsageFault:
    return UsageFault(
        Text("The workspace {folder} has a database of its own.", folder=str(folder)),
        Text(
            "Name another folder: the demo makes a workspace in it. Or, if nothing in this one is needed, take away "
            "{state} first.",
            state=str(folder / ".voronka"),
        ),
    )


def _caused(database: Path) -> int:
    """Return how much has been done in a workspace; none, where somebody has only looked around."""
    from voronka.storage import look_into

    with look_into(database) as reader:
        return 0 if reader is None else reader.caused()


def _made_up(state: Path) -> int:
    """Return how much of what has been done was made up; none, if that was not told to the end."""
    try:
        return int((state / _MARK).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def _asked(written: str | None, today: date) -> date | None:
    """Return the day that is named as the end. Raises `UsageFault` for one that is to come, and for what is no day."""
    from voronka.calendars import TimeError, in_iso, parse_date

    if written is None:
        return None
    try:
        day = parse_date(in_iso(written))
    except TimeError as fault:
        raise UsageFault(fault.reason, fault.remedy, place="--until") from None
    if not _EARLIEST <= day <= today:
        raise UsageFault(
            Text("Made-up days cannot end at {day}: their history would look like one to come.", day=written)
            if day > today
            else Text("Made-up days cannot end as long ago as {day}.", day=written),
            Text("Name a day from {first} to {last}.", first=_EARLIEST.isoformat(), last=today.isoformat()),
            place="--until",
        )
    return day


def _lived(
    folder: Path, workspace: Workspace, out: Output, *, seed: int, end: date, days: int, deals: int
) -> dict[str, Any]:
    from voronka.bootstrap import open_workspace
    from voronka.calendars import day_start
    from voronka.runtime.state import state_folder
    from voronka.simulation.clock import VirtualClock
    from voronka.simulation.year import live

    clock = VirtualClock(day_start(end - timedelta(days=days), workspace.timezone))
    # What is made up may be lost with the machine's power; it is made again by the same command.
    client = open_workspace(folder, clock=clock, random=Random(seed).randbytes, durable=False)  # noqa: S311 - repeats
    try:
        with out.progress(Text("Living through {days} days", days=days)) as progress:
            lived = live(
                client.engine,
                clock,
                seed=seed,
                days=days,
                deals=deals,
                progress=lambda done, total: progress({"done": done, "total": total}),
            )
    finally:
        with client.engine.read() as reader:
            (state_folder(folder) / _MARK).write_text(str(reader.caused()), encoding="ascii")
    return {
        "client": client,
        "seed": seed,
        "days": days,
        "until": end.isoformat(),
        "commands": lived.commands,
        "refused": lived.refused,
        "happened": _happened(client),
        "funnels": list(workspace.funnels),
    }


def _happened(client: LocalClient) -> dict[str, int]:
    """Return how much of everything there is now."""
    from sqlalchemy import func, select

    from voronka.storage.tables import deals, outbox, tasks, timers, visits

    with client.engine.read() as reader:
        counts = {
            name: reader.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in (("deals", deals), ("visits", visits), ("tasks", tasks), ("messages", outbox))
        }
        ended = select(timers.c.state, func.count().label("ended")).group_by(timers.c.state)
        return counts | {f"timers_{row.state}": row.ended for row in reader.execute(ended)}


def _tell(session: Session, report: dict[str, Any]) -> None:
    out, happened = session.out, report["happened"]
    out.data(out.words(Plural("{n} day has passed.", "{n} days have passed.", n=report["days"])))
    rows: list[tuple[Sentence, str]] = [
        (Text("Deals"), str(happened["deals"])),
        (Text("Stays in stages"), str(happened["visits"])),
        (Text("Commands of people"), str(report["commands"])),
        (Text("Moves that a gate refused"), str(report["refused"])),
        (Text("Timers fired"), str(happened.get("timers_fired", 0))),
        (Text("Timers skipped"), str(happened.get("timers_skipped", 0))),
        (Text("Timers cancelled"), str(happened.get("timers_cancelled", 0))),
        (Text("Messages"), str(happened["messages"])),
        (Text("Tasks"), str(happened["tasks"])),
    ]
    out.pairs(rows)
    for funnel in report["funnels"]:
        out.data("")
        tell_funnel(session, funnel, definitions=funnel is report["funnels"][-1])
    listed = session.ask("deal.list", open=True, limit=1)
    if listed:
        out.hint(f"deal show {listed[0]['number']}", f"why {listed[0]['number']}")
    out.hint("task list", f"graph {report['funnels'][-1]['funnel']['name']}")
