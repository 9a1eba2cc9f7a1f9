"""Somebody leaves: open deals, tasks and accounts go to others, and what those have to know is put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from voronka.calendars import date_of
from voronka.definition.absence import FOREVER, gone
from voronka.definition.fields import Subject
from voronka.definition.people import User
from voronka.definition.rights import owners_of_deal
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.errors import UsageFault, VoronkaError
from voronka.messages import Text
from voronka.process.commands import Command, Envelope, HandOver, LeaveUser, SetAbsence, SetParty
from voronka.process.provenance import fresh_since
from voronka.process.state import DealState, Held, PartyState, Stream, StreamKind
from voronka.process.successors import left, successor
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.engine import Engine
from voronka.runtime.local import LocalClient, Work
from voronka.runtime.people import check_leads, colleague
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.deals import head, parties_of
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.tasks import open_tasks
from voronka.runtime.viewer import Viewer, viewer_of
from voronka.runtime.words import Json, words
from voronka.storage import WORKSPACE, DealFilter, UnitOfWork
from voronka.storage.tables import deals, tasks

__all__ = ["LEAVING"]

_SOURCE = "people"
_PARTIES = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}


class HandoverRefusedError(VoronkaError):
    """Something cannot be handed over; nothing was changed."""

    exit_code = 4


class _Rehearsed(Exception):  # noqa: N818 - takes back what was only to be tried
    pass


def _leave(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Hand over what a user has: parameters user, to (else as the routing says), dry_run, actor."""
    engine = client.engine
    actor, user = actor_of(engine.workspace, params), colleague(client, params, "user")
    to = colleague(client, params, "to") if params.get("to") is not None else None
    if to == user:
        raise UsageFault(Text("Nobody can hand over to oneself."), Text("Name another user."), place="to")

    def write(work: UnitOfWork) -> Json:
        viewer = viewer_of(work, engine.workspace, actor, engine.clock.now())
        check_leads(client, viewer, user)
        now = engine.clock.now()
        if to is not None and gone(engine.workspace, work.absences(), to, now):
            failure = left(engine.workspace, work.absences(), to, now, gate="to")
            raise UsageFault(failure.reason, failure.unblock, place="to")
        report: Json = {}
        try:
            with work.part():
                report = _Leaving(engine, work, viewer, user, to).carry_out()
                if params.get("dry_run") is True:
                    raise _Rehearsed
        except _Rehearsed:
            return {**report, "dry_run": True}
        return report

    report = engine.write(write, alone=True)
    engine.ring()
    return report


LEAVING: Mapping[str, Work] = {"people.leave": _leave}
"""What is done when somebody leaves."""


class _Leaving:
    """One leave, within one unit of work."""

    def __init__(self, engine: Engine, work: UnitOfWork, viewer: Viewer, user: str, to: str | None) -> None:
        self._engine = engine
        self._work = work
        self._viewer = viewer
        self._user = user
        self._to = to

    def carry_out(self) -> Json:
        now, workspace = self._engine.clock.now(), self._engine.workspace
        # Away from now on: no rule gives anything to them any more.
        today = date_of(now, workspace.timezone).isoformat()
        absent = self._do(WORKSPACE, SetAbsence(user=self._user, start=today, end=FOREVER))
        own = self._work.deal_ids(DealFilter(owner=self._user, open=True))
        open_ = self._tasks()
        for deal in dict.fromkeys([*own, *open_]):
            self._do(Stream(StreamKind.DEAL, deal), HandOver(user=self._user, to=self._to))
        accounts = self._accounts()
        counts = {"deals": len(own), "tasks": sum(open_.values()), "accounts": len(accounts)}
        if absent or any(counts.values()):
            self._do(WORKSPACE, LeaveUser(user=self._user, to=self._to, **counts))
        return {
            "user": self._user,
            "to": self._to,
            "heir": successor(workspace, self._work.absences(), self._user, now),
            **counts,
            "account_names": accounts,
            "pack": self._pack(own, now),
            "dry_run": False,
        }

    def _tasks(self) -> dict[bytes, int]:
        """Return how many open tasks the user has, by deal."""
        query = select(tasks.c.deal).join(deals, deals.c.id == tasks.c.deal)
        query = query.where(tasks.c.assignee == self._user, tasks.c.done_at.is_(None), deals.c.hidden.is_(False))
        found: dict[bytes, int] = {}
        for deal in self._work.execute(query.order_by(deals.c.number)).scalars():
            found[deal] = found.get(deal, 0) + 1
        return found

    def _accounts(self) -> list[str]:
        """Give the user's accounts to who is named, else to whom they reported or who follows that; return their names.

        Raises `HandoverRefusedError` if there are some and that is nobody.
        """
        user = self._engine.workspace.people[self._user]
        heir = self._to or self._above(user)
        found = self._work.found_by(StreamKind.ACCOUNT, "owner", [self._user]).get(self._user, [])
        if found and heir is None:
            raise HandoverRefusedError(
                Text(
                    "{user} reports to nobody who could get their accounts ({count}).",
                    user=user.label,
                    count=len(found),
                ),
                Text("Name who gets them (--to), or write “reports_to” of the user."),
            )
        for account in found:
            self._do(Stream(StreamKind.ACCOUNT, account), SetParty(values={"owner": heir}))
        named = self._work.parties(Stream(StreamKind.ACCOUNT, account) for account in found)
        return sorted(str(state.fields.get("name", stream.id.hex())) for stream, state in named.items())

    def _above(self, user: User) -> str | None:
        absences, now = self._work.absences(), self._engine.clock.now()
        if user.reports_to is None or not gone(self._engine.workspace, absences, user.reports_to, now):
            return user.reports_to
        return successor(self._engine.workspace, absences, user.reports_to, now)

    def _pack(self, handed: list[bytes], now: int) -> list[Json]:
        """Return what whoever gets a deal has to know of it: where it stands, what is next, what is out of date."""
        asked = Asked(reader=self._work, workspace=self._engine.workspace, now=now, params={}, viewer=self._viewer)
        shown = Shown(self._work, asked.workspace, self._viewer.rights)
        states = self._work.deals(handed)
        parties = self._work.parties(party for state in states.values() for party in parties_of(state))
        shown.load(parties)
        return [
            {
                **head(shown, state),
                "fields": shown.fields(Subject.DEALS, _amount(state), owners_of_deal(state.owner)),
                "tasks": open_tasks(asked, shown, state.id),
                "stale": self._stale(Subject.DEALS, state, now)
                + [
                    each
                    for party in parties_of(state)
                    if party in parties
                    for each in self._stale(_PARTIES[party.kind], parties[party], now)
                ],
            }
            for state in sorted(states.values(), key=lambda state: state.number)
        ]

    def _stale(self, subject: Subject, record: DealState | PartyState, now: int) -> list[Json]:
        """Return the fields whose values are older than their time to live."""
        workspace = self._engine.workspace
        fields = {**BUILT_IN_FIELDS[subject], **workspace.fields.get(subject, {})}
        found = []
        for name in record.fields:
            field = fields.get(name)
            since = None if field is None else fresh_since(field, workspace, now)
            if field is not None and since is not None and record.known_at.get(name, 0) < since:
                found.append({"field": name, "label": words(field.label), "known_at": record.known_at.get(name)})
        return found

    def _do(self, stream: Stream, command: Command) -> bool:
        """Carry out a command; tell whether anything changed."""
        envelope = Envelope(command=command, stream=stream, actor=self._viewer.actor, source=_SOURCE)
        answers, entries = self._engine.perform(self._work, [envelope])
        for answer in answers:
            if answer.refusal is not None:
                failure = answer.refusal.failures[0]
                raise HandoverRefusedError(failure.reason, failure.unblock or Text("Nothing was changed."))
        return bool(entries)


def _amount(deal: DealState) -> dict[str, Held | None]:
    return {name: value for name, value in deal.fields.items() if name == "amount"}
