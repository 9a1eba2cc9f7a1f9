"""How sellers work: they call, write down answers, do their tasks, and move deals through the gates.

A careful seller fills in what the gates on the way ask for before he moves a deal. Another one tries, reads why he was
refused, and makes it good.
"""

from __future__ import annotations

from random import Random

from voronka.definition.fields import FieldType
from voronka.definition.funnels import Outcome, Trigger, Variant
from voronka.definition.workspace import Workspace
from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.commands import Command, CompleteTask, CreateParty, MoveDeal, SetFields
from voronka.process.plan import FunnelPlan, GatePlan
from voronka.process.state import DealState, Stream
from voronka.simulation.course import Course, Courses, Intent
from voronka.simulation.hours import WorkingHours
from voronka.simulation.preparing import Answers, Person, Preparing, Rows
from voronka.simulation.staff import Staff
from voronka.simulation.values import Inventor

__all__ = ["NOBODY", "Sellers", "Turn"]

NOBODY = "local"
"""Who acts for a deal without an owner: somebody without a role."""

# Why a head of sales lifts a condition.
_REASONS = {"ru": "Клиент известен, отвечаю сам", "en": "I know the client and answer for it"}
_CAREFUL = 0.5
_FORGOTTEN = 0.2
_AHEAD = 5 * 9  # working hours by which a task is done before it is due
_ASKING_LEAVE = 0.5
_BY_ITSELF = 0.5
_PATIENCE = 6
_CALLS_INTO_SILENCE = 4
_DAY = 9


@frozen
class Turn:
    """What is done about a deal in one hour: who does what, and the next hours at which something is to happen.

    `replies`: when the client answers. `met`: people of the client who were not known before.
    """

    actor: str
    commands: tuple[Command, ...]
    again: int | None
    replies: tuple[int, ...] = ()
    met: tuple[tuple[Stream, CreateParty], ...] = ()


class Sellers(Answers):
    """Decides what sellers do. Reads the definition and the deal as it stands; `random` decides the rest."""

    def __init__(
        self,
        workspace: Workspace,
        staff: Staff,
        hours: WorkingHours,
        inventor: Inventor,
        person: Person,
        random: Random,
    ) -> None:
        super().__init__(workspace, staff, inventor, person, random)
        self.hours = hours
        self._courses = Courses(workspace, hours, random)
        self.people = workspace.people
        self.reason = _REASONS.get(workspace.locale, _REASONS["en"])
        self._asked: dict[int, frozenset[str]] = {}

    def reply(self, course: Course, state: DealState) -> Turn:
        """Return the client's answer, as his seller writes it down."""
        return Turn(actor=self.owner(state), commands=(self.answer(course),), again=None)

    def clear(self, state: DealState) -> Turn:
        """Return what the seller does about a deal that is over: its open tasks."""
        return Turn(actor=self.owner(state), commands=tuple(CompleteTask(task=key) for key in state.tasks), again=None)

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
            met=tuple(work.met),
        )

    def first_fields(self, course: Course, plan: FunnelPlan, now: int) -> dict[str, Value]:
        """Return what is known of a deal when it is opened: what leads out of its first stage, and its variant."""
        names = [*plan.variant(None).first.stage.leave.require] if self.random.random() < _CAREFUL else []
        if plan.funnel.variant_by is not None:
            names.append(plan.funnel.variant_by)
        found = {name: self.invent(course, plan, name, now) for name in dict.fromkeys(names)}
        return {name: value for name, value in found.items() if value is not None}

    def asked(self, variant: Variant) -> frozenset[str]:
        """Return the fields of a variant that are filled in when they are asked for, and not before."""
        found = self._asked.get(id(variant))
        if found is None:
            found = self._asked[id(variant)] = _asked(variant)
        return found

    def owner(self, state: DealState) -> str:
        """Return who acts for a deal."""
        return state.owner if state.owner is not None and state.owner in self.people else NOBODY


class _Work(Preparing):
    """One turn being put together."""

    def __init__(
        self, sellers: Sellers, course: Course, state: DealState, plan: FunnelPlan, rows: Rows, now: int
    ) -> None:
        super().__init__(sellers, course, state, plan, rows, now)
        self.actor = sellers.owner(state)
        self.again: int | None = None
        self.replies: list[int] = []
        self._sellers = sellers
        self._hours = sellers.hours
        self._variant = plan.variant(state.case)
        self._stage = self._variant.stages[state.stage]

    def tasks(self) -> None:
        """Do the open tasks that are due about now, save some that are forgotten until the next turn."""
        soon = self._hours.later(self._now, _AHEAD)
        self.commands += [
            CompleteTask(task=key)
            for key, due in self._state.tasks.items()
            if (due is None or due <= soon) and self._random.random() > _FORGOTTEN
        ]

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
        """Call a few times more; then give the deal up, or only do its tasks if the clock closes such deals itself."""
        course = self._course
        if course.touches < _CALLS_INTO_SILENCE:
            self.call()
        elif any(
            way.trigger is Trigger.AFTER
            for way in self._variant.variant.transitions.values()
            if self._leads_out(way.source, way.target)
        ):
            self.again = self._hours.later(self._now, self._random.randint(2 * _DAY, 5 * _DAY))
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
            values = self.prepare(gates)
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
                values = self.prepare(gates)
                found = self._sellers.satisfying(way.when, self._plan, self._values() | values, self._now)
                if found:
                    self.commands.append(SetFields(values=values | found))
                    self.again = self._hours.later(self._now, 1)
                    return True
        return False

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
