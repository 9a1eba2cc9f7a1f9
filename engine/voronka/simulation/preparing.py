"""How a seller makes good what gates ask for: fields, ticks, rows, talks with the client's people.

What the gates ask for is read off the definition; a condition is made to hold by what it reads: fields, rows of a
collection, an answer of the client, a talk with a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from voronka.definition.catalogs import LINES
from voronka.definition.fields import Collection, Field, FieldType
from voronka.definition.funnels import Check
from voronka.definition.timed import AnchorKind
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression, Value
from voronka.expressions.ledger import LEDGER
from voronka.process.commands import Command, CreateParty, LogInteraction, PutRow, TickItem
from voronka.process.plan import FunnelPlan, GatePlan
from voronka.process.state import DealState, Stream, StreamKind
from voronka.process.step import Row
from voronka.simulation.course import Course, appointments
from voronka.simulation.made_rows import RowMaker
from voronka.simulation.staff import Staff
from voronka.simulation.values import Inventor, equal_columns

__all__ = ["Answers", "Person", "Preparing", "Rows"]

Rows = Callable[[Stream, str], Mapping[str, Row]]
"""Gives the rows of a record's collection, by key."""

Person = Callable[[str, int], tuple[Stream, CreateParty]]
"""Makes one more person of an account (32 hex digits) known at a moment."""


class Answers:
    """What sellers write down of what a client says. `random` decides; `person`: see `Person`."""

    def __init__(self, workspace: Workspace, staff: Staff, inventor: Inventor, person: Person, random: Random) -> None:
        self.staff = staff
        self.inventor = inventor
        self.person = person
        self.random = random
        self._ahead = {
            name: {
                event.anchor.name
                for variant in funnel.variants.values()
                for event in variant.timed.values()
                if event.anchor.kind is AnchorKind.FIELD
            }
            - {
                promised
                for variant in funnel.variants.values()
                if name not in staff.campaigns  # whoever invites many gives them time
                for promised in appointments(variant, workspace)
            }
            for name, funnel in workspace.funnels.items()
        }

    def invent(self, course: Course, plan: FunnelPlan, name: str, now: int) -> Value | None:
        """Make up a value of a deal's field; None for one that cannot be set."""
        field = plan.fields[name]
        if field.formula is not None:
            return None
        if field.type is FieldType.USER:
            return self.random.choice(self.staff.next_sellers(plan.funnel.name) or [None])
        return self.inventor.value(
            field,
            now,
            contacts=course.client.contacts,
            account=course.client.account,
            ahead=name in self._ahead[plan.funnel.name],
        )

    def satisfying(
        self, condition: Expression, plan: FunnelPlan, known: Mapping[str, Value | None], now: int
    ) -> dict[str, Value | None] | None:
        """Return what to set on a deal so that a condition holds; see `Inventor.satisfying`."""
        own = {
            name: field
            for name, field in plan.fields.items()
            if field.formula is None and field.type not in (FieldType.CONTACT, FieldType.ACCOUNT, FieldType.USER)
        }
        return self.inventor.satisfying(condition, own, known, now)

    def answer(self, course: Course) -> LogInteraction:
        """Return an answer of the client."""
        kind = self.random.choice(["call", "email"])
        values = {"kind": kind, "direction": "in", "outcome": "connected", "contact": course.client.contacts[0]}
        return LogInteraction(values=values)


class Preparing:
    """What one turn does so that a deal may go on. `commands`: what is done, in order; `met`: people of the client who
    were not known before.
    """

    def __init__(
        self, answers: Answers, course: Course, state: DealState, plan: FunnelPlan, rows: Rows, now: int
    ) -> None:
        self.commands: list[Command] = []
        self.met: list[tuple[Stream, CreateParty]] = []
        self._answers = answers
        self._random = answers.random
        self._course = course
        self._state = state
        self._plan = plan
        self._rows = rows
        self._now = now

    def prepare(self, gates: tuple[GatePlan, ...]) -> dict[str, Value | None]:
        """Tick, ask, count and call until the gates have nothing to say; return what the move is to set."""
        values: dict[str, Value | None] = {}
        for gate in gates:
            for name, _, _ in gate.requires:
                if self._known(name) is None:
                    values[name] = self._answers.invent(self._course, self._plan, name, self._now)
            for place, item in gate.items:
                if place not in self._state.ticks:
                    evidence = None if item.evidence is None else "https://files.example/evidence"
                    self.commands.append(TickItem(item=place, evidence=evidence))
        checks = [check for gate in gates for check in gate.checks]
        of_rows = [check for check in checks if self._of_rows(check)]
        if of_rows:
            self._put_together(of_rows, values)
        for check in checks:
            if check not in of_rows:
                self._meet(check, values)
        return {name: value for name, value in values.items() if value is not None or self._known(name) is not None}

    def _put_together(self, checks: Sequence[Check], values: dict[str, Value | None]) -> None:
        """Put rows that make these conditions hold together, and what they name."""
        names = sorted(
            {name for check in checks for name in check.when.reads.collections if name in self._plan.collections}
        )
        made = self._maker(values, checks).satisfying(
            [check.when for check in checks], {name: self._plan.collections[name] for name in names}
        )
        if made is not None:
            values.update(made.values)
            self.commands += made.rows

    def _maker(self, values: Mapping[str, Value | None], checks: Sequence[Check]) -> RowMaker:
        known = {**self._values(), **values}
        texts = {
            name: known.get(name) or self._answers.inventor.company()
            for name in sorted({name for check in checks for name in check.when.reads.names})
            if name in self._plan.fields and self._plan.fields[name].type is FieldType.TEXT
        }
        return RowMaker(
            env=self._answers.inventor.env(known, self._now),
            there={name: self._there(name) for check in checks for name in check.when.reads.collections - {LEDGER}},
            texts={name: text for name, text in texts.items() if isinstance(text, str)},
            draw=self._cell,
            random=self._random,
        )

    def _there(self, collection: str) -> Mapping[str, Row]:
        """Return the rows of a collection, as conditions name it."""
        kind, dot, name = collection.rpartition(".")
        if not dot:
            return self._rows(Stream(StreamKind.DEAL, self._state.id), collection)
        party = self._state.account if kind == "account" else self._state.contact
        return {} if party is None else self._rows(Stream(StreamKind(kind), party), name)

    def _of_rows(self, check: Check) -> bool:
        """Tell whether a condition is about rows that can be made up, and about nobody's talks with people."""
        reads = check.when.reads.collections
        return bool(reads) and all(
            name in self._plan.collections and name != LINES and not _of_people(self._plan.collections[name])
            for name in reads
        )

    def _meet(self, check: Check, values: dict[str, Value | None]) -> None:
        """Make a condition hold, by what it reads."""
        reads = check.when.reads
        if not reads.collections:
            found = self._answers.satisfying(check.when, self._plan, self._values() | values, self._now)
            if found:
                values.update(found)
            if found is not None:
                return
        if reads.names & {"replied", "last_interaction_at"} and not self._state.replied:
            self.commands.append(self._answers.answer(self._course))
        if "contacted" in reads.names and not self._state.contacted:
            self._log("call", "connected", self._course.client.contacts[0])
        people = [person for name in sorted(reads.collections - {LEDGER}) for person in self._fill(name, check, values)]
        if LEDGER in reads.collections:
            for person in people or self._people_of(reads.names, values):
                self._log("meeting", "connected", person)

    def _fill(self, name: str, check: Check, values: Mapping[str, Value | None]) -> list[str]:
        """Put what the condition speaks of into a collection: people, a line of what is offered, other rows.

        Return the people that the condition may ask to be talked to.
        """
        line = self._answers.inventor.line() if name == LINES else None
        if line is not None:
            self.commands.append(PutRow(collection=LINES, values=line))
        elif name in self._plan.collections:
            collection = self._plan.collections[name]
            if collection.key is not None and _of_people(collection):
                return [self._put_person(collection, collection.key, check)]
            self.commands += self._maker(values, [check]).some(collection, check.when)
        return []

    def _put_person(self, collection: Collection, key: str, check: Check) -> str:
        """Put one of the client's people into a row as the condition asks for, unless somebody stands there so.

        Each person has one row: where all have theirs, the client names another one.
        """
        there = self._there(collection.name)
        put = {
            str(command.values[key]): command.values
            for command in self.commands
            if isinstance(command, PutRow) and command.collection == collection.name
        }
        wanted = {name: value for name, value in equal_columns(check.when).items() if name in collection.fields}
        fitting = [person for person, row in {**there, **put}.items() if row.items() >= wanted.items()]
        if fitting:
            return fitting[0]
        contacts = self._course.client.contacts
        person = next((each for each in contacts if each not in there and each not in put), None) or self._introduce()
        row = {name: self._cell(field) for name, field in collection.fields.items()}
        self.commands.append(PutRow(collection=collection.name, values={**row, **wanted, key: person}))
        return person

    def _introduce(self) -> str:
        """Let the client name one more of his people."""
        client = self._course.client
        person = self._answers.person(client.account, self._now)
        self.met.append(person)
        self._course.client = replace(client, contacts=(*client.contacts, person[0].id.hex()))
        return person[0].id.hex()

    def _cell(self, field: Field) -> Value | None:
        if field.type is FieldType.BOOL:
            return True
        client = self._course.client
        return self._answers.inventor.value(field, self._now, contacts=client.contacts, account=client.account)

    def _people_of(self, names: frozenset[str], values: Mapping[str, Value | None]) -> list[str]:
        """Return the people whom a condition names; the first one if it names none."""
        found = []
        for name in sorted(names):
            field = self._plan.fields.get(name)
            if field is not None and field.type is FieldType.CONTACT:
                held = values.get(name) or self._known(name)
                if isinstance(held, str):
                    found.append(held)
        return found or [self._course.client.contacts[0]]

    def _known(self, name: str) -> object:
        state = self._state
        match name:
            case "owner":
                return state.owner
            case "account":
                return state.account and state.account.hex()
            case "contact":
                return state.contact and state.contact.hex()
            case _:
                return state.fields.get(name)

    def _values(self) -> dict[str, Value | None]:
        state = self._state
        plain = {
            name: value for name, value in state.fields.items() if isinstance(value, (bool, int, float, str, tuple))
        }
        return {
            **self._course.client.known,
            **plain,
            "replied": state.replied,
            "contacted": state.contacted,
            "stage": state.stage,
        }

    def _log(self, kind: str, outcome: str, contact: str) -> None:
        values = {"kind": kind, "direction": "out", "outcome": outcome, "contact": contact}
        self.commands.append(LogInteraction(values=values))


def _of_people(collection: Collection) -> bool:
    """Tell whether a collection has a row for each of the client's people."""
    return collection.key is not None and collection.fields[collection.key].type is FieldType.CONTACT
