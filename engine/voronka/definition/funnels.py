"""Funnels: stages, gates, transitions and the variants of a funnel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from voronka.calendars import Duration
from voronka.definition.actions import Action, Assigned
from voronka.definition.timed import TimedEvent
from voronka.definition.vocabulary import OF_EVERY_DEAL
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Check", "ChecklistItem", "Funnel", "Gate", "Outcome", "Stage", "Transition", "Trigger", "Variant"]


class Outcome(StrEnum):
    """How a deal ended."""

    WON = "won"
    LOST = "lost"


@frozen
class Check:
    """One condition of a gate. `name` is its place, as scenarios write it: ``proposal.enter.when``.

    `override_by`: the roles that may lift it with a reason; empty: nobody may.
    """

    name: str
    when: Expression
    message: Label | None = None
    override_by: tuple[str, ...] = ()


@frozen
class ChecklistItem:
    """A thing to be ticked. `evidence`: what must be given with the tick (``link``, ``text``), or None.

    A tick belongs to the deal; `per_visit` forgets it when the stage is entered anew.
    """

    name: str
    label: Label
    evidence: str | None = None
    per_visit: bool = False


@frozen
class Gate:
    """What must hold to pass, and what is done on passing. `always` (leave only): also for moves back and to lost."""

    name: str
    require: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    checklist: Mapping[str, ChecklistItem] = field(default_factory=dict)
    always: bool = False
    actions: tuple[Action, ...] = ()


@frozen
class Stage:
    """One stage. `outcome` is None while a deal standing here is open. `probability` between 0 and 1.

    `journey`: problem, solutions, requirements, supplier or None. `why`: why the stage exists. `sources` (of an
    outcome): the open stages from which the ordinary ways lead to it; None: all of them, for nothing is said.
    """

    name: str
    label: Label
    enter: Gate
    leave: Gate
    journey: str | None = None
    why: str | None = None
    probability: float | None = None
    sla: Duration | None = None
    outcome: Outcome | None = None
    sources: frozenset[str] | None = None


class Trigger(StrEnum):
    """Who starts a transition: a person (or an action), the clock, or a change of what its condition reads."""

    MANUAL = "manual"
    AFTER = "after"
    AUTO = "auto"


@frozen
class Transition:
    """One way from a stage to another; `"*"` and the defaults are already expanded.

    `gate.checks` and `gate.require` bind it; `when` is the trigger of an automatic one (AFTER: judged once, when due;
    AUTO: whenever something it reads changes). `by`: roles that may; empty: everybody. `declared` is False for a
    default one. An AFTER transition has a `TimedEvent` of source TRANSITION beside it.
    """

    name: str
    source: str
    target: str
    trigger: Trigger
    gate: Gate
    when: Expression | None = None
    by: tuple[str, ...] = ()
    set: Mapping[str, Assigned] = field(default_factory=dict)
    declared: bool = False


@frozen
class Variant:
    """A funnel as one case runs it, wholly resolved and checked; `case` None is the base.

    `stages` in the order of the path, outcomes last. `transitions` by name; at most one MANUAL a pair of stages.
    `moves`: for a deal that comes into this case while standing in a stage this case lacks: stage → stage.
    """

    case: str | None
    stages: Mapping[str, Stage]
    transitions: Mapping[str, Transition]
    timed: Mapping[str, TimedEvent]
    moves: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> Stage:
        """The stage where a deal starts."""
        return next(iter(self.stages.values()))

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of all stages and transitions."""
        return (
            *(gate for stage in self.stages.values() for gate in (stage.enter, stage.leave)),
            *(transition.gate for transition in self.transitions.values()),
        )

    @property
    def actions(self) -> tuple[Action, ...]:
        """Everything that gates and timed events do."""
        of_gates = (action for gate in self.gates for action in gate.actions)
        return (*of_gates, *(action for event in self.timed.values() for action in event.actions))

    def discloses(self, start: str | None, stage: str) -> bool:
        """Tell whether what the card shows from the stage `start` on is shown of a deal that stands in `stage`.

        It is in variants without `start`, in `start` and behind it, and where the deal has ended.
        """
        path = list(self.stages)
        if start not in path or stage not in path or self.stages[stage].outcome is not None:
            return True
        return path.index(stage) >= path.index(start)

    def binds_leave(self, source: Stage, target: Stage) -> bool:
        """Tell whether the gate out of `source` binds a move to `target`: on to a later stage or to won.

        A stage that is not on this path, as history may have it, is not a later one, nor are others later than it.
        """
        if source.leave.always or target.outcome is Outcome.WON:
            return True
        place = {name: place for place, name in enumerate(self.stages)}
        if target.outcome is not None or not {source.name, target.name} <= place.keys():
            return False
        return place[target.name] > place[source.name]


@frozen
class Funnel:
    """One funnel: its path and the variants of it. `variants` always holds the base under None.

    `fields`: the names of the deal fields that may be used, from the sets it names, with `collections` likewise.
    """

    name: str
    label: Label
    variants: Mapping[str | None, Variant]
    fields: frozenset[str]
    collections: frozenset[str]
    variant_by: str | None = None
    owner: str | None = None
    strategy: str | None = None

    def knows(self, names: Iterable[str]) -> bool:
        """Tell whether its deals have all of these names; what belongs to an account, a contact or a user they have."""
        return all(
            "." in name or name in self.fields or name in self.collections or name in OF_EVERY_DEAL for name in names
        )

    def variant(self, case: object) -> Variant:
        """Return the variant that a value of the `variant_by` field selects; the base for any other value."""
        found = self.variants.get(case) if isinstance(case, str) else None
        return found or self.variants[None]
