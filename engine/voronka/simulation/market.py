"""The market: clients with their people and tempers, and the days on which they come."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from datetime import date, timedelta
from random import Random

from voronka.definition.fields import Subject
from voronka.definition.workspace import Workspace
from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.commands import CreateParty
from voronka.process.state import Stream, StreamKind
from voronka.runtime.ids import new_id
from voronka.simulation import names
from voronka.simulation.hours import WorkingHours
from voronka.simulation.values import Inventor

__all__ = ["Client", "Market"]

# How many come back with another deal, of those who come.
_RETURNING = 0.25


@frozen
class Client:
    """A company that asks for something. `warmth`: how often a call reaches somebody, 0 to 1; `pace`: how long its
    decisions take, 1 being usual. `contacts`: its people, ids as 32 hex digits, the one who asks first.
    """

    account: str
    contacts: tuple[str, ...]
    warmth: float
    pace: float
    known: Mapping[str, Value | None] = field(default_factory=dict)


class Market:
    """Makes clients up. Arrivals follow the working calendar, with a season of one wave a year."""

    def __init__(self, workspace: Workspace, hours: WorkingHours, inventor: Inventor, random: Random) -> None:
        self._workspace = workspace
        self._hours = hours
        self._inventor = inventor
        self._random = random
        self._companies = names.companies(workspace.locale, random)
        self._people = names.people(workspace.locale, random)
        self._clients: list[Client] = []

    def arrivals(self, first: date, days: int, count: int) -> list[int]:
        """Return `count` moments within so many days from `first`, in order, more of them in the busy season."""
        slots: list[int] = []
        weights: list[float] = []
        for number in range(days):
            season = 1.0 + 0.35 * math.sin(2 * math.pi * number / 365)
            for hour in self._hours.on(first + timedelta(days=number)):
                slots.append(hour)
                weights.append(season)
        return sorted(self._random.choices(slots, weights, k=count)) if slots else []

    def client(self, now: int) -> tuple[Client, list[tuple[Stream, CreateParty]]]:
        """Return who comes now, with the commands that make his company and people known; none for a known one."""
        if self._clients and self._random.random() < _RETURNING:
            return self._random.choice(self._clients), []
        account = Stream(StreamKind.ACCOUNT, new_id(now, self._random.randbytes))
        known = self._fields(Subject.ACCOUNTS, now)
        made = [(account, CreateParty(fields={"name": next(self._companies), **known}))]
        contacts = []
        for _ in range(self._random.choice([1, 2, 2, 3])):
            made.append(self.person(account.id.hex(), now))
            contacts.append(made[-1][0].id.hex())
        client = Client(
            account=account.id.hex(),
            contacts=tuple(contacts),
            warmth=self._random.betavariate(4, 3),
            pace=self._random.lognormvariate(0, 0.35),
            known={f"account.{name}": value for name, value in known.items()},
        )
        self._clients.append(client)
        return client, made

    def person(self, account: str, now: int) -> tuple[Stream, CreateParty]:
        """Return one more person of an account, with the command that makes this person known."""
        contact = Stream(StreamKind.CONTACT, new_id(now, self._random.randbytes))
        fields: dict[str, Value] = {"name": next(self._people), "account": account, "status": "lead"}
        fields |= {"email": self._inventor.address(), "locale": self._workspace.locale}
        return contact, CreateParty(fields=fields | self._fields(Subject.CONTACTS, now))

    def _fields(self, subject: Subject, now: int) -> dict[str, Value]:
        """Return declared fields with values; what nobody knows yet is left out."""
        found = {}
        for name, declared in self._workspace.fields.get(subject, {}).items():
            if declared.formula is None and self._random.random() < 0.7:
                value = self._inventor.value(declared, now)
                if value is not None:
                    found[name] = value
        return found
