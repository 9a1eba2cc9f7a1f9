"""The passport of a funnel: the regulation that a manager reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voronka.definition.diagrams import diagram_of, to_svg
from voronka.definition.fields import Subject
from voronka.definition.funnels import Funnel, Trigger, Variant
from voronka.definition.people import Reach, Role
from voronka.definition.routing import RoutingEntry
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.definition.wording import Naming, condition, told_action
from voronka.definition.wording.events import EVENTS_TOLD
from voronka.definition.workspace import Workspace
from voronka.documents.figures import told_schedule
from voronka.documents.parts import (
    Block,
    Bullet,
    Bullets,
    Code,
    Document,
    Drawing,
    Facts,
    Grid,
    Line,
    Paragraph,
    Section,
)
from voronka.documents.stages import overview, spread_section, stage_section
from voronka.documents.variants import variant_section
from voronka.messages import Text

__all__ = ["passport", "rule_funnels", "told_access", "told_routing", "told_rule", "told_trigger"]

_MODES = {Mode.ACTIVE: Text("acts"), Mode.SHADOW: Text("only tells what it would do"), Mode.OFF: Text("rests")}


def passport(funnel: Funnel, naming: Naming) -> Document:
    """Return the passport of a funnel: its base, and its variants as what they do differently."""
    say = naming.say
    base = funnel.variant(None)
    diagram = diagram_of(funnel, base, naming.language)
    drawing = Drawing(to_svg(diagram), f"passport-{funnel.name}.svg", diagram.title)
    stages = tuple(stage_section(stage, n, base, naming) for n, stage in enumerate(base.stages.values(), 1))
    blocks: list[Block] = [
        Facts(tuple(_facts(funnel, naming))),
        Section(say(Text("The way of a deal")), (drawing, overview(base, naming))),
        Section(say(Text("Stages")), (Paragraph((say(_MOVES),)), *stages)),
    ]
    routed = [entry for entry in naming.workspace.routing if entry.funnel == funnel.name]
    if routed:
        blocks.append(Section(say(Text("New deals")), (Bullets(tuple(told_routing(each, naming) for each in routed)),)))
    spread = spread_section(base, naming)
    if spread is not None:
        blocks.append(spread)
    rules = [rule for rule in naming.workspace.rules.values() if funnel.name in rule_funnels(rule, naming.workspace)]
    if rules:
        blocks.append(
            Section(say(Text("What is watched in every stage")), tuple(_rule(each, naming) for each in rules))
        )
    blocks.append(Section(say(Text("Who may do what")), tuple(_rights(funnel, naming))))
    cases = [variant for variant in funnel.variants.values() if variant.case is not None]
    if cases:
        chosen = Text("Which of them a deal follows is said by {field}.", field=naming.called(funnel.variant_by or ""))
        told = tuple(variant_section(funnel, each, naming) for each in cases)
        blocks.append(Section(say(Text("Variants")), (Paragraph((say(chosen),)), *told)))
    return Document(
        name=f"passport-{funnel.name}",
        title=say(Text("Funnel passport: {funnel}", funnel=funnel.label)),
        lead=say(
            Text("The regulation of this process: which way a deal goes, what is asked of it, what happens when.")
        ),
        blocks=tuple(blocks),
    )


_MOVES = Text(
    "A deal goes from each stage to the next one and may be taken back to an earlier one. From which stages it is won "
    "or lost, and what that asks for, stands at these ends; what a move asks for, at the stage it leads to."
)


def _facts(funnel: Funnel, naming: Naming) -> Iterator[tuple[str, Line]]:
    say = naming.say
    yield say(Text("Name")), (Code(funnel.name),)
    if funnel.strategy is not None:
        yield say(Text("Strategy")), (funnel.strategy.upper(),)
    if funnel.owner is not None:
        yield say(Text("Owner")), (naming.role(funnel.owner),)
    sets = [each.label for each in naming.workspace.sets.values() if each.fields.keys() & funnel.fields]
    if sets:
        yield say(Text("Fields of")), (naming.listed(map(naming.quoted, sets)),)


def told_routing(entry: RoutingEntry, naming: Naming) -> Bullet:
    """Return to which new deals an entry of the routing applies, and who gets them."""
    say = naming.say
    holds = None if entry.where is None else condition(entry.where, naming)
    told = Text("Every other deal") if holds is None else Text("If {condition}", condition=holds)
    if entry.assign is None:
        return Bullet((say(told),), (Bullet((say(Text("whoever opens the deal owns it")),)),))
    return Bullet((say(told),), (Bullet((told_action(entry.assign, naming),)),))


def rule_funnels(rule: Rule, workspace: Workspace) -> Iterable[str]:
    """Return the funnels on whose deals a rule can act."""
    if rule.trigger.kind is TriggerKind.STAGE:
        return (rule.trigger.funnel,)
    return rule.places or workspace.funnels


def _rule(rule: Rule, naming: Naming) -> Section:
    named = Bullet((naming.say(Text("Name")), ": ", Code(rule.name)))
    told = (Bullet((sentence,)) for sentence in told_rule(rule, naming).values())
    return Section(naming.say(rule.label), (Bullets((named, *told)),))


def told_rule(rule: Rule, naming: Naming) -> dict[str, str]:
    """Return what a rule waits for, asks and does, as sentences by what they are about."""
    say = naming.say
    told = {"trigger": say(Text("When: {moment}", moment=told_trigger(rule, naming)))}
    if rule.where is not None:
        told["where"] = say(Text("Holds: {condition}", condition=condition(rule.where, naming)))
    told |= {f"do.{n}": told_action(action, naming) for n, action in enumerate(rule.actions, 1)}
    if rule.closed:
        told["closed"] = say(Text("Also for closed deals"))
    if rule.again_after is not None:
        again = Text("For the same deal again after {duration} at the earliest", duration=rule.again_after.sentence())
        told["again"] = say(again)
    if rule.mode is not Mode.ACTIVE:
        told["mode"] = say(Text("For now it {mode}", mode=_MODES[rule.mode]))
    return told


def told_trigger(rule: Rule, naming: Naming) -> str:
    """Return what a rule waits for."""
    trigger, say = rule.trigger, naming.say
    match trigger.kind:
        case TriggerKind.EVENT:
            told = EVENTS_TOLD.get(trigger.name)
            return naming.quoted(trigger.name) if told is None else say(told)
        case TriggerKind.FIELD:
            return say(Text("{value} changes", value=naming.called(trigger.name)))
        case TriggerKind.STAGE:
            return say(Text("the stage {stage} is entered", stage=naming.stage(trigger.name, trigger.funnel)))
    return "" if trigger.schedule is None else told_schedule(trigger.schedule, naming)


_REACH = {
    Reach.NONE: Text("nobody's"),
    Reach.OWN: Text("own ones"),
    Reach.TEAM: Text("those of the team"),
    Reach.ALL: Text("all"),
}


def _rights(funnel: Funnel, naming: Naming) -> Iterator[Block]:
    say = naming.say
    columns = (
        Text("Role"),
        Text("Sees deals"),
        Text("Changes deals"),
        Text("May lift conditions"),
        Text("Moves that need the role"),
    )
    rows = tuple(_role(role, funnel, naming) for role in naming.workspace.roles.values())
    if rows:
        yield Grid(tuple(map(say, columns)), rows)
    bound = [
        Bullet((f"{naming.quoted(field.label)}: {'; '.join(told)}",))
        for subject, fields in naming.workspace.fields.items()
        for field in fields.values()
        if subject is not Subject.DEALS or field.name in funnel.fields
        if (told := [*told_access(field.visible_to, field.set_by, naming)])
    ]
    if bound:
        yield Paragraph((say(Text("Fields that are not for everybody:")),))
        yield Bullets(tuple(bound))


def told_access(visible_to: tuple[str, ...], set_by: tuple[str, ...], naming: Naming) -> Iterator[str]:
    """Yield who sees a field and who sets it, where that is not everybody."""
    if visible_to:
        yield naming.say(Text("seen by {roles}", roles=_named(visible_to, naming)))
    if set_by:
        yield naming.say(Text("set by {roles}", roles=_named(set_by, naming)))


def _named(names: tuple[str, ...], naming: Naming) -> str:
    return naming.listed(
        naming.say(Text("whoever owns the record")) if name == "owner" else naming.role(name) for name in names
    )


def _moves(role: Role, variants: Iterable[Variant]) -> Iterator[str]:
    for variant in variants:
        for move in variant.transitions.values():
            if move.trigger is Trigger.MANUAL and role.name in move.by:
                yield move.name


def _lifted(role: Role, variants: Iterable[Variant], naming: Naming) -> Iterator[str]:
    """Yield the stages and the moves whose conditions a role may lift."""
    for variant in variants:
        for stage in variant.stages.values():
            if any(role.name in check.override_by for gate in (stage.enter, stage.leave) for check in gate.checks):
                yield naming.say(stage.label)
        for move in variant.transitions.values():
            if any(role.name in check.override_by for check in move.gate.checks):
                yield naming.quoted(move.name)


def _role(role: Role, funnel: Funnel, naming: Naming) -> tuple[Line, ...]:
    lifted = dict.fromkeys(_lifted(role, funnel.variants.values(), naming))
    moves = dict.fromkeys(_moves(role, funnel.variants.values()))
    return (
        (naming.say(role.label),),
        (naming.say(_REACH[role.sees]),),
        (naming.say(_REACH[role.changes]),),
        (naming.listed(lifted),),
        _codes(moves),
    )


def _codes(names: Iterable[str]) -> Line:
    """Return names with commas between them."""
    parts: list[str | Code] = []
    for name in names:
        parts += [", ", Code(name)] if parts else [Code(name)]
    return tuple(parts)
