"""What a decision looks up in a definition, laid out once: by variant, by stage."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from voronka.definition.actions import MoveAction, OpenDealAction
from voronka.definition.derived import once_per_release
from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.funnels import ChecklistItem, Funnel, Gate, Stage, Transition, Trigger, Variant
from voronka.definition.scorecards import Scorecard
from voronka.definition.timed import AnchorKind, Rhythm, TimedEvent, ZoneOf
from voronka.definition.vocabulary import (
    BUILT_IN_COLLECTIONS,
    BUILT_IN_FIELDS,
    WRITABLE_COLLECTIONS,
)
from voronka.definition.workspace import Workspace
from voronka.messages import Label
from voronka.process.machine import Topology
from voronka.process.reads import Formulas, Read, anchor_reads, expression_reads, gate_reads, stage_reads, watched
from voronka.process.rule_index import RuleIndex
from voronka.process.timing import Timing

__all__ = [
    "FunnelPlan",
    "GatePlan",
    "Route",
    "ScorePlan",
    "StagePlan",
    "TimedPlan",
    "VariantPlan",
    "WorkspacePlan",
    "plan_of",
]


class TimedPlan:
    """A timed event with its offsets as text, which is what names them across releases.

    `from_event`: the event that it counts from, empty if it is no event. `own`: its timing by the workspace's clocks.
    `local`: it goes by these clocks. `plain`: so does one for the deal as a whole. `reads`: what tells when it comes.
    """

    __slots__ = (
        "_timings",
        "_workspace",
        "at_most",
        "backfill",
        "each",
        "event",
        "every",
        "from_entry",
        "from_event",
        "keep",
        "local",
        "name",
        "own",
        "plain",
        "reads",
        "texts",
        "zone",
    )

    def __init__(self, workspace: Workspace, event: TimedEvent, formulas: Formulas) -> None:
        self.event = event
        self.name = event.name
        self.at_most = event.at_most
        self.every = event.rhythm is Rhythm.EVERY
        self.each = event.each
        self.keep = event.keep
        self.backfill = event.backfill
        self.zone = event.zone
        self.local = event.zone is ZoneOf.WORKSPACE
        self.plain = event.each is None and self.local
        self.from_entry = event.anchor.kind is AnchorKind.STAGE
        self.from_event = event.anchor.name if event.anchor.kind is AnchorKind.EVENT else ""
        self.texts = frozenset(map(str, event.offsets))
        self.own = Timing(workspace, event, workspace.timezone)
        self.reads = anchor_reads(event, formulas).everything
        self._workspace = workspace
        self._timings = {workspace.timezone: self.own}

    def timing(self, zone: str) -> Timing:
        """Return its timing by the clocks of a zone."""
        found = self._timings.get(zone)
        if found is None:
            found = self._timings[zone] = Timing(self._workspace, self.event, zone)
        return found


class GatePlan:
    """A gate with the names of its conditions, as they are judged and told."""

    __slots__ = ("checks", "gate", "items", "reads", "requires")

    def __init__(self, gate: Gate, formulas: Formulas) -> None:
        self.gate = gate
        self.requires = tuple((name, f"{gate.name}.require.{name}", f"{name} is not missing") for name in gate.require)
        self.checks = gate.checks
        self.items = tuple((f"{gate.name}.checklist.{name}", item) for name, item in gate.checklist.items())
        self.reads = gate_reads(gate, formulas).everything


class Route:
    """A way out of a stage: its target, the gates on it and what is done on it, both in their order.

    An imported past may know no `way`.
    """

    __slots__ = ("actions", "gates", "target", "way")

    def __init__(self, source: StagePlan, way: Transition | None, target: StagePlan) -> None:
        self.way = way
        self.target = target
        own = [] if way is None else [way.gate]
        leave = [source.stage.leave] if source.bound_to_leave(target) else []
        enter = target.stage.enter
        self.gates = tuple(
            GatePlan(gate, source.formulas)
            for gate in (*own, *leave, enter)
            if gate.require or gate.checks or gate.checklist
        )
        self.actions = tuple((gate.actions, f"action:{gate.name}") for gate in (*leave, *own, enter) if gate.actions)


class StagePlan:
    """One stage of a variant: what gates it, what leads out of it, what ticks in it."""

    def __init__(self, plan: VariantPlan, stage: Stage, place: int) -> None:
        self._plan = plan
        self.variant = plan.variant
        self.formulas = plan.formulas
        self.stage = stage
        self.name = stage.name
        self.place = place
        self.outcome = None if stage.outcome is None else stage.outcome.value
        self.ways: Mapping[str, Transition] = plan.topology.manual(stage.name)
        self.automatic = plan.topology.automatic(stage.name)
        self.timed = {name: timed for name, timed in plan.timed.items() if stage.name in timed.event.stages}
        self.by_event = [plan for plan in self.timed.values() if plan.from_event]
        self.by_entry = [plan for plan in self.timed.values() if not plan.from_event]
        self.by_name = [plan for plan in self.timed.values() if plan.reads]
        self._routes: dict[tuple[str | None, str], Route] = {}
        self.triggers = [(expression_reads(way.when).everything, way) for way in self.automatic]
        self.watches = bool(self.by_event or self.by_name or self.triggers or plan.keeps)
        self.forget = tuple(
            f"{gate.name}.checklist.{name}"
            for gate in (stage.enter, stage.leave)
            for name, item in gate.checklist.items()
            if item.per_visit
        )

    @cached_property
    def reads(self) -> Read:
        """What may be read while a deal stands here."""
        return stage_reads(self.variant, self.stage, self.formulas)

    @cached_property
    def routes(self) -> Mapping[str, Route]:
        """The routes along the ways out of the stage, by the names of these."""
        ways = (way for way in self.variant.transitions.values() if way.source == self.name)
        return {way.name: self.route(way, self._plan.stages[way.target]) for way in ways}

    def route(self, way: Transition | None, target: StagePlan) -> Route:
        """Return the route along `way`, or along none, to a stage of the same variant."""
        key = (None if way is None else way.name, target.name)
        found = self._routes.get(key)
        if found is None:
            found = self._routes[key] = Route(self, way, target)
        return found

    def bound_to_leave(self, target: StagePlan) -> bool:
        """Tell whether the gate out of this stage binds a move to `target`: on to a later stage or to won."""
        return self.variant.binds_leave(self.stage, target.stage)


def _bare(name: str) -> Stage:
    """Return a stage that nothing is known of but its name: nothing leads out of it and nothing ticks in it."""
    gates = {word: Gate(name=f"{name}.{word}") for word in ("enter", "leave")}
    return Stage(name=name, label=Label.plain(name), enter=gates["enter"], leave=gates["leave"])


class VariantPlan:
    """One variant of a funnel."""

    def __init__(self, workspace: Workspace, variant: Variant, formulas: Formulas) -> None:
        self.variant = variant
        self.formulas = formulas
        self.topology = Topology(variant)
        self.timed = {name: TimedPlan(workspace, event, formulas) for name, event in variant.timed.items()}
        self.keeps = any(timed.keep for timed in self.timed.values())
        self.stages = {
            name: StagePlan(self, stage, place) for place, (name, stage) in enumerate(variant.stages.items())
        }
        self.first = self.stages[variant.first.name]
        self._gone: dict[str, StagePlan] = {}

    def stage(self, name: str) -> StagePlan:
        """Return the plan of a stage; of one that is not there any more, where a closed deal may stand, a bare one."""
        found = self.stages.get(name) or self._gone.get(name)
        if found is None:
            found = self._gone[name] = StagePlan(self, _bare(name), -1)
        return found

    @cached_property
    def watched(self) -> frozenset[str]:
        """What, when it changes by itself, may move a deal or its timers."""
        return watched(self.variant, self.formulas).everything

    @cached_property
    def watched_closed(self) -> Mapping[str, frozenset[str]]:
        """By outcome, what, when it changes by itself, may move a deal that is closed there or its timers."""
        closed = (stage for stage in self.stages.values() if stage.outcome is not None)
        return {stage.name: names for stage in closed if (names := self._watched_in(stage))}

    def _watched_in(self, stage: StagePlan) -> frozenset[str]:
        ticking = [timed for timed in self.timed.values() if timed.keep or stage.name in timed.event.stages]
        parts = [*(timed.reads for timed in ticking), *(reads for reads, _ in stage.triggers)]
        acting = any(isinstance(action, MoveAction) for timed in ticking for action in timed.event.actions)
        for way in self.variant.transitions.values():
            if way.source == stage.name and (acting or way.trigger is not Trigger.MANUAL):
                parts += (gate.reads for gate in stage.route(way, self.stages[way.target]).gates)
        return frozenset().union(*parts)

    @cached_property
    def checklist(self) -> Mapping[str, ChecklistItem]:
        """Every item of the variant by the name of its gate, as ticks are kept."""
        gates = [gate for stage in self.variant.stages.values() for gate in (stage.enter, stage.leave)]
        gates += [transition.gate for transition in self.variant.transitions.values()]
        return {f"{gate.name}.checklist.{name}": item for gate in gates for name, item in gate.checklist.items()}


class ScorePlan:
    """A scorecard that the deals of a funnel have, with what it reads."""

    __slots__ = ("card", "facts", "reads")

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.facts = expression_reads(card.total)
        self.reads = self.facts.everything


class FunnelPlan:
    """One funnel: its variants, and the fields and collections that its deals have.

    `users`: the fields that name one; `guarded`: those that not everybody sees and sets; `unfollowed`: those of which
    nobody wants to know where their values come from.
    """

    def __init__(self, workspace: Workspace, funnel: Funnel) -> None:
        self.workspace = workspace
        self.funnel = funnel
        self._variants: dict[str | None, VariantPlan] = {}
        declared = workspace.fields.get(Subject.DEALS, {})
        self.fields: Mapping[str, Field] = {
            **BUILT_IN_FIELDS[Subject.DEALS],
            **{name: field for name, field in declared.items() if name in funnel.fields},
        }
        self.users = frozenset(name for name, field in self.fields.items() if field.type is FieldType.USER)
        self.guarded = frozenset(name for name, field in self.fields.items() if field.set_by or field.visible_to)
        self.unfollowed = frozenset(name for name, field in self.fields.items() if not field.followed)
        self.formulas = {name: field.formula for name, field in self.fields.items() if field.formula is not None}
        own = workspace.collections.get(Subject.DEALS, {})
        self.rules = RuleIndex(workspace.rules.values(), funnel.name)
        self.routing = tuple(entry for entry in workspace.routing if entry.funnel == funnel.name)
        # A card that reads what the funnel's deals do not have is not theirs.
        self.scores = tuple(plan for plan in map(ScorePlan, workspace.scorecards.values()) if funnel.knows(plan.reads))
        self.matrices = tuple(matrix for matrix in workspace.matrices.values() if funnel.knows(matrix.reads))
        self.scored = frozenset().union(*(plan.reads for plan in self.scores))
        self.collections: Mapping[str, Collection] = {
            **{name: BUILT_IN_COLLECTIONS[name] for name in sorted(WRITABLE_COLLECTIONS)},
            **{name: collection for name, collection in own.items() if name in funnel.collections},
        }

        self.inbox = next((name for name, each in self.collections.items() if each.inbox), None)

    def case_of(self, value: object) -> str | None:
        """Return the case that a value of the field under `by` selects."""
        return value if isinstance(value, str) and value in self.funnel.variants else None

    def variant(self, case: str | None) -> VariantPlan:
        """Return the plan of the variant that a case selects; of the base for one that is not there any more."""
        plan = self._variants.get(case)
        if plan is None:
            plan = self._variants[case] = VariantPlan(self.workspace, self.funnel.variant(case), self.formulas)
        return plan


class WorkspacePlan:
    """A release: its funnels, laid out as they are first used."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._funnels: dict[str, FunnelPlan] = {}
        self.at_release = f"@{workspace.release[:8]}"

    def funnel(self, name: str) -> FunnelPlan | None:
        """Return the plan of a funnel, None if there is no such one."""
        plan = self._funnels.get(name)
        if plan is None and (funnel := self.workspace.funnels.get(name)) is not None:
            plan = self._funnels[name] = FunnelPlan(self.workspace, funnel)
        return plan

    @cached_property
    def followed(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By funnel, what the deals that one of its deals has opened take over whenever it changes, by theirs."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for name, funnel in self.workspace.funnels.items():
            actions = [action for variant in funnel.variants.values() for action in variant.actions]
            actions += [act for rule in self.workspace.rules.values() if name in rule.places for act in rule.done]
            for action in actions:
                if isinstance(action, OpenDealAction) and action.follow:
                    theirs = found.setdefault(name, {})
                    theirs[action.funnel] = theirs.get(action.funnel, frozenset()).union(action.follow)
        return found

    def gone(self, name: str, stage: str) -> FunnelPlan:
        """Return the plan of a funnel that is not there any more: the bare stage where a closed deal of it stands."""
        variant = Variant(case=None, stages={stage: _bare(stage)}, transitions={}, timed={})
        funnel = Funnel(
            name=name, label=Label.plain(name), variants={None: variant}, fields=frozenset(), collections=frozenset()
        )
        return FunnelPlan(self.workspace, funnel)

    def concerned(self, names: frozenset[str]) -> tuple[str, ...]:
        """Return the funnels whose deals a change of `names`, as their expressions write them, may move."""
        found = []
        for name, funnel in self.workspace.funnels.items():
            plan = self.funnel(name)
            if plan and (
                names & (plan.rules.watched | plan.scored)
                or any(names & plan.variant(case).watched for case in funnel.variants)
            ):
                found.append(name)
        return tuple(found)

    def concerned_closed(self, names: frozenset[str]) -> tuple[tuple[str, str], ...]:
        """Return the funnels and outcomes whose closed deals, or the timers of these, a change of `names` may move."""
        found = {
            (name, stage.name)
            for name, funnel in self.workspace.funnels.items()
            if (plan := self.funnel(name))
            for case in funnel.variants
            for variant in (plan.variant(case),)
            for stage in variant.stages.values()
            if stage.outcome is not None
            for watching in (variant.watched_closed, plan.rules.watched_closed)
            if names & watching.get(stage.name, _NOTHING)
        }
        return tuple(sorted(found))


_NOTHING: frozenset[str] = frozenset()


@once_per_release
def plan_of(workspace: Workspace) -> WorkspacePlan:
    """Return the plan of a release."""
    return WorkspacePlan(workspace)
