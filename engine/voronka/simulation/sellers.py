"""How sellers work: they call, write down answers, do their tasks, and move deals through the gates.

A careful seller fills in what the gates on the way ask for before he moves a deal. Another one tries, reads why he was
refused, and makes it good. What the gates ask for is read off the definition; a condition is made to hold by what it
reads: fields, rows of a collection, an answer of the client, a talk with a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from voronka.definition.catalogs import LINES
from voronka.definition.fields import Collection, Field, FieldType
from voronka.definition.funnels import Check, Outcome, Trigger, Variant
from voronka.definition.timed import AnchorKind
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression, Value
from voronka.expressions.ledger import LEDGER
from voronka.frozen import frozen
from voronka.process.commands import Command, CompleteTask, LogInteraction, MoveDeal, PutRow, SetFields, TickItem
from voronka.process.plan import FunnelPlan, GatePlan
from voronka.process.state import DealState, Stream, StreamKind
from voronka.process.step import Row
from voronka.simulation.course import Course, Courses, Intent, appointments
from voronka.simulation.hours import WorkingHours
from voronka.simulation.staff import Staff
from voronka.simulation.values import Inventor, constants, equal_columns

__all__ = ["NOBODY", "Rows", "Sellers", "Turn"]

Rows = Callable[[Stream, str], Mapping[str, Row]]
"""Gives the rows of a record's collection, by key."""

NOBODY = "local"
"""Who acts for a deal without an owner: somebody without a role."""

# Why a head of sales lifts a condition.
_REASONS = {"ru": "Клиент известен, отвечаю сам", "en": "I know the client and answer for it"}
_CAREFUL = 0.5
_FORGOTTEN = 0.2
_ASKING_LEAVE = 0.5
_BY_ITSELF = 0.5
_PATIENCE = 6
_CALLS_INTO_SILENCE = 4
_ROWS = 12
_DAY = 9


@frozen
class Turn:
    """What is done about a deal in one hour: who does what, and the next hours at which something is to happen.

    `replies`: when the client answers.
    """

    actor: str
    commands: tuple[Command, ...]
    again: int | None
    replies: tuple[int, ...] = ()


class Sellers:
    """Decides what sellers do. Reads the definition and the deal as it stands; `random` decides the rest."""

    def __init__(
        self, workspace: Workspace, staff: Staff, hours: WorkingHours, inventor: Inventor, random: Random
    ) -> None:
        self.staff = staff
        self.hours = hours
        self.inventor = inventor
        self.random = random
        self._courses = Courses(workspace, hours, random)
        self.people = workspace.people
        self.reason = _REASONS.get(workspace.locale, _REASONS["en"])
        self._asked: dict[int, frozenset[str]] = {}
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

    def reply(self, course: Course, state: DealState) -> Turn:
        """Return the client's answer, as his seller writes it down."""
        return Turn(actor=self.owner(state), commands=(self.answer(course),), again=None)

    def turn(self, course: Course, state: DealState, plan: FunnelPlan, rows: Rows, now: int) -> Turn:
        """Return what the seller does about an open deal now."""
        if course.visit != state.visit:
            self._courses.enter(course, state, plan, now)
        work = _Work(self, course, state, plan, rows, now)
        work.tasks()
        if now < course.ready:
            work.call()
        elif course.intent is Intent.SILENT:
            work.wait_for_the_silent()
        elif course.intent is Intent.LOST:
            work.lose()
        else:
            work.move()
        return Turn(
            actor=work.actor,
            commands=tuple(work.commands),
            again=work.again,
            replies=tuple(work.replies),
        )

    def first_fields(self, course: Course, plan: FunnelPlan, now: int) -> dict[str, Value]:
        """Return what is known of a deal when it is opened: what leads out of its first stage, and its variant."""
        names = [*plan.variant(None).first.stage.leave.require] if self.random.random() < _CAREFUL else []
        if plan.funnel.variant_by is not None:
            names.append(plan.funnel.variant_by)
        found = {name: self.invent(course, plan, name, now) for name in dict.fromkeys(names)}
        return {name: value for name, value in found.items() if value is not None}

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

    def asked(self, variant: Variant) -> frozenset[str]:
        """Return the fields of a variant that are filled in when they are asked for, and not before."""
        found = self._asked.get(id(variant))
        if found is None:
            found = self._asked[id(variant)] = _asked(variant)
        return found

    def owner(self, state: DealState) -> str:
        """Return who acts for a deal."""
        return state.owner if state.owner is not None and state.owner in self.people else NOBODY

    def answer(self, course: Course) -> LogInteraction:
        """Return an answer of the client."""
        kind = self.random.choice(["call", "email"])
        values = {"kind": kind, "direction": "in", "outcome": "connected", "contact": course.client.contacts[0]}
        return LogInteraction(values=values)


class _Work:
    """One turn being put together."""

    def __init__(
        self, sellers: Sellers, course: Course, state: DealState, plan: FunnelPlan, rows: Rows, now: int
    ) -> None:
        self.actor = sellers.owner(state)
        self.commands: list[Command] = []
        self.again: int | None = None
        self.replies: list[int] = []
        self._sellers = sellers
        self._random = sellers.random
        self._hours = sellers.hours
        self._course = course
        self._state = state
        self._plan = plan
        self._rows = rows
        self._now = now
        self._variant = plan.variant(state.case)
        self._stage = self._variant.stages[state.stage]

    def tasks(self) -> None:
        """Do the open tasks, save some that are forgotten until the next turn."""
        self.commands += [CompleteTask(task=key) for key in self._state.tasks if self._random.random() > _FORGOTTEN]

    def call(self) -> None:
        """Call the client before he is ready, and come back in a day or two."""
        course = self._course
        silent = course.intent is Intent.SILENT
        reached = not silent and self._random.random() < course.client.warmth
        self._log("call", "connected" if reached else "no_answer", course.client.contacts[0])
        if not reached and not silent and self._random.random() < course.client.warmth:
            self.replies.append(self._hours.later(self._now, 1 + int(self._random.expovariate(1 / 6))))
        course.touches += 1
        self._learn()
        soon = self._hours.later(self._now, self._random.randint(_DAY, 3 * _DAY))
        self.again = min(soon, course.ready) if course.ready > self._now else soon

    def wait_for_the_silent(self) -> None:
        """Call a few times more; then leave the deal to the clock if it closes such deals itself, else give it up."""
        course = self._course
        if course.touches < _CALLS_INTO_SILENCE:
            self.call()
        elif any(
            way.trigger is Trigger.AFTER
            for way in self._variant.variant.transitions.values()
            if self._leads_out(way.source, way.target)
        ):
            return
        else:
            self.lose()

    def lose(self) -> None:
        """Close the deal as lost."""
        lost = [name for name, way in self._stage.ways.items() if self._outcome(way.target) is Outcome.LOST]
        if lost:
            self._course.target = lost[0]
            self.move()

    def move(self) -> None:
        """Try to move the deal on, or make good what the last try was refused for."""
        course, target = self._course, self._course.target
        way = self._stage.ways.get(target)
        if way is None or course.attempts > _PATIENCE:
            if course.intent is Intent.LOST or course.attempts > 2 * _PATIENCE:
                return
            course.intent = Intent.LOST
            self.again = self._hours.later(self._now, _DAY)
            return
        gates = self._stage.route(way, self._variant.stages[target]).gates
        if self._let_it_go_by_itself(target, gates):
            return
        prepared = bool(course.stopped) or self._random.random() < _CAREFUL
        values: dict[str, Value | None] = {}
        override = None
        if prepared:
            values = self._prepare(gates)
            override = self._leave_of_the_head(gates)
        actor = self._sellers.people.get(self.actor)
        if way.by and (actor is None or actor.role not in way.by):
            self.actor = self._sellers.staff.holder(way.by) or self.actor
        self.commands.append(MoveDeal(to=target, set=values, override=override))
        self.again = self._hours.later(self._now, self._random.randint(1, _DAY))

    def _let_it_go_by_itself(self, target: str, gates: tuple[GatePlan, ...]) -> bool:
        """Fill in what an automatic move to the same stage waits for, in half of the cases where there is one."""
        for way in self._stage.automatic:
            if way.target == target and way.when is not None and self._random.random() < _BY_ITSELF:
                values = self._prepare(gates)
                found = self._sellers.satisfying(way.when, self._plan, self._values() | values, self._now)
                if found:
                    self.commands.append(SetFields(values=values | found))
                    self.again = self._hours.later(self._now, 1)
                    return True
        return False

    def _prepare(self, gates: tuple[GatePlan, ...]) -> dict[str, Value | None]:
        """Tick, ask, count and call until the gates have nothing to say; return what the move is to set."""
        values: dict[str, Value | None] = {}
        for gate in gates:
            for name, _, _ in gate.requires:
                if self._known(name) is None:
                    values[name] = self._sellers.invent(self._course, self._plan, name, self._now)
            for place, item in gate.items:
                if place not in self._state.ticks:
                    evidence = None if item.evidence is None else "https://files.example/evidence"
                    self.commands.append(TickItem(item=place, evidence=evidence))
        for gate in gates:
            for check in gate.checks:
                self._meet(check, values)
        return {name: value for name, value in values.items() if value is not None or self._known(name) is not None}

    def _meet(self, check: Check, values: dict[str, Value | None]) -> None:
        """Make a condition hold, by what it reads."""
        reads = check.when.reads
        if not reads.collections:
            found = self._sellers.satisfying(check.when, self._plan, self._values() | values, self._now)
            if found:
                values.update(found)
            if found is not None:
                return
        if reads.names & {"replied", "last_interaction_at"} and not self._state.replied:
            self.commands.append(self._sellers.answer(self._course))
        if "contacted" in reads.names and not self._state.contacted:
            self._log("call", "connected", self._course.client.contacts[0])
        people = [person for name in sorted(reads.collections - {LEDGER}) for person in self._fill(name, check)]
        if LEDGER in reads.collections:
            for person in people or self._people_of(reads.names, values):
                self._log("meeting", "connected", person)

    def _fill(self, name: str, check: Check) -> list[str]:
        """Put rows into a collection until it has as many as the condition speaks of; of what is offered, a line.

        Return the people that the condition may ask to be talked to.
        """
        line = self._sellers.inventor.line() if name == LINES else None
        if line is not None:
            self.commands.append(PutRow(collection=LINES, values=line))
        elif name in self._plan.collections:
            collection = self._plan.collections[name]
            if collection.key is not None and collection.fields[collection.key].type is FieldType.CONTACT:
                return [self._put_person(collection, collection.key, check)]
            self._put_rows(collection, check)
        return []

    def _put_person(self, collection: Collection, key: str, check: Check) -> str:
        """Put one of the client's people into a row as the condition asks for, unless somebody stands there so."""
        there = self._rows(Stream(StreamKind.DEAL, self._state.id), collection.name)
        wanted = {name: value for name, value in equal_columns(check.when).items() if name in collection.fields}
        fitting = [person for person, row in there.items() if row.items() >= wanted.items()]
        if fitting:
            return fitting[0]
        contacts = self._course.client.contacts
        person = next((each for each in contacts if each not in there), contacts[0])
        row = {name: self._cell(field) for name, field in collection.fields.items()}
        self.commands.append(PutRow(collection=collection.name, values={**row, **wanted, key: person}))
        return person

    def _put_rows(self, collection: Collection, check: Check) -> None:
        stream = Stream(StreamKind.DEAL, self._state.id)
        there = self._rows(stream, collection.name)
        wanted = max([1, *(one for one in constants(check.when) if isinstance(one, int) and one <= _ROWS)])
        key = None if collection.key is None else collection.fields[collection.key]
        free: list[Value | None] = [None] * wanted
        if key is not None and key.options:
            # Rows that are there come first: they may lack what the condition asks of them.
            options: list[Value | None] = [*there, *(option for option in key.options if option not in there)]
            free = options[:wanted]
        for chosen in free:
            row = {name: self._cell(field) for name, field in collection.fields.items()}
            if key is not None and chosen is not None:
                row[key.name] = chosen
            self.commands.append(PutRow(collection=collection.name, values=row))

    def _cell(self, field: Field) -> Value | None:
        if field.type is FieldType.BOOL:
            return True
        client = self._course.client
        return self._sellers.inventor.value(field, self._now, contacts=client.contacts, account=client.account)

    def _leave_of_the_head(self, gates: tuple[GatePlan, ...]) -> str | None:
        """Ask whoever may lift what stopped the deal to move it himself, if it was not the first refusal."""
        course = self._course
        if course.attempts < 2 or self._random.random() > _ASKING_LEAVE:
            return None
        stopping = [check for gate in gates for check in gate.checks if check.name in course.stopped]
        holder = self._sellers.staff.holder(stopping[0].override_by) if stopping else None
        if holder is None:
            return None
        self.actor = holder
        return self._sellers.reason

    def _learn(self) -> None:
        """Write down now and then what the client said in passing: fields that no gate asks for."""
        if self._random.random() > 0.15:
            return
        asked = self._sellers.asked(self._variant.variant)
        open_fields = [
            name
            for name, field in sorted(self._plan.fields.items())
            if name not in asked
            and field.formula is None
            and field.type not in (FieldType.USER, FieldType.ACCOUNT)
            and name not in ("contact", "buyer_step", self._plan.funnel.variant_by)
            and self._known(name) is None
        ]
        if open_fields:
            name = self._random.choice(open_fields)
            value = self._sellers.invent(self._course, self._plan, name, self._now)
            if value is not None:
                self.commands.append(SetFields(values={name: value}))

    def _log(self, kind: str, outcome: str, contact: str) -> None:
        values = {"kind": kind, "direction": "out", "outcome": outcome, "contact": contact}
        self.commands.append(LogInteraction(values=values))

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

    def _outcome(self, stage: str) -> Outcome | None:
        return self._variant.stages[stage].stage.outcome

    def _leads_out(self, source: str, target: str) -> bool:
        return source == self._state.stage and self._outcome(target) is not None


def _asked(variant: Variant) -> frozenset[str]:
    """Return the fields that a gate asks for or an automatic move waits for: they are not filled in by the way."""
    gates = [gate for stage in variant.stages.values() for gate in (stage.enter, stage.leave)]
    gates += [way.gate for way in variant.transitions.values()]
    asked = {name for gate in gates for name in gate.require}
    for way in variant.transitions.values():
        if way.trigger is Trigger.AUTO and way.when is not None:
            asked |= way.when.reads.names
        asked |= way.set.keys()
    return frozenset(asked)
