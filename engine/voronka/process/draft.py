"""The decision in the making: events gathered over a deal that evolves with each of them."""

# ruff: noqa: ANN401 - a name stands for whatever value it has

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voronka.definition.actions import MoveAction
from voronka.definition.workspace import Workspace
from voronka.expressions import Env, Expression
from voronka.frozen import frozen, maker
from voronka.process.commands import Chain
from voronka.process.environment import Stays, Subject, SubjectRows
from voronka.process.events import Event
from voronka.process.evolve import APPLY, DealBuilder
from voronka.process.plan import FunnelPlan, StagePlan, VariantPlan, WorkspacePlan
from voronka.process.refusals import CHAIN_LIMIT, chain_too_long
from voronka.process.rule_index import RULE, RuleTurns
from voronka.process.state import DealState, Held, Stream
from voronka.process.step import Facts, Judgement, Link, Moment, Row

__all__ = ["Checkpoint", "Consequence", "Draft"]


@frozen(kw_only=False)
class Consequence:
    """What follows from what has happened: an action's move, or the name of an automatic transition to be tried.

    `label` names it in the chain and as a cause; `led`: the labels that led to it, first to last.
    """

    label: str
    what: MoveAction | str
    led: tuple[str, ...] = ()


@frozen
class Checkpoint:
    """Where a draft can go back to."""

    deal: DealBuilder | DealState
    events: int
    n: int
    scanned: int
    queue: tuple[Consequence | RuleTurns, ...]
    links: int
    link: tuple[str, int]


_NO_ROW: Row = {}
_env, _judgement, _link, _checkpoint = maker(Env), maker(Judgement), maker(Link), maker(Checkpoint)


class Draft:
    """A deal, what has been decided about it so far, and why.

    `events` and `links` are what the step will hold. `queue`: consequences that wait for their turn, breadth first.
    `acting`: the consequence whose doing the latest events are. `moving`: between leaving a stage and entering the
    next. `opened`: what the deal held as it opened others, by their ids. `told`: names that the command says have
    changed. `muted`: the links of the chain that led to the command; its rules are not triggered again. `path`: how the
    command led to what is done now, first to last; `trail`: all that it has brought about so far.
    """

    __slots__ = (
        "_case",
        "_env",
        "_env_before",
        "_judgements",
        "_link",
        "_old",
        "_stage",
        "_variant",
        "acting",
        "at",
        "base",
        "deal",
        "events",
        "facts",
        "funnel",
        "links",
        "moment",
        "moving",
        "muted",
        "n",
        "names",
        "now",
        "opened",
        "path",
        "plan",
        "queue",
        "read",
        "rows",
        "scanned",
        "seq",
        "steps",
        "told",
        "trail",
        "workspace",
    )

    def __init__(
        self,
        plan: WorkspacePlan,
        funnel: FunnelPlan,
        facts: Facts,
        moment: Moment,
        old: Mapping[str, Any] | None = None,
    ) -> None:
        self.plan = plan
        self.workspace: Workspace = plan.workspace
        self.funnel = funnel
        self.facts = facts
        self.moment = moment
        self.now = moment.now
        self.at = min(moment.occurred_at, moment.now)
        self.base: DealState | None = facts.deal
        self.deal = DealBuilder(facts.deal)
        self.seq = self.deal.seq + 1
        self.events: list[Event] = []
        self.n = 0
        self.read: dict[Stream, int] = {}
        self.queue: deque[Consequence | RuleTurns] = deque()
        self.steps = moment.chain.step
        self.trail: list[str] = []
        self.path: tuple[str, ...] = ()
        self.scanned = 0
        self.acting = ""
        self.opened: dict[bytes, Mapping[str, Held]] = {}
        self.told: frozenset[str] = frozenset()
        self.moving = False
        # A rule does not trigger itself through other records either: one deal's change may reach many, and so on.
        self.muted: tuple[str, ...] = moment.chain.links
        self.names = Subject(self.deal, facts, self.workspace, moment.now, self.read)
        self.rows = SubjectRows(self.deal, facts, self.events, self.seq)
        self._old = old
        self._env: Env | None = None
        self._env_before: Env | None = None
        self._variant: VariantPlan | None = None
        self._case: str | None = None
        self._stage: StagePlan | None = None
        self.links: list[Link] = []
        self._judgements: list[Judgement] = []
        self._link = (moment.actor, 0)

    def env(self, expression: Expression) -> Env:
        """Return the deal as an expression sees it, always up to date; with what was before, if it asks for that."""
        env = self._env
        if env is None:
            env = self._env = self.environment(self.now)
        if not expression.reads.previous or self.base is None:  # of a deal that is being created nothing has changed
            return env
        if self._env_before is None:
            before = Subject(self.base, self.facts, self.workspace, self.now, self.read)
            self._env_before = self.environment(self.now, _Previous(before, self._old) if self._old else before)
        return self._env_before

    def environment(self, now: int, previous: Mapping[str, Any] | None = None, row: Row = _NO_ROW) -> Env:
        """Return the deal as expressions see it at the moment `now`; `previous`: its names before the command;
        `row`: that of which something is asked.
        """
        same = now == self.now
        return _env(
            values=self.names if same else Subject(self.deal, self.facts, self.workspace, now, self.read),
            now=now,
            zone=self.workspace.timezone,
            calendar=self.workspace.calendar,
            rows=self.rows,  # type: ignore[arg-type] # a VaultRef there is only asked for being
            previous=previous,
            visits=Stays(self.deal),
            row=row,  # type: ignore[arg-type] # likewise
        )

    @contextmanager
    def at_time(self, now: int) -> Iterator[None]:
        """Judge as of another moment, and leave no judgements: the past of an imported deal is counted, not told."""
        told = len(self._judgements)
        self._env, present = self.environment(now), self._env
        try:
            yield
        finally:
            self._env = present
            del self._judgements[told:]

    # What is decided

    def add(self, event: Event) -> None:
        """Decide that `event` happens."""
        APPLY[type(event)](self.deal, event)
        self.events.append(event)

    def child(self) -> int:
        """Return the next number of a child of this entry: a task, an effect, an interaction, a queued command."""
        self.n += 1
        return self.n

    def because(self, by: str) -> None:
        """Go on with another cause: what follows happens because of `by`."""
        self.close_link()
        self._link = (by, len(self.events))

    @property
    def cause(self) -> str:
        """The present cause."""
        return self._link[0]

    def close_link(self) -> None:
        """End the present cause; one without events and conditions leaves nothing."""
        by, first = self._link
        if self._judgements or len(self.events) > first:
            self.links.append(_link(by=by, first=first, judgements=tuple(self._judgements)))
            self._judgements = []

    def explain_again(self, other: Draft) -> None:
        """Take over the judgements of another draft of the same command, which came to nothing."""
        other.close_link()
        self._judgements = [judgement for link in other.links for judgement in link.judgements]

    def by_itself(self, what: str) -> str:
        """Return how automation is named as a cause: with its release."""
        return what + self.plan.at_release

    # What is judged

    def judge(self, name: str, expression: Expression, row: Row | None = None, of: str | None = None) -> bool | None:
        """Return whether a condition holds, and remember the judgement with the values read.

        `row`: that of the collection `of` of which it is asked.
        """
        env = self.env(expression) if row is None else self.environment(self.now, row=row)
        result: bool | None = expression.evaluate(env)  # type: ignore[assignment] # a condition
        self._judgements.append(
            _judgement(name=name, text=expression.text, result=result, values=expression.leaves(env), of=of)
        )
        return result

    def judged(self, judgement: Judgement) -> None:
        """Remember a judgement that needed no expression, once a cause."""
        if judgement not in self._judgements:
            self._judgements.append(judgement)

    def value(self, name: str) -> Any:
        """Return the value of a name, computed fields included; None if it is missing."""
        formula = self.funnel.formulas.get(name)
        return self.names.get(name) if formula is None else formula.evaluate(self.env(formula))

    # Where the deal stands

    @property
    def variant(self) -> VariantPlan:
        """The variant that the deal runs."""
        case, variant = self.deal.case, self._variant
        if variant is None or case != self._case:
            variant = self._variant = self.funnel.variant(case)
            self._case, self._stage = case, None
        return variant

    @property
    def stage(self) -> StagePlan:
        """The stage where the deal stands; a bare one, if the definition does not have it any more."""
        deal, stage = self.deal, self._stage
        if stage is None or deal.stage != stage.name or deal.case != self._case:
            stage = self._stage = self.variant.stage(deal.stage)
        return stage

    # Consequences

    def chain(self, label: str) -> Chain:
        """Return the chain with which a command queued now goes on."""
        links = (*self.muted, *self.path, label)
        return Chain(self.moment.chain.origin, self.steps + 1, links)

    def led(self) -> tuple[str, ...]:
        """Return the rules that have led to what happens now, in order of their names."""
        if not self.path and not self.muted:
            return ()
        return tuple(sorted(link for link in {*self.muted, *self.path} if link.startswith(RULE)))

    def act(self, led: tuple[str, ...], label: str) -> None:
        """Go on with the consequence of this label, to which those in `led` have led."""
        self.acting = label
        self.path = (*led, label)

    def count(self, label: str) -> None:
        """Count one more consequence; `Refused` at the step after the last that may be."""
        self.steps += 1
        self.trail.append(label)
        if self.steps > CHAIN_LIMIT:
            raise chain_too_long((*self.moment.chain.links, *self.trail))

    # Going back

    def checkpoint(self) -> Checkpoint:
        """Return where the draft stands, for `restore`."""
        return _checkpoint(
            deal=self.deal.copy() if self.events or self.base is None else self.base,
            events=len(self.events),
            n=self.n,
            scanned=self.scanned,
            queue=tuple(self.queue),
            links=len(self.links),
            link=self._link,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Undo all that was added since. The judgements of the present cause stay, as do the counted steps."""
        self.deal.become(checkpoint.deal)
        del self.events[checkpoint.events :]
        self.rows.forget()
        self.n = checkpoint.n
        self.scanned = checkpoint.scanned
        self.queue = deque(checkpoint.queue)
        self.moving = False
        if len(self.links) > checkpoint.links:
            del self.links[checkpoint.links :]
            self._judgements = []
            self._link = checkpoint.link


class _Previous(Mapping[str, Any]):
    """The names as they were before the command; what changed on a party is told by the command itself."""

    __slots__ = ("_old", "_subject")

    def __init__(self, subject: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        self._subject = subject
        self._old = old

    def get(self, name: str, default: Any = None) -> Any:
        """Return the earlier value of a name, None if it was missing."""
        return self._old[name] if name in self._old else self._subject.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._old[name] if name in self._old else self._subject[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._old, **dict.fromkeys(self._subject)})

    def __len__(self) -> int:
        return len(set(self._old) | set(self._subject))
