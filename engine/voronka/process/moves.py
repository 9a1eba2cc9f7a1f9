"""The order of a move: who may, the draft, the gates, the old visit closed, the actions, the new visit opened.

Where an action selects another variant, its gates judge what the actions have made before the new visit opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voronka.definition.funnels import Transition
from voronka.expressions.suggestion import by_label, suggest
from voronka.messages import Sentence, Text, called, listed
from voronka.process.actions import assign, perform
from voronka.process.commands import MoveDeal
from voronka.process.draft import Draft
from voronka.process.events import GateOverridden, Kept
from voronka.process.fields import assigned, change, check_deal, outdated
from voronka.process.gates import OPEN, Verdict, judge_gates
from voronka.process.permissions import acting_roles
from voronka.process.plan import Route, StagePlan
from voronka.process.refusals import Refused, refused
from voronka.process.routing import relieve
from voronka.process.step import Refusal
from voronka.process.visits import enter, leave, relocated

__all__ = ["MoveRefused", "complete", "judge_move", "move"]


_NO_ROLES: frozenset[str] = frozenset()


class MoveRefused(Refused):
    """A move that is possible, but that `gates` refuse; the refusal is remembered in the history."""

    def __init__(self, refusal: Refusal, transition: str, target: str, gates: tuple[str, ...]) -> None:
        super().__init__(refusal)
        self.transition = transition
        self.target = target
        self.gates = gates


def move(draft: Draft, command: MoveDeal) -> None:
    """Move the deal as a person asks for it; `Refused` with everything that is in the way."""
    if isinstance(command.override, str) and not command.override.strip():
        raise refused(
            "value",
            "override",
            Text("A condition is lifted with a reason, and the reason is empty."),
            Text("Write why it may be passed over this time."),
        )
    to = command.to
    source = draft.stage
    way = source.ways.get(to)
    if way is not None:
        _check_by(draft, way)
    values: Mapping[str, Kept] = {}
    if command.set:
        values = check_deal(draft, command.set)
        change(draft, values, origin=command.origin)
        if draft.stage is not source:  # these values have selected another variant
            stood, source = source.name, draft.stage
            if to == source.name and to != stood:
                return  # which has put the deal there
            way = source.ways.get(to)
            if way is not None:
                _check_by(draft, way)
    if way is None or (source.outcome is not None and not way.declared):
        raise _no_way(draft, source, to)
    override = command.override is not None
    roles = acting_roles(draft) if override else _NO_ROLES
    route, verdict = judge_move(draft, source, way, values, roles=roles, override=override)
    _check_verdict(draft, command, way, route, verdict)
    route, verdict = complete(draft, source, route, roles=roles, override=override)
    _check_verdict(draft, command, way, route, verdict)


def _check_verdict(draft: Draft, command: MoveDeal, way: Transition, route: Route, verdict: Verdict) -> None:
    """Raise `MoveRefused` if gates are in the way; remember those that were lifted.

    Where the transition itself or an action has selected another variant, so, too, if its way is for others.
    """
    if route.way is not way:
        _check_by(draft, route.way or way)
    if verdict.failures:
        raise MoveRefused(Refusal(code="gate", failures=verdict.failures), way.name, command.to, verdict.gates)
    if verdict.lifted and command.override is not None:
        draft.add(GateOverridden(gates=verdict.lifted, reason=command.override))


def _check_by(draft: Draft, way: Transition) -> None:
    """Raise `MoveRefused` unless the actor may make the move; whoever may not sees nothing else of it."""
    if not way.by or not acting_roles(draft).isdisjoint(way.by):
        return
    roles = draft.workspace.roles
    who = listed(roles[name].label if name in roles else name for name in way.by)
    gate = f"{way.name}.by"
    answer = refused(
        "not_allowed",
        gate,
        Text("This move is not yours to make; it is for: {who}.", who=who),
        Text("Ask them to make it: {who}.", who=who),
        forbidden=True,
    )
    raise MoveRefused(answer.refusal, way.name, way.target, (gate,))


def _no_way(draft: Draft, source: StagePlan, to: str) -> Refused:
    """Return why nothing leads from a stage to another."""
    stages = draft.variant.stages
    if to not in stages:
        labelled = by_label(to, ((plan.stage.label, name) for name, plan in stages.items()))
        if labelled is not None:
            return refused(
                "unknown_stage",
                "move",
                Text("“{stage}” is what people see of the stage {name}, not its name.", stage=to, name=labelled),
                Text("Write {example}.", example=labelled),
            )
        meant = suggest(to, stages)
        return refused(
            "unknown_stage",
            "move",
            Text("There is no stage {stage} here.", stage=to),
            Text("Did you mean {meant}?", meant=_stages([stages[meant]]))
            if meant
            else Text("The stages are: {stages}.", stages=_stages(stages.values())),
        )
    if to == source.name:
        return refused(
            "already_there",
            "move",
            Text("The deal stands in “{stage}” already.", stage=source.stage.label),
            Text("Nothing needs to be done."),
        )
    here, there = source.stage.label, stages[to].stage.label
    if source.outcome is not None:
        return refused(
            "closed_deal",
            "move",
            Text("The deal is closed, and nothing leads from “{stage}” to “{to}”.", stage=here, to=there),
            Text("Open a new deal, or declare a transition that reopens this one."),
        )
    return refused(
        "no_transition",
        "move",
        Text("Nothing leads from “{stage}” to “{to}”.", stage=here, to=there),
        Text("From here the deal can go to: {stages}.", stages=_stages(stages[name] for name in source.ways))
        if source.ways
        else Text("Nothing leads on from here; declare a transition."),
    )


def _stages(stages: Iterable[StagePlan]) -> Sentence:
    return listed(called(stage.name, stage.stage.label) for stage in stages)


def judge_move(
    draft: Draft,
    source: StagePlan,
    way: Transition,
    submitted: Mapping[str, Kept],
    *,
    roles: frozenset[str] = frozenset(),
    override: bool = False,
) -> tuple[Route, Verdict]:
    """Let a transition set its fields, save those `submitted`, and judge the draft by the gates on the route.

    Where these values select another variant, its transition and its gates count, as far as it has them.
    A closed deal is stopped first by values that its definition does not know any more: no expression could read them.
    """
    if draft.deal.outcome is not None and (old := outdated(draft)):
        verdict = Verdict(failures=tuple(old.values()), reads=tuple(sorted(old)))
        return source.route(way, _target(draft, way.target)), verdict
    if not way.set and draft.stage is source:
        route = source.routes[way.name]
        return route, judge_gates(draft, route.gates, roles=roles, override=override)
    seen: set[str | None] = set()
    while draft.deal.case not in seen:  # each case once: they might select one another without end
        seen.add(draft.deal.case)
        source, way = _in_variant(draft, source, way)
        if way.set:
            draft.moving = True  # the variant may change; where the deal stands is settled by the move itself
            own = assigned(draft, way.set)
            assign(draft, {name: value for name, value in own.items() if name not in submitted})
            draft.moving = False
    route = source.route(way, _target(draft, way.target))
    return route, judge_gates(draft, route.gates, roles=roles, override=override)


def _in_variant(draft: Draft, source: StagePlan, way: Transition) -> tuple[StagePlan, Transition]:
    """Return a stage and a way out of it as the variant has them that the deal runs now; what it lacks as they are."""
    here = draft.variant.stages.get(source.name)
    if here is None or here is source:
        return source, way
    same = draft.variant.variant.transitions.get(way.name)
    if same is None or (same.source, same.target) != (way.source, way.target):
        same = here.ways.get(way.target, way)
    return here, same


def _target(draft: Draft, name: str) -> StagePlan:
    """Return a stage of the variant that the deal runs now, or where that variant has what stood in it."""
    stages = draft.variant.stages
    return stages[name] if name in stages else stages[relocated(draft, draft.deal.case, name)]


def complete(
    draft: Draft,
    source: StagePlan,
    route: Route,
    *,
    roles: frozenset[str] = frozenset(),
    override: bool = False,
) -> tuple[Route, Verdict]:
    """Make a move that may be made out of `source`: close the old visit, do what is to be done, open the new one.

    Return the route with what its gates said if an action has selected another variant: these are its own, and judge
    what the actions have made. Where they are in the way, nothing of the draft may be kept.
    """
    case, closed = draft.deal.case, draft.deal.outcome is not None
    leave(draft)
    for actions, label in route.actions:
        perform(draft, actions, label)
    verdict = OPEN
    if draft.deal.case != case and route.way is not None:
        here, way = _in_variant(draft, source, route.way)
        route = here.route(way, _target(draft, route.target.name))
        verdict = judge_gates(draft, route.gates, roles=roles, override=override)
    if not verdict.failures:
        enter(draft, route.target, via=None if route.way is None else route.way.name)
        if closed and draft.deal.outcome is None:
            relieve(draft)
    return route, verdict
