"""`voronka status`: what runs, what waits, what failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from voronka.cli.effects import tell_held
from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, single
from voronka.cli.session import Session, opened
from voronka.messages import Label, Plural, Sentence, Text, original
from voronka.runtime.parts import part_of

app = single()

_PATIENCE = 2
"""Seconds that plugins have to be loaded."""


@app.command(help=original("Tell what runs, what waits and what failed"))
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tell how the workspace stands."""
    with opened(ctx, patience=_PATIENCE) as session:
        found = {
            "service": session.client.served,
            "warnings": session.client.warnings(),
            **session.ask("status"),
            **session.ask("plugins", seconds=_PATIENCE),
        }
        if as_json:
            session.out.json(found)
        else:
            _tell(session, found)


def _tell(session: Session, found: dict[str, Any]) -> None:
    out = session.out
    out.data(f"{out.words(found['title'])} ({found['workspace']})")
    timers, outbox = found["timers"], found["outbox"]
    out.pairs(
        [
            (Text("Service"), out.words(_service(session, found))),
            (Text("Release"), _release(out, found)),
            (Text("Timers waiting"), str(timers["waiting"])),
            (Text("Timers overdue"), str(timers["overdue"])),
            (Text("Next timer"), session.moment(timers["next"])),
            (Text("Queued commands"), str(found["queue"])),
            (Text("Commands refused"), str(sum(found["queue_unmet"].values()))),
            *([(Text("Items of sources refused"), str(found["refused_items"]))] if found["refused_items"] else []),
            (Text("Rights refused"), str(found["audit"])),
            (Text("Messages waiting"), str(outbox.get("pending", 0))),
            (Text("Messages sent"), str(outbox.get("sent", 0))),
            (Text("Messages given up"), str(outbox.get("dead", 0))),
            *([(Text("Messages of unknown fate"), str(outbox["unknown"]))] if outbox.get("unknown") else []),
        ]
    )
    if found["held"]:
        tell_held(session, found["held"])
    if found["ahead"]:
        _tell_ahead(session, found["ahead"], found["now"])
    if found["open"]:
        out.heading(Text("Open deals"))
        out.table(
            (Text("Funnel"), Text("Stage"), Text("Variant"), Text("Deals")),
            (
                (session.named(row["funnel"]), session.named(row["stage"]), row["case"] or "-", str(row["deals"]))
                for row in found["open"]
            ),
            numbers=(3,),
        )
    if found["unmet"]:
        out.heading(Text("Newest commands that came to nothing"))
        out.table(
            (Text("When"), Text("Deal"), Text("Why")),
            (
                (session.moment(one["at"]), "-" if one["deal"] is None else str(one["deal"]), out.words(one["reason"]))
                for one in found["unmet"]
            ),
            numbers=(1,),
        )
    troubles = list(_troubles(out, found))
    if told := [*troubles, *_well(out, found)]:
        out.heading(Text("Plugins"))
        out.table((Text("Plugin"), Text("State")), told)
    out.hint(*_onward(found, broken=bool(troubles)))


def _service(session: Session, found: dict[str, Any]) -> Sentence:
    from voronka.runtime.remote import RemoteClient

    if isinstance(session.client, RemoteClient):
        return Text("runs")
    # Of those that share the database only the beat is known here.
    return Text("runs in another process") if found["service"] else Text("does not run")


def _onward(found: dict[str, Any], *, broken: bool) -> list[str]:
    """Return what to type next, the most pressing first."""
    hints = ["deal list"]
    if broken:
        hints.insert(0, "plugins list")
    if not found["service"]:
        hints.insert(0, "run")
    if found["refused_items"]:
        hints.insert(0, "source refused")
    for status in ("dead", "unknown"):
        if found["outbox"].get(status):
            hints.insert(0, f"outbox list --status {status}")
    return hints


def _tell_ahead(session: Session, ahead: dict[str, Any], now: int) -> None:
    """Warn of what lies in the time to come, with what follows and what to do."""
    out = session.out
    hours, minutes = divmod((ahead["until"] - now) // 60_000_000, 60)
    moment = session.moment(ahead["until"])
    out.heading(Text("Clock"))
    sentences = [
        Plural(
            "{n} entry lies in the time to come, at {moment}: {hours} h {minutes} min ahead.",
            "{n} entries lie in the time to come, the newest at {moment}: {hours} h {minutes} min ahead.",
            n=ahead["entries"],
            moment=moment,
            hours=hours,
            minutes=minutes,
        ),
        Text(
            "The clock of this machine ran ahead when they were made, or it is wrong now. Timers that count from these"
            " entries come as much later, and a deal leaves a stage no earlier than it came there."
        ),
        Text(
            "Check the clock. If it is right now, wait until {moment}, or do by hand what must not wait: {command}.",
            moment=moment,
            command="voronka timers DEAL",
        ),
    ]
    if ahead["deal"] is not None:
        sentences.insert(1, Text("The newest is one of the deal {deal}.", deal=ahead["deal"]))
    out.data(*(out.words(sentence) for sentence in sentences))


def _release(out: Output, found: dict[str, Any]) -> str:
    """Return the release in force, and whether the files on disk are another one that cannot be."""
    release = str(found["release"][:8])
    if all(warning["in_force"] for warning in found["warnings"]):
        return release
    return out.words(Text("{release}; the files are not in force", release=release))


def _well(out: Output, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the checks of plugins that find all well."""
    for plugin in found["plugins"]:
        for health in plugin["health"]:
            if health["ok"]:
                well = Text("well: {detail}", detail=Label(health["detail"])) if health["detail"] else Text("well")
                yield health["name"], out.words(well)


def _troubles(out: Output, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with plugins: those that are broken, those that are not well, and what failed last."""
    for plugin in found["plugins"]:
        if plugin["fault"] is not None:
            yield plugin["name"], out.words(plugin["fault"])
        for health in plugin["health"]:
            if not health["ok"]:
                yield health["name"], out.words(health["detail"] or Text("not well"))
    for name, told in found["troubles"].items():
        yield out.words(part_of(name)), out.words(told)
