"""Rules: when each is judged, of which deals it can hold, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from voronka.calendars import DailySchedule, IntervalSchedule, Schedule
from voronka.config.build_actions import build_actions
from voronka.config.context import Context, FunnelContext
from voronka.config.names import Declaration, NameKind, meant_by, refer
from voronka.config.node import Node
from voronka.config.rule_conflicts import check_rules
from voronka.config.scalars import clock, days_of_week, duration, label, many, one_of, true
from voronka.config.standing import standing
from voronka.definition.actions import Action, LogAction, MoveAction
from voronka.definition.fields import Subject
from voronka.definition.funnels import Funnel, Stage
from voronka.definition.funnels import Trigger as Way
from voronka.definition.rules import Mode, Rule, Trigger, TriggerKind
from voronka.definition.vocabulary import BUILT_IN_FIELDS, EVENTS, NOT_KEPT
from voronka.expressions import Expression, Possibility, Scope, suggest
from voronka.expressions.ir import Aggregate, Function, Read, walk
from voronka.expressions.ir import Node as Part
from voronka.expressions.terms import Term, opened
from voronka.messages import Text, called

__all__ = ["build_rules", "build_schedule", "possible_places", "stage_of_funnel", "stages_of"]

Places = Mapping[str, frozenset[str]]


def build_rules(
    funnels: Mapping[str, Funnel], contexts: Callable[[str], FunnelContext], scope: Scope, context: Context
) -> dict[str, Rule]:
    """Return the declared rules by name; one that makes none is left out and reported.

    `contexts` gives what the actions of a rule may name in a funnel; `scope`: what its expressions may, in all of them.
    """
    rules = {}
    within = {name: _in_funnel(contexts(name), funnel, scope) for name, funnel in funnels.items()}
    for name, declaration in context.declared.of(NameKind.RULE).items():
        rule = _rule(name, declaration, funnels, within, scope, context)
        if rule is not None:
            rules[name] = rule
    if not context.report.failed:
        context.report.take(check_rules(rules, context.declared.of(NameKind.RULE)))
    return rules


def _rule(
    name: str,
    declaration: Declaration,
    funnels: Mapping[str, Funnel],
    contexts: Mapping[str, FunnelContext],
    scope: Scope,
    context: Context,
) -> Rule | None:
    node = declaration.value
    if (of := node.get("of")) is not None and context.report.broken(of.place):
        return None
    told = label(node.get("label"), name)
    trigger = _trigger(node.get("trigger"), funnels, context)
    where = context.expressions.compile(node.get("where"), scope)
    broken = node.get("where") is not None and where is None
    written = node.get("where")
    if trigger is not None and trigger.kind is TriggerKind.SCHEDULE and written is not None and where is not None:
        context.expressions.check_selecting(
            written,
            where,
            not_kept=NOT_KEPT,
            code="V5710",
            told=lambda reason: Text(
                "A rule with a schedule looks for its deals in the database. {reason}", reason=reason
            ),
        )
    closed = true(node.get("closed"))
    places = possible_places(trigger, None if broken else where, funnels, closed=closed)
    at = (written or node.get("trigger") or declaration.name).place
    if trigger is not None and not broken and not places and len(funnels) == len(context.declared.of(NameKind.FUNNEL)):
        context.report.error(
            "V5701",
            at,
            Text(
                "The rule {rule} can never act: its condition holds in no stage of any funnel.", rule=called(name, told)
            ),
            Text("Correct “where”; a rule sees only open deals unless “closed: true” stands there."),
        )
    elif (
        trigger is not None
        and trigger.kind is TriggerKind.STAGE
        and (trigger.name not in places.get(trigger.funnel, {trigger.name}))
    ):
        context.report.warning(
            "V5701",
            at,
            Text(
                "The rule {rule} does not act: it is judged when a deal enters {stage}, and there its condition"
                " does not hold.",
                rule=called(name, told),
                stage=trigger.name,
            ),
            Text("Correct “where” or the stage; a rule sees only open deals unless “closed: true” stands there."),
        )
    elif trigger is not None and trigger.name == _CREATED and places and not _acts_on_new(where, places, funnels):
        context.report.warning(
            "V5701",
            (written or declaration.name).place,
            Text(
                "The rule {rule} does not act: it is judged as a deal is opened, and then its condition does not hold.",
                rule=called(name, told),
            ),
            Text("Correct “where”, or take another event; a new deal stands in the first stage of its funnel."),
        )
    elif where is not None and places and not _has_owner(where, places, funnels, context):
        context.report.warning(
            "V5701",
            at,
            Text(
                "The rule {rule} does not act: nobody has the role or the team that its condition asks of the owner.",
                rule=called(name, told),
            ),
            Text("Give the role or the team to somebody in configs/people, or correct “where”."),
        )
    actions: tuple[Action, ...] = ()
    for funnel in places or funnels:
        actions = build_actions(node.get("do"), contexts[funnel])
    if trigger is None:
        return None
    return Rule(
        name=name,
        label=told,
        trigger=trigger,
        where=where,
        actions=actions,
        closed=closed,
        again_after=duration(node.get("again_after"), context.report),
        mode=one_of(Mode, node.get("mode")) or Mode.ACTIVE,
        places=places,
    )


_CREATED = "deal.created"


def _acts_on_new(where: Expression | None, places: Places, funnels: Mapping[str, Funnel]) -> bool:
    """Tell whether a condition may hold of a deal that has just been opened, in any of the `places`."""
    possibility = Possibility() if where is None else Possibility(where.node)
    for name in places:
        for variant in funnels[name].variants.values():
            first = variant.first
            empty = {} if where is None else dict.fromkeys(_counts(where.node, first), 0)
            ways = (way for way in variant.transitions.values() if way.source == first.name)
            if any(way.trigger is Way.AUTO for way in ways) or any(
                isinstance(action, MoveAction) for action in first.enter.actions
            ):
                return True  # it may have moved on by then
            if possibility.can_hold({**empty, **standing(funnels[name], variant, first)}):
                return True
    return False


def _has_owner(where: Expression, places: Places, funnels: Mapping[str, Funnel], context: Context) -> bool:
    """Tell whether a condition may hold of a deal of anybody who is declared, or of one that nobody owns."""
    asked = {part.name for part in walk(where.node) if isinstance(part, Read)} & {"owner.role", "owner.team"}
    people = context.people.values()
    if not asked or not people or context.report.failed:
        return True
    owners = {(user.role, user.team) for user in people} | {(None, None)}
    possibility = Possibility(where.node)
    return any(
        possibility.can_hold({**standing(funnels[name], variant, stage), "owner.role": role, "owner.team": team})
        for name, stages in places.items()
        for variant in funnels[name].variants.values()
        for stage in variant.stages.values()
        if stage.name in stages
        for role, team in owners
    )


def _counts(node: Part, first: Stage) -> Iterator[str]:
    """Yield the terms of a condition that count rows of which a new deal has none."""
    filled = {"tasks", "orders"}
    if any(isinstance(action, LogAction) for action in first.enter.actions):
        filled.add("interactions")
    for part in walk(node):
        if isinstance(part, Aggregate) and part.function is Function.COUNT:
            term = opened(part)
            if isinstance(term, Term) and "." not in part.collection and part.collection not in filled:
                yield term.name


def _in_funnel(context: FunnelContext, funnel: Funnel, scope: Scope) -> FunnelContext:
    """Return what actions may name in a funnel: the stages and timed events of any of its cases."""
    variants = funnel.variants.values()
    context.scope = scope
    context.stages = frozenset(stage for variant in variants for stage in variant.stages)
    context.timed = frozenset(event for variant in variants for event in variant.timed)
    return context


def _trigger(node: Node | None, funnels: Mapping[str, Funnel], context: Context) -> Trigger | None:
    if node is None:
        return None
    for kind, build in _TRIGGERS.items():
        written = node.get(kind.value)
        if written is not None and not context.report.broken(written.place):
            return build(written, funnels, context)
    return None


def _event(node: Node, funnels: Mapping[str, Funnel], context: Context) -> Trigger | None:
    if node.text not in EVENTS:
        context.report.error(
            "V3117",
            node.place,
            Text("There is no event “{name}”.", name=node.text),
            Text("Use one of {events}.", events=", ".join(EVENTS)),
            suggestion=suggest(node.text, EVENTS),
        )
        return None
    return Trigger(kind=TriggerKind.EVENT, name=node.text)


def _field(node: Node, funnels: Mapping[str, Funnel], context: Context) -> Trigger | None:
    known = {**BUILT_IN_FIELDS[Subject.DEALS], **context.deal_fields, **context.party_fields}
    if node.text == "stage":
        context.report.error(
            "V5704",
            node.place,
            Text("A stage is entered, not set."),
            Text("Write “stage: FUNNEL.STAGE” for one stage, or “event: stage.entered” for all."),
        )
        return None
    if node.text in context.expressions.broken:
        return None
    name = refer(NameKind.FIELD, node, known, context.report)
    if name is None:
        return None
    if (formula := known[name].formula) is not None:
        context.report.error(
            "V5704",
            node.place,
            Text("{field} is computed, and a rule is triggered by a field that is set.", field=name),
            Text("Name a field that its formula reads: {formula}", formula=formula.text),
        )
        return None
    return Trigger(kind=TriggerKind.FIELD, name=name)


def stage_of_funnel(node: Node, funnels: Mapping[str, Funnel], context: Context) -> Trigger | None:
    """Return the entering of the stage at `node`, written as FUNNEL.STAGE."""
    name, dot, stage = node.text.partition(".")
    if not dot:
        places = [f"{funnel.name}.{node.text}" for funnel in funnels.values() if node.text in stages_of(funnel)]
        context.report.error(
            "V3110",
            node.place,
            Text("“{name}” does not say of which funnel the stage is.", name=node.text),
            Text("Write FUNNEL.STAGE."),
            suggestion=places[0] if len(places) == 1 else None,
        )
        return None
    if name not in funnels:
        every = context.declared.of(NameKind.FUNNEL)
        meant = suggest(name, every)
        if name not in every and not context.report.doubtful(NameKind.FUNNEL, node.place.file, name, meant):
            context.report.error(
                "V3107",
                node.place,
                Text("There is no funnel “{name}”.", name=name),
                Text("Declare it in a file of configs/funnels, or correct the name."),
                suggestion=f"{meant}.{stage}" if meant else None,
            )
        return None
    known = stages_of(funnels[name])
    if stage not in known:
        meant = meant_by(NameKind.STAGE, stage, known, context.report)
        context.report.error(
            "V3110",
            node.place,
            Text("The funnel {funnel} has no stage “{name}”.", funnel=name, name=stage),
            Text("Its stages are: {stages}.", stages=", ".join(known)),
            suggestion=f"{name}.{meant}" if meant else None,
        )
        return None
    return Trigger(kind=TriggerKind.STAGE, name=stage, funnel=name)


def _schedule(node: Node, funnels: Mapping[str, Funnel], context: Context) -> Trigger | None:
    schedule = build_schedule(node, context)
    return None if schedule is None else Trigger(kind=TriggerKind.SCHEDULE, schedule=schedule)


def build_schedule(node: Node, context: Context) -> Schedule | None:
    """Return the schedule at `node`: days with a time, or a period."""
    period = node.get("every")
    if period is not None:
        every = duration(period, context.report)
        if every is None:
            return None
        if every.count == 0:
            context.report.error(
                "V5602",
                period.place,
                Text("A period of nothing would fire for ever."),
                Text("Write a period above zero, such as 1 day."),
            )
            return None
        return IntervalSchedule(every=every)
    at = clock(node.get("at"), context.report)
    written = node.get("days")
    if at is None or written is None:
        return None
    if written.text == "working":
        return DailySchedule(days=None, at=at)
    days = frozenset(day for each in many(written) for day in days_of_week(each, context.report))
    return DailySchedule(days=days, at=at) if days else None


_TRIGGERS: Mapping[TriggerKind, Callable[[Node, Mapping[str, Funnel], Context], Trigger | None]] = {
    TriggerKind.EVENT: _event,
    TriggerKind.FIELD: _field,
    TriggerKind.STAGE: stage_of_funnel,
    TriggerKind.SCHEDULE: _schedule,
}


def stages_of(funnel: Funnel) -> dict[str, Stage]:
    """Return the stages of all cases of a funnel by name; one that some cases lack after that before it."""
    found: dict[str, Stage] = {}
    order: list[str] = []
    for variant in funnel.variants.values():
        place = 0
        for name, stage in variant.stages.items():
            if name not in found:
                order.insert(place, name)
            found.setdefault(name, stage)
            place = order.index(name) + 1
    return {name: found[name] for name in order}


def possible_places(
    trigger: Trigger | None, where: Expression | None, funnels: Mapping[str, Funnel], *, closed: bool
) -> dict[str, frozenset[str]]:
    """Return the stages, by funnel, in which a rule can act, or where a condition can hold at all."""
    found: dict[str, frozenset[str]] = {}
    possibility = Possibility() if where is None else Possibility(where.node)
    for funnel in funnels.values():
        if trigger is not None and trigger.kind is TriggerKind.STAGE and trigger.funnel != funnel.name:
            continue
        stages: set[str] = set()
        for variant in funnel.variants.values():
            for stage in variant.stages.values():
                if stage.name in stages or (stage.outcome is not None and not closed):
                    continue
                if possibility.can_hold(standing(funnel, variant, stage)):
                    stages.add(stage.name)
        if stages:
            found[funnel.name] = frozenset(stages)
    return found
