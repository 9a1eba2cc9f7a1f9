"""The numbers of a brief that are not about the process: time, money, how much may leave, how much there is."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.calendars import DailySchedule, Schedule
from voronka.definition.rates import Rate
from voronka.definition.rules import Mode
from voronka.definition.wording import Naming
from voronka.definition.wording.events import clock
from voronka.documents.parts import Code, Line
from voronka.messages import Text

__all__ = ["figures", "told_schedule"]

_DAYS = (Text("Mon"), Text("Tue"), Text("Wed"), Text("Thu"), Text("Fri"), Text("Sat"), Text("Sun"))


def told_schedule(schedule: Schedule, naming: Naming) -> str:
    """Return when a schedule comes about."""
    say = naming.say
    if not isinstance(schedule, DailySchedule):
        return say(Text("every {duration}", duration=schedule.every.sentence()))
    days = (
        say(Text("on working days"))
        if schedule.days is None
        else naming.listed(say(_DAYS[day]) for day in sorted(schedule.days))
    )
    return say(Text("{days} at {time}", days=days, time=clock(schedule.at)))


def figures(naming: Naming) -> Iterator[tuple[str, Line]]:
    """Yield the settings of the workspace and its sizes."""
    workspace, say = naming.workspace, naming.say
    yield say(Text("Language")), (Code(workspace.locale),)
    yield say(Text("Time zone")), (Code(workspace.timezone),)
    yield say(Text("Currency")), (Code(workspace.currency.code),)
    if workspace.quiet_hours is not None:
        hours = {"start": clock(workspace.quiet_hours.start), "end": clock(workspace.quiet_hours.end)}
        yield say(Text("No message leaves for a contact")), (say(Text("between {start} and {end}", **hours)),)
    for channel in workspace.channels.values():
        yield say(Text("Channel {name}", name=channel.name)), (_channel(channel.name, naming),)
    yield say(Text("People")), (str(len(workspace.people)),)
    yield say(Text("Teams")), (naming.listed(say(team.label) for team in workspace.teams.values()) or "—",)
    yield say(Text("Scorecards")), (naming.listed(say(card.label) for card in workspace.scorecards.values()) or "—",)
    yield say(Text("Decision tables")), (naming.listed(say(table.label) for table in workspace.tables.values()) or "—",)
    yield say(Text("Matrices")), (naming.listed(say(each.label) for each in workspace.matrices.values()) or "—",)
    active = sum(rule.mode is Mode.ACTIVE for rule in workspace.rules.values())
    yield say(Text("Rules in force, and all of them")), (f"{active} / {len(workspace.rules)}",)
    yield say(Text("Segments")), (naming.listed(say(each.label) for each in workspace.segments.values()) or "—",)
    yield say(Text("Message templates")), (str(len(workspace.templates)),)
    model = workspace.profit_model
    if model is not None:
        collected = sum(bool(each.kpi or each.formula or each.value is not None) for each in model.parameters.values())
        yield say(Text("Parameters of profit that are collected")), (f"{collected} / {len(model.parameters)}",)


def _channel(name: str, naming: Naming) -> str:
    say, channel = naming.say, naming.workspace.channels[name]
    told = [say(Text("given up after {n} failures", n=channel.attempts))]
    told += [say(_rate(rate)) for rate in channel.rates]
    if channel.ordered:
        told.append(say(Text("messages of a deal in their order")))
    if channel.at_most_once:
        told.append(say(Text("none is tried twice")))
    return naming.listed(told)


def _rate(rate: Rate) -> Text:
    parts = {"n": rate.count, "seconds": rate.seconds}
    if rate.per_address:
        return Text("at most {n} in {seconds} s to one address", **parts)
    return Text("at most {n} in {seconds} s", **parts)
