"""The course of one deal: what becomes of it in the stage where it stands, drawn when it comes there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from random import Random

from voronka.calendars import Unit
from voronka.definition.fields import FieldType, Subject
from voronka.definition.funnels import Outcome, Stage, Trigger, Variant
from voronka.definition.timed import AnchorKind
from voronka.definition.workspace import Workspace
from voronka.process.plan import FunnelPlan
from voronka.process.state import DealState
from voronka.simulation.hours import WorkingHours
from voronka.simulation.market import Client

__all__ = ["Course", "Courses", "Intent", "appointments"]

# Of how many deals go on, where the configuration tells no probability of its stages.
_UNSAID = 0.7
_BACK = 0.06
_SILENT = 0.45
_HOURS = 9
_USUAL = 3 * _HOURS


class Intent(Enum):
    """What a deal is going to do in its stage."""

    ON = "on"
    BACK = "back"
    LOST = "lost"
    SILENT = "silent"


@dataclass(kw_only=True, slots=True)
class Course:
    """A deal as the people around it see it. `visit`: the stay that `intent` was drawn for.

    `ready`: when the client has made up his mind, UTC microseconds. `touches`: calls of this stay. `attempts`: refused
    moves of this stay. `stopped`: gates that refused the last one. `went_back`: it did so once, which is enough.
    """

    deal: bytes
    client: Client
    visit: int = 0
    intent: Intent = Intent.ON
    target: str = ""
    ready: int = 0
    touches: int = 0
    attempts: int = 0
    stopped: tuple[str, ...] = ()
    went_back: bool = False


class Courses:
    """Draws courses. `paces`: how much slower than usual each stage is, drawn once a year."""

    def __init__(self, workspace: Workspace, hours: WorkingHours, random: Random) -> None:
        self._workspace = workspace
        self._hours = hours
        self._random = random
        self._paces: dict[tuple[str, str], float] = {}

    def enter(self, course: Course, state: DealState, plan: FunnelPlan, now: int) -> None:
        """Draw what becomes of the deal in the stage it has just come to."""
        variant = plan.variant(state.case).variant
        stage = variant.stages[state.stage]
        course.visit, course.touches, course.attempts, course.stopped = state.visit, 0, 0, ()
        course.target = _next(variant, stage)
        draw = self._random.random()
        back = _ways_back(variant, stage)
        if back and not course.went_back and draw < _BACK:
            course.intent, course.target, course.went_back = Intent.BACK, self._random.choice(back), True
        elif self._random.random() < _share(variant, stage):
            course.intent = Intent.ON
        elif self._random.random() < _SILENT:
            course.intent = Intent.SILENT
        else:
            course.intent = Intent.LOST
        hours = _dwell(stage) * self._pace(plan.funnel.name, stage.name) * course.client.pace
        ready = self._hours.later(now, 1 + int(hours * self._random.lognormvariate(0, 0.6)))
        course.ready = self._appointment(state, plan, variant, stage, ready)

    def _pace(self, funnel: str, stage: str) -> float:
        key = (funnel, stage)
        if key not in self._paces:
            self._paces[key] = self._random.uniform(0.6, 1.6)
        return self._paces[key]

    def _appointment(self, state: DealState, plan: FunnelPlan, variant: Variant, stage: Stage, ready: int) -> int:
        """Return when the deal can go on: not before a moment that was promised on coming here has passed."""
        for name in appointments(variant, self._workspace, stage):
            moment = state.fields.get(name)
            if isinstance(moment, int):
                ready = max(ready, self._hours.later(moment, 2))
        return ready


def appointments(variant: Variant, workspace: Workspace, stage: Stage | None = None) -> set[str]:
    """Return the fields by which a moment is promised on coming to a stage (to any, if None): the gate asks for it,
    and timed events of the stage count from it.
    """
    fields = workspace.fields.get(Subject.DEALS, {})
    return {
        event.anchor.name
        for each in ([stage] if stage is not None else variant.stages.values())
        for event in variant.timed.values()
        if event.anchor.kind is AnchorKind.FIELD
        and each.name in event.stages
        and event.anchor.name in each.enter.require
        and fields[event.anchor.name].type is FieldType.DATETIME
    }


def _next(variant: Variant, stage: Stage) -> str:
    """Return the next stage on the path to which something leads; the first one that is won after the last."""
    path = [name for name, each in variant.stages.items() if each.outcome is None]
    won = [name for name, each in variant.stages.items() if each.outcome is Outcome.WON][:1]
    after = [*path[path.index(stage.name) + 1 :], *won]
    led = {way.target for way in variant.transitions.values() if way.source == stage.name}
    return next((name for name in after if name in led), after[0] if after else stage.name)


def _ways_back(variant: Variant, stage: Stage) -> list[str]:
    order = list(variant.stages)
    return [
        way.target
        for way in variant.transitions.values()
        if way.declared
        and way.trigger is Trigger.MANUAL
        and way.source == stage.name
        and variant.stages[way.target].outcome is None
        and order.index(way.target) < order.index(stage.name)
    ]


def _share(variant: Variant, stage: Stage) -> float:
    """Return how many go on from a stage, as far as its probability and the next one's tell.

    That is the square root of their ratio: people write the first probabilities low, and a year of a few hundred deals
    would leave nothing to look at in the last stages.
    """
    here, there = stage.probability, variant.stages[_next(variant, stage)].probability
    if variant.stages[_next(variant, stage)].outcome is not None:
        there = 1.0
    if not here or not there:
        return _UNSAID
    return min(math.sqrt(here / there), 0.95)


def _dwell(stage: Stage) -> float:
    """Return the usual working hours of a stay: somewhat less than the stage's own limit, if it has one."""
    if stage.sla is None:
        return _USUAL
    per_unit = {
        Unit.WORKING_HOURS: 1,
        Unit.HOURS: 1,
        Unit.MINUTES: 1 / 60,
        Unit.WEEKS: 5 * _HOURS,
        Unit.MONTHS: 21 * _HOURS,
    }
    return 0.6 * stage.sla.count * per_unit.get(stage.sla.unit, _HOURS)
