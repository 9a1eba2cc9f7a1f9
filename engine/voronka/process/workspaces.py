"""The workspace's own stream: releases and who has read them, imports, people known from imports only, reviews."""

from __future__ import annotations

from datetime import date, timedelta

from voronka.definition.people import Absence
from voronka.messages import Text
from voronka.process import events as happened
from voronka.process.commands import (
    ActivateRelease,
    AddUser,
    Command,
    EndAbsence,
    FinishImport,
    LeaveUser,
    MakeReview,
    MarkReleaseRead,
    MarkReview,
    RecordDelivery,
    RetryEffect,
    SetAbsence,
    StartImport,
    UndoImport,
)
from voronka.process.events import Event
from voronka.process.evolve import evolve_entry
from voronka.process.plan import WorkspacePlan
from voronka.process.refusals import refused
from voronka.process.reviews import make_review, told_of_review
from voronka.process.state import ImportedState, WorkspaceState
from voronka.process.step import Facts, Link, Moment, Step

__all__ = ["decide_workspace"]


def decide_workspace(plan: WorkspacePlan, facts: Facts, command: Command, moment: Moment) -> Step:
    """Decide a command about the workspace itself."""
    state = facts.workspace or WorkspaceState(seq=0, release="")
    release = plan.workspace.release
    if isinstance(command, MakeReview):
        events = make_review(plan.workspace, state.absences, command, moment.now)
    elif isinstance(command, RecordDelivery):
        events = told_of_review(command, moment.now)
    else:
        event = _of_people(state, command, moment) or _event(state, command, moment, release)
        events = () if event is None else (event,)
    if not events:
        return Step(events=(), state=facts.workspace)
    after = evolve_entry(state, events, seq=state.seq + 1, release=release)
    return Step(events=events, state=after, links=(Link(by=moment.actor, first=0),))


def _of_people(state: WorkspaceState, command: Command, moment: Moment) -> Event | None:
    at = moment.now
    match command:
        case AddUser(name=name, label=label, import_id=import_id) if name not in state.users:
            return happened.UserAdded(name=name, label=label, at=at, import_id=import_id)
        case SetAbsence(user=user, start=start, end=end):
            return _absent(state, user, Absence(start, end), at)
        case EndAbsence(user=user, day=day):
            return _present(state, user, day, at)
        case LeaveUser(user=user, to=to):
            counts = {"deals": command.deals, "tasks": command.tasks, "accounts": command.accounts}
            return happened.UserLeft(user=user, to=to, at=at, **counts)
        case MarkReleaseRead(release=release, since=since):
            return happened.ReleaseRead(release=release, since=since, at=at)
    return None


def _event(state: WorkspaceState, command: Command, moment: Moment, release: str) -> Event | None:
    at = moment.now
    match command:
        case AddUser() | SetAbsence() | EndAbsence():
            return None
        case ActivateRelease():
            return None if state.release == release else happened.ReleaseActivated(release=release, at=at)
        case StartImport(import_id=import_id, mapping=mapping, file=file):
            if import_id in state.imports:
                raise refused(
                    "exists",
                    "import",
                    Text("The import {id} has begun already.", id=import_id),
                    Text("Give it another id."),
                )
            return happened.ImportStarted(import_id=import_id, mapping=mapping, file=file, at=at)
        case FinishImport(import_id=import_id, counts=counts):
            _import(state, import_id)
            return happened.ImportFinished(import_id=import_id, counts=counts, at=at)
        case UndoImport(import_id=import_id):
            if _import(state, import_id).undone_at is not None:
                return None
            return happened.ImportUndone(import_id=import_id, at=at)
        case RetryEffect(effect=effect):
            return happened.EffectRetried(effect=effect, at=at)
        case MarkReview(review=review, due_at=due_at, mark=mark):
            return happened.ReviewMarked(review=review, due_at=due_at, mark=mark, at=at)
    raise TypeError(f"{command.kind} is no command for the workspace")


def _absent(state: WorkspaceState, user: str, new: Absence, at: int) -> Event | None:
    """Return what adds an absence to a user's: those that overlap, or follow one another, are one."""
    known = state.absences.get(user, ())
    merged: list[Absence] = []
    for each in sorted((*known, new), key=_by_start):
        last = merged[-1] if merged else None
        if last is not None and (last.end is None or each.start <= _after(last.end)):
            merged[-1] = max(last, Absence(last.start, each.end), key=_by_start)
        else:
            merged.append(each)
    if tuple(merged) == known:
        return None
    return happened.AbsencesChanged(user=user, absences=tuple(merged), at=at)


def _after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day < "9999-12-31" else day


def _present(state: WorkspaceState, user: str, day: str, at: int) -> Event | None:
    """Return what ends a user's absences the day before `day`: one that would begin later never was."""
    known = state.absences.get(user, ())
    eve = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    left = tuple(
        Absence(each.start, eve if each.end is None or each.end > eve else each.end)
        for each in known
        if each.start <= eve
    )
    if left == known:
        raise refused(
            "not_absent",
            "absence",
            Text("{user} was not told to be absent on {day} or later.", user=user, day=day),
            Text("An absence that the configuration tells of is changed there: “absent” in configs/people."),
        )
    return happened.AbsencesChanged(user=user, absences=left, at=at)


def _by_start(absence: Absence) -> tuple[str, str]:
    return absence.start, absence.end or "9999"


def _import(state: WorkspaceState, import_id: str) -> ImportedState:
    found = state.imports.get(import_id)
    if found is None:
        raise refused(
            "unknown_import",
            "import",
            Text("There is no import {id}.", id=import_id),
            Text("The imports are: {imports}.", imports=", ".join(state.imports))
            if state.imports
            else Text("Nothing was imported yet."),
        )
    return found
