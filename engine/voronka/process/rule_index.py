"""The rules of a funnel by what triggers them: a change finds those it can touch without looking at others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.expressions import Env, Expression, Value, fuse
from voronka.frozen import frozen
from voronka.process.events import Event, FieldsChanged, StageEntered
from voronka.process.reads import Read, action_reads, expression_reads, union

__all__ = ["FEWEST_TOGETHER", "RULE", "RuleIndex", "RulePlan", "RuleTurns", "Together"]

FEWEST_TOGETHER = 10
"""Fewer rules than this are judged as fast one by one."""

RULE = "rule:"
"""How the label of a rule begins, in chains and as a cause."""

_Key = TypeVar("_Key")
_MOST_SETS = 64
"""Functions of sets of conditions that are kept; further sets are judged one by one."""


class RulePlan:
    """A rule in one funnel. `stages`: where its condition can hold; `label` names it in chains and as a cause.

    `place` is its turn among rules that one change triggers; `reads`: what its condition rests on. `own`: it has one
    that rests on the deal alone, so that it can be judged at any moment without asking for more.
    """

    __slots__ = ("actions", "label", "name", "own", "place", "reads", "rule", "scheduled", "shadow", "stages", "where")

    def __init__(self, rule: Rule, place: int, funnel: str) -> None:
        self.rule = rule
        self.name = rule.name
        self.place = place
        self.label = RULE + rule.name
        self.where = rule.where
        self.actions = rule.actions
        self.stages = rule.places[funnel]
        self.scheduled = rule.trigger.kind is TriggerKind.SCHEDULE
        self.shadow = rule.mode is Mode.SHADOW
        read = expression_reads(rule.where)
        self.reads = read.everything
        self.own = rule.where is not None and not read.collections and not read.parties

    def facts(self) -> Read:
        """Return all that judging and doing it may read."""
        return union([expression_reads(self.where), *action_reads(self.actions)])


@frozen(kw_only=False)
class Together:
    """Rules of which one `function` gives the values of all conditions; `sample`: the one that sees the most."""

    plans: tuple[RulePlan, ...]
    function: Callable[[Env], tuple[Value | None, ...]]
    sample: Expression


@frozen
class RuleTurns:
    """The rules that one change concerns and that wait for their turn, in their order.

    `verdicts`: the values of the conditions that were judged together, None before that. They held after `events`
    events of the draft; the names in `stale` have changed since. `led`: the labels that led to them, first to last.
    """

    plans: tuple[RulePlan, ...]
    verdicts: Mapping[RulePlan, Value | None] | None = None
    events: int = 0
    stale: frozenset[str] = frozenset()
    led: tuple[str, ...] = ()


class RuleIndex:
    """The rules that can act on the deals of a funnel, by what triggers them.

    `by_link`: those that a field of the deal's ``account`` or ``contact`` triggers, by which of the two it is: another
    one may bring another value.
    """

    def __init__(self, rules: Iterable[Rule], funnel: str) -> None:
        self.by_name: Mapping[str, tuple[RulePlan, ...]]
        plans = [
            RulePlan(rule, place, funnel)
            for place, rule in enumerate(rules)
            if rule.mode is not Mode.OFF and funnel in rule.places
        ]
        self.scheduled = {plan.name: plan for plan in plans if plan.scheduled}
        triggers = [(plan, plan.rule.trigger) for plan in plans]
        self.by_event = _grouped((when.name, plan) for plan, when in triggers if when.kind is TriggerKind.EVENT)
        self.by_stage = _grouped(
            (when.name, plan) for plan, when in triggers if when.kind is TriggerKind.STAGE and when.funnel == funnel
        )
        self.by_name = _grouped((when.name, plan) for plan, when in triggers if when.kind is TriggerKind.FIELD)
        self.by_link = _grouped(
            (when.name.partition(".")[0], plan)
            for plan, when in triggers
            if when.kind is TriggerKind.FIELD and "." in when.name
        )
        self.listens = bool(self.by_event or self.by_stage or self.by_name)
        self.names = frozenset({*self.by_name, *self.by_link})
        self._kinds = frozenset(self.by_event) | ({"deal.created"} if self.names else set())
        if not self._kinds.isdisjoint({"timer.fired", "timer.skipped"}):
            self._kinds |= {"timer.ended"}
        self._plans = plans

    @cached_property
    def _together(self) -> dict[tuple[str, bool, tuple[RulePlan, ...]], Together | None]:
        return {}

    def together(self, plans: tuple[RulePlan, ...], stage: str, *, closed: bool) -> Together | None:
        """Return those of the rules that can act on a deal in a stage and can be judged together, if that pays."""
        key = stage, closed, plans
        if key in self._together or len(self._together) >= _MOST_SETS:
            return self._together.get(key)
        fit = tuple(plan for plan in plans if plan.own and stage in plan.stages and (plan.rule.closed or not closed))
        conditions = [plan.where for plan in fit if plan.where is not None]
        found = None
        if len(fit) >= FEWEST_TOGETHER:
            sample = next((each for each in conditions if each.reads.previous), conditions[0])
            found = Together(fit, fuse(conditions), sample)
        self._together[key] = found
        return found

    @cached_property
    def _facts(self) -> dict[str, Read]:
        return {}

    def idle(self, news: Iterable[Event], told: frozenset[str]) -> bool:
        """Tell whether none of these news, and of the names `told` to have changed, triggers a rule."""
        kinds, names = self._kinds, self.names
        for event in news:
            if event.kind in kinds:
                return False
            if type(event) is FieldsChanged:
                if not names.isdisjoint(event.new):
                    return False
            elif type(event) is StageEntered and event.stage in self.by_stage:
                return False
        return names.isdisjoint(told)

    @cached_property
    def watched(self) -> frozenset[str]:
        """What, when it changes by itself, may trigger a rule, or end the condition on which one has acted."""
        return self.names.union(*(plan.reads for plan in self.scheduled.values()))

    @cached_property
    def watched_closed(self) -> Mapping[str, frozenset[str]]:
        """By stage, likewise of the rules that see closed deals and can act there."""
        found: dict[str, frozenset[str]] = {}
        for plan in self._plans:
            if plan.rule.closed and (names := self._watched_by(plan)):
                for stage in plan.stages:
                    found[stage] = found.get(stage, frozenset()) | names
        return found

    def _watched_by(self, plan: RulePlan) -> frozenset[str]:
        if plan.scheduled:
            return plan.reads
        found = (name for by in (self.by_name, self.by_link) for name, plans in by.items() if plan in plans)
        return frozenset(found)

    def facts(self, stage: str) -> Read:
        """Return what the rules may read of a deal that stands in a stage."""
        found = self._facts.get(stage)
        if found is None:
            found = self._facts[stage] = union(plan.facts() for plan in self._plans if stage in plan.stages)
        return found


def _grouped(pairs: Iterable[tuple[_Key, RulePlan]]) -> Mapping[_Key, tuple[RulePlan, ...]]:
    groups: dict[_Key, list[RulePlan]] = {}
    for key, plan in pairs:
        groups.setdefault(key, []).append(plan)
    return {key: tuple(plans) for key, plans in groups.items()}
