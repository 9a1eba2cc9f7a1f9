"""Absences told by command: people fall ill without a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from voronka.calendars import TimeError, date_of, in_iso, parse_date
from voronka.definition.rights import people_under
from voronka.errors import UsageFault, VoronkaError
from voronka.expressions import one_of
from voronka.messages import Text
from voronka.process.commands import Command, EndAbsence, Envelope, SetAbsence
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.records import user_called
from voronka.runtime.viewer import Forbidden, Viewer, viewer_of
from voronka.runtime.words import Json
from voronka.storage import WORKSPACE

__all__ = ["PEOPLE_WORKS", "check_leads", "colleague"]


class _NotAbsent(VoronkaError):  # noqa: N818 - an answer, not an error
    """Somebody was not told to be absent."""

    exit_code = 4


def _absent(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Tell that somebody is away: parameters user, from (today by default), to (until told otherwise), actor."""
    user, today = colleague(client, params, "user"), _today(client)
    start = _day(params, "from") or today
    end = _day(params, "to")
    if end is not None and end < start:
        raise UsageFault(
            Text("The absence ends before it begins."), Text("Give the earlier day under --from."), place="to"
        )
    return _tell(client, params, user, SetAbsence(user=user, start=_iso(start), end=None if end is None else _iso(end)))


def _present(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Tell that somebody is there again: parameters user, from (today by default), actor."""
    user = colleague(client, params, "user")
    return _tell(client, params, user, EndAbsence(user=user, day=_iso(_day(params, "from") or _today(client))))


PEOPLE_WORKS: Mapping[str, Work] = {"people.absent": _absent, "people.present": _present}
"""What can be told about people."""


def _tell(client: LocalClient, params: Mapping[str, Any], user: str, command: Command) -> Json:
    engine = client.engine
    actor = actor_of(engine.workspace, params)
    with engine.read() as reader:
        check_leads(client, viewer_of(reader, engine.workspace, actor, engine.clock.now()), user)
    answer = engine.execute(Envelope(command=command, stream=WORKSPACE, actor=actor, source=_SOURCE))
    if answer.refusal is not None:
        failure = answer.refusal.failures[0]
        raise _NotAbsent(failure.reason, failure.unblock)
    with engine.read() as reader:
        told = reader.absences().get(user, ())
    return {"user": user, "absences": [{"from": each.start, "to": each.end} for each in told]}


_SOURCE = "people"


def check_leads(client: LocalClient, viewer: Viewer, user: str) -> None:
    """Raise `Forbidden` unless it is about the actor, about somebody who reports to them, or they may change all."""
    people = client.engine.workspace.people
    if viewer.rights.changes_all or viewer.actor == user or user in people_under(people, viewer.actor):
        return
    raise Forbidden(
        Text("The absence of {user} is not yours to tell.", user=people[user].label),
        Text("They may, those to whom they report, and whoever may change everybody's records."),
    )


def colleague(client: LocalClient, params: Mapping[str, Any], key: str) -> str:
    """Return the declared user whom a parameter names. Raises `UsageFault` if nobody is called so."""
    name = str(params.get(key, ""))
    people = client.engine.workspace.people
    found = user_called(client.engine.workspace, name)
    if found is not None:
        return found
    raise UsageFault(
        Text("There is no user {name}.", name=name),
        one_of(name, people),
    )


def _today(client: LocalClient) -> date:
    return date_of(client.engine.clock.now(), client.engine.workspace.timezone)


def _day(params: Mapping[str, Any], name: str) -> date | None:
    written = params.get(name)
    if written is None:
        return None
    try:
        return parse_date(in_iso(str(written)))
    except TimeError as fault:
        raise UsageFault(fault.reason, fault.remedy, place=name) from None


def _iso(day: date) -> str:
    return day.isoformat()
