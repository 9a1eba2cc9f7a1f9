"""Absences that bear on the course of a deal, as a scenario tells them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from voronka.calendars import date_of
from voronka.definition.people import Absence
from voronka.definition.workspace import Workspace
from voronka.process import events as happened
from voronka.storage import WORKSPACE, Reader, Recorded

__all__ = ["Absences"]


class Absences:
    """Who was told to be away while a deal took its `course`, of those whose absence may have changed something.

    That is whoever owned the deal, acted on it or was to do or to be told something, those who stand in for them and
    those for whom they stand in; where a deal was given away to one of a group, its members, but not by the routing:
    whom that chose is known from the beginning.
    """

    def __init__(self, reader: Reader, workspace: Workspace, course: Sequence[Recorded]) -> None:
        self._workspace = workspace
        self._concerned = _concerned(workspace, course)
        begun, ended = course[0].recorded_at, course[-1].recorded_at
        told = [entry for entry in reader.history(WORKSPACE) if any(self._changes(entry))]
        self.entries = [entry for entry in told if begun < entry.recorded_at <= ended]
        """Those of the workspace that tell of such absences on the way."""
        self._known: dict[str, tuple[Absence, ...]] = {}
        for entry in told:
            if entry.recorded_at <= begun:
                self._known.update((event.user, event.absences) for event in self._changes(entry))

    def given(self, at: int) -> list[Any]:
        """Return who was away at the moment `at` (UTC microseconds), or was to be later."""
        today = date_of(at, self._workspace.timezone).isoformat()
        return [
            _written(user, each, today)
            for user, spans in self._known.items()
            for each in spans
            if each.end is None or each.end >= today
        ]

    def steps(self, entry: Recorded) -> Iterator[dict[str, Any]]:
        """Yield what an entry tells, by what was known before it."""
        today = date_of(entry.recorded_at, self._workspace.timezone).isoformat()
        for event in self._changes(entry):
            before, after = self._known.get(event.user, ()), event.absences
            self._known[event.user] = after
            new = [each for each in after if each not in before]
            gone = [each for each in before if not any(_within(each, other) for other in after)]
            if gone:
                day = _back(new, gone)
                yield {"present": event.user if day == today else {"user": event.user, "from": day}}
            else:
                yield from ({"absent": _written(event.user, each, today)} for each in new)

    def _changes(self, entry: Recorded) -> Iterator[happened.AbsencesChanged]:
        for event in entry.events:
            if isinstance(event, happened.AbsencesChanged) and event.user in self._concerned:
                yield event


def _within(part: Absence, whole: Absence) -> bool:
    ends = whole.end is None or (part.end is not None and part.end <= whole.end)
    return whole.start <= part.start and ends


def _back(left: Iterable[Absence], gone: Iterable[Absence]) -> str:
    """Return the first day on which somebody is there again whose absences `gone` were cut to those `left`."""
    ends = [date.fromisoformat(each.end) + timedelta(days=1) for each in left if each.end is not None]
    return max(ends).isoformat() if ends else min(each.start for each in gone)


def _written(user: str, span: Absence, today: str) -> Any:  # noqa: ANN401 - a name, or a mapping
    told = {"user": user}
    if span.start > today:
        told["from"] = span.start
    if span.end is not None:
        told["to"] = span.end
    return told if len(told) > 1 else user


def _members(workspace: Workspace, given: happened.OwnerAssigned) -> Iterator[str]:
    """Yield who might have got a deal that was given away."""
    kind, _, group = given.pool.partition(":")
    for user in workspace.people.values():
        match kind:
            case "team":
                fits = user.team == group
            case "role":
                fits = user.role == group
            case _:  # users
                fits = user.name in group.split(",")
        if fits or user.name in given.among or given.fallback:
            yield user.name


def _concerned(workspace: Workspace, course: Sequence[Recorded]) -> frozenset[str]:
    people = workspace.people
    found = {entry.actor for entry in course}
    routed = {each.assign.pool for each in workspace.routing if each.assign is not None}
    found |= {
        name
        for number, entry in enumerate(course)
        for event in entry.events
        if isinstance(event, happened.OwnerAssigned) and not (number == 0 and event.pool in routed)
        for name in _members(workspace, event)
    }
    for event in (event for entry in course for event in entry.events):
        match event:
            case happened.DealCreated(owner=str() as owner):
                found.add(owner)
            case happened.FieldsChanged(new=new) if isinstance(given := new.get("owner"), str):
                found.add(given)
            case happened.TaskOpened(assignee=str() as assignee):
                found.add(assignee)
            case happened.EffectRequested(recipient=recipient):
                found.add(recipient.removeprefix("user:"))
    found &= people.keys()
    size = 0
    while size < len(found):
        size = len(found)
        found |= {each.name for each in people.values() if each.deputy in found}
        found |= {deputy for name in found if (deputy := people[name].deputy) is not None}
    return frozenset(found) & people.keys()
