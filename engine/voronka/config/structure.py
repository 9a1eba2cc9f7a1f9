"""Whether a funnel's graph makes sense: every deal can come in, go on and end, and no move runs for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from voronka.config.finding import Finding, Place, Severity
from voronka.config.gaps import Gaps
from voronka.config.rings import drawn, rings
from voronka.definition.actions import Action, MoveAction
from voronka.definition.fields import Field
from voronka.definition.funnels import Trigger, Variant
from voronka.definition.timed import AnchorKind, TimedEvent
from voronka.definition.vocabulary import JOURNEY
from voronka.messages import Text

__all__ = ["Site", "check_structure"]

_STILL = frozenset({"created_at", "days_in_stage", "entered_at", "funnel", "id", "number"})
"""Names that no change within a stage gives another value."""

Site = tuple[str, str]
"""What a place is wanted of: ``("stage", "needs")``, ``("transition", "paid")``, ``("timed", "nudge")``,
``("require", "needs.leave.amount")``, ``("check", "needs.leave.when")``."""


def check_structure(
    variant: Variant, fields: Mapping[str, Field], places: Mapping[Site, Place], gaps: Gaps
) -> Iterator[Finding]:
    """Yield what is wrong with the graph of `variant`, whose deals have `fields`. `places` tells where its parts are
    written, `gaps` what of it could not be read."""
    graph = _Graph(variant, gaps)
    yield from _unreachable(graph, places)
    yield from _without_end(graph, places)
    yield from _endless(graph, places)
    yield from _backwards(variant, places)
    yield from _purposeless(variant, places, gaps)
    yield from _deaf(variant, fields, places)
    yield from _deaf_gates(variant, fields, places)
    yield from _unasked(graph, places)
    yield from _beyond_the_stage(variant, places)
    yield from _impossible_moves(graph, places)


class _Graph:
    """The stages as nodes, the transitions as edges."""

    def __init__(self, variant: Variant, gaps: Gaps) -> None:
        self.variant = variant
        self.ways: dict[str, set[str]] = {name: set() for name in variant.stages}
        for transition in variant.transitions.values():
            self.ways[transition.source].add(transition.target)
        for source, target in gaps.ways:
            self.ways[source].add(target)
        self.manual = gaps.ways | {
            (each.source, each.target) for each in variant.transitions.values() if each.trigger is Trigger.MANUAL
        }

    def reachable(self, start: str) -> set[str]:
        """Return the stages that a deal in `start` can come to, `start` included."""
        seen = {start}
        waiting = [start]
        while waiting:
            for target in self.ways[waiting.pop()] - seen:
                seen.add(target)
                waiting.append(target)
        return seen


def _unreachable(graph: _Graph, places: Mapping[Site, Place]) -> Iterator[Finding]:
    reached = graph.reachable(graph.variant.first.name)
    for stage in graph.variant.stages.values():
        if stage.name not in reached and ("stage", stage.name) in places:
            yield Finding(
                code="V5101",
                severity=Severity.ERROR,
                place=places["stage", stage.name],
                reason=Text("No deal can ever come to the stage {stage}: no way leads to it.", stage=stage.name),
                remedy=Text("Add a transition to {stage}, or remove the stage.", stage=stage.name),
            )


def _without_end(graph: _Graph, places: Mapping[Site, Place]) -> Iterator[Finding]:
    stages = graph.variant.stages
    dead = {name for name, stage in stages.items() if stage.outcome is None and not graph.ways[name]}
    for name in stages:
        if stages[name].outcome is not None:
            continue
        if name in dead:
            yield Finding(
                code="V5102",
                severity=Severity.ERROR,
                place=places["stage", name],
                reason=Text("A deal that enters the stage {stage} can never leave it.", stage=name),
                remedy=Text("Add a transition out of {stage}.", stage=name),
            )
            continue
        ahead = graph.reachable(name)
        if not ahead & dead and not any(stages[each].outcome for each in ahead):
            yield Finding(
                code="V5103",
                severity=Severity.ERROR,
                place=places["stage", name],
                reason=Text("From the stage {stage} no way leads to an outcome such as won or lost.", stage=name),
                remedy=Text("Add a transition to an outcome, such as “from: {stage}, to: lost”.", stage=name),
            )


def _moves(actions: Sequence[Action]) -> Iterator[str]:
    for action in actions:
        if isinstance(action, MoveAction):
            yield action.to


def _immediate(variant: Variant) -> Iterator[tuple[str, str, Site]]:
    """Yield the moves that happen by themselves at once: source, target, where it is written."""
    for transition in variant.transitions.values():
        if transition.trigger is Trigger.AUTO:
            yield transition.source, transition.target, ("transition", transition.name)
        for target in _moves(transition.gate.actions):
            yield transition.target, target, ("transition", transition.name)
    for stage in variant.stages.values():
        for target in _moves(stage.enter.actions):
            if target != stage.name:  # it moves nothing, and is told as that
                yield stage.name, target, ("stage", stage.name)


def _endless(graph: _Graph, places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Find each ring of moves that need neither a person nor time: one finding a ring."""
    edges: dict[str, dict[str, Site]] = {}
    for source, target, site in _immediate(graph.variant):
        if target in graph.variant.stages:
            edges.setdefault(source, {}).setdefault(target, site)
    for ring in rings(graph.variant.stages, edges):
        yield Finding(
            code="V5104",
            severity=Severity.ERROR,
            place=places[edges[ring[-1]][ring[0]]],
            reason=Text("Automatic moves run in a circle without any delay: {ring}.", ring=drawn(ring)),
            remedy=Text("Give one of these transitions a delay with “after:”, or remove it."),
        )


def _backwards(variant: Variant, places: Mapping[Site, Place]) -> Iterator[Finding]:
    path = [
        (stage.name, stage.journey)
        for stage in variant.stages.values()
        if stage.outcome is None and stage.journey in JOURNEY
    ]
    for (before, earlier), (after, later) in pairwise(path):
        if JOURNEY.index(later) < JOURNEY.index(earlier):
            yield Finding(
                code="V5105",
                severity=Severity.ERROR,
                place=places["stage", after],
                reason=Text(
                    "The path goes back in the buyer's journey: {after} ({later}) stands after {before} ({earlier}).",
                    after=after,
                    later=later,
                    before=before,
                    earlier=earlier,
                ),
                remedy=Text("Put the stages in the order {order}, or correct “journey”.", order=" → ".join(JOURNEY)),
                related=places["stage", before],
            )


def _purposeless(variant: Variant, places: Mapping[Site, Place], gaps: Gaps) -> Iterator[Finding]:
    for stage in variant.stages.values():
        if stage.outcome is None and stage.why is None and stage.journey is None and stage.name not in gaps.aimless:
            yield Finding(
                code="V5106",
                severity=Severity.WARNING,
                place=places["stage", stage.name],
                reason=Text("Nothing says why the stage {stage} exists.", stage=stage.name),
                remedy=Text("Add “journey” (the buyer's step) or “why” (sales_model, decision_model, analytics)."),
            )


def _ticking(fields: Mapping[str, Field]) -> frozenset[str]:
    """Return the names of what the clock changes, of the computed fields among others."""
    reads = {name: field.formula.reads for name, field in fields.items() if field.formula is not None}
    found = {"days_in_stage", *(name for name, each in reads.items() if each.clock)}
    while more := {name for name, each in reads.items() if not found.isdisjoint(each.names)} - found:
        found |= more
    return frozenset(found)


def _deaf(variant: Variant, fields: Mapping[str, Field], places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Find automatic transitions that no change of the deal can trigger, or not in time."""
    ticking = _ticking(fields)
    for transition in variant.transitions.values():
        if transition.trigger is not Trigger.AUTO or transition.when is None:
            continue
        reads = transition.when.reads
        if not (reads.names - _STILL or reads.collections or reads.previous):
            yield Finding(
                code="V5107",
                severity=Severity.WARNING,
                place=places["transition", transition.name],
                reason=Text(
                    "The condition of {transition} reads only the clock or nothing that changes, but it is judged only"
                    " when something it reads changes.",
                    transition=transition.name,
                ),
                remedy=Text("Use “after:” for a move that depends on time, or read a field in “when”."),
            )
        elif reads.clock or not ticking.isdisjoint(reads.names):
            yield Finding(
                code="V5107",
                severity=Severity.WARNING,
                place=places["transition", transition.name],
                reason=Text(
                    "The condition of {transition} reads the clock, but it is judged only when something else that it"
                    " reads changes: time alone moves no deal.",
                    transition=transition.name,
                ),
                remedy=Text(
                    "Move the deal by a timed event that counts from the date (“from:”, with “move” under “do”), or"
                    " with “after:”; leave the clock out of “when”."
                ),
            )


def _deaf_gates(variant: Variant, fields: Mapping[str, Field], places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Find gates on automatic ways that time alone would open: a move that one has stopped is not tried again then."""
    ticking = _ticking(fields)
    for transition in variant.transitions.values():
        site = ("transition", transition.name)
        source, target = (variant.stages.get(name) for name in (transition.source, transition.target))
        if transition.trigger is Trigger.MANUAL or site not in places or source is None or target is None:
            continue
        leave = (source.leave,) if variant.binds_leave(source, target) else ()
        for check in (check for gate in (transition.gate, *leave, target.enter) for check in gate.checks):
            if check.when.reads.clock or not ticking.isdisjoint(check.when.reads.names):
                yield Finding(
                    code="V5111",
                    severity=Severity.WARNING,
                    place=places[site],
                    reason=Text(
                        "{transition} moves deals by itself, but the condition {gate} on its way reads the clock:"
                        " a move that it has stopped is tried again only when something else that it reads changes.",
                        transition=transition.name,
                        gate=check.name,
                    ),
                    remedy=Text(
                        "Leave the clock out of {gate}, and move the deal by “after:” or by a timed event that counts"
                        " from the date (“from:”, with “move” under “do”).",
                        gate=check.name,
                    ),
                )


def _unasked(graph: _Graph, places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Find gates out of outcomes that no way meets: they bind on the way to a later stage or to won."""
    variant = graph.variant
    for stage in variant.stages.values():
        gate = stage.leave
        if stage.outcome is None or not (gate.require or gate.checks or gate.checklist or gate.actions):
            continue
        if not any(variant.binds_leave(stage, variant.stages[target]) for target in graph.ways[stage.name]):
            yield Finding(
                code="V5110",
                severity=Severity.WARNING,
                place=places["stage", stage.name],
                reason=Text(
                    "“leave” of the outcome {stage} is never asked: it binds on the way on to a later stage or to won,"
                    " and no such way leads out of it.",
                    stage=stage.name,
                ),
                remedy=Text(
                    "Write `always: true` in it and a transition out of {stage}, or remove it.", stage=stage.name
                ),
            )


def _beyond_the_stage(variant: Variant, places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Find timed events that count from what never happens while one of their stages lasts."""
    for event in variant.timed.values():
        if ("timed", event.name) in places and (never := _never(variant, event)) is not None:
            reason, remedy = never
            yield Finding(
                code="V5610",
                severity=Severity.WARNING,
                place=places["timed", event.name],
                reason=reason,
                remedy=remedy,
            )


def _never(variant: Variant, event: TimedEvent) -> tuple[Text, Text] | None:
    open_ = all(variant.stages[name].outcome is None for name in event.stages if name in variant.stages)
    match event.anchor.kind, event.anchor.name:
        case AnchorKind.FIELD, "closed_at" if open_ and not event.keep:
            return (
                Text("{event} counts from the end of the deal, and stops when its stage is left.", event=event.name),
                Text("Name an outcome under “in” of the event, or write `keep: true`."),
            )
        case AnchorKind.EVENT, "stage.left":
            return (
                Text(
                    "{event} counts from the leaving of its stage, and ends with it: it never comes.", event=event.name
                ),
                Text("Let it count `from: stage` in the stages to which the deal goes on."),
            )
        case AnchorKind.EVENT, "deal.created" if variant.case is None and variant.first.name not in event.stages:
            return (
                Text(
                    "{event} counts from the making of the deal, which no deal goes through in this stage.",
                    event=event.name,
                ),
                Text("Let it count `from: created_at`, which every stage knows."),
            )
    return None


def _impossible_moves(graph: _Graph, places: Mapping[Site, Place]) -> Iterator[Finding]:
    """Find `move` actions for which there is no transition."""
    wanted: list[tuple[str, str, Site]] = []
    for stage in graph.variant.stages.values():
        wanted += [(stage.name, target, ("stage", stage.name)) for target in _moves(stage.enter.actions)]
    for event in graph.variant.timed.values():
        wanted += [
            (stage, target, ("timed", event.name)) for stage in sorted(event.stages) for target in _moves(event.actions)
        ]
    for source, target, site in wanted:
        if source == target and site in places:
            yield Finding(
                code="V5108",
                severity=Severity.ERROR,
                place=places[site],
                reason=Text(
                    "A deal in {stage} stands there already, so the move to {stage} moves nothing.", stage=source
                ),
                remedy=Text("Move it to another stage, or remove “move”."),
            )
        elif target in graph.variant.stages and (source, target) not in graph.manual and site in places:
            yield Finding(
                code="V5108",
                severity=Severity.ERROR,
                place=places[site],
                reason=Text(
                    "A deal in {source} cannot move to {target}: there is no such transition.",
                    source=source,
                    target=target,
                ),
                remedy=Text("Add a transition “from: {source}, to: {target}”.", source=source, target=target),
            )
