"""Whether somebody is there for what a funnel lets only some do: moves for roles, and fields that gates ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from voronka.config.finding import Finding, Place, Severity
from voronka.config.report import Report
from voronka.config.structure import Site
from voronka.definition.actions import MoveAction
from voronka.definition.fields import Field
from voronka.definition.funnels import Gate, Outcome, Transition, Trigger, Variant
from voronka.definition.people import OWNER, Reach, Role, User
from voronka.definition.rules import Mode, Rule, TriggerKind
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Built", "check_holders"]


@frozen
class Built:
    """A sound variant of a funnel, and where its parts are written: `places`, in files that `sites` make use of.

    `case`: its name and place; None for the funnel itself. `fields`: as its gates name them.
    """

    funnel: str
    variant: Variant
    places: Mapping[Site, Place]
    fields: Mapping[str, Field]
    sites: Mapping[str, Place]
    case: tuple[str, Place] | None = None


def check_holders(
    built: Iterable[Built],
    roles: Mapping[str, Role],
    people: Mapping[str, User],
    rules: Iterable[Rule],
    written: Mapping[str, Set[str]],
    report: Report,
) -> None:
    """Report what nobody may do in funnels, once it is known who is there, and which rules move deals on.

    `written`: the fields that actions and imports set in the deals of each funnel.
    """
    held = {user.role for user in people.values()}
    if not people or not held <= roles.keys():
        return
    able = frozenset(name for name in held if roles[name].changes is not Reach.NONE)
    movers = [
        rule
        for rule in rules
        if rule.mode is Mode.ACTIVE and any(isinstance(action, MoveAction) for action in rule.actions)
    ]
    for each in built:
        moved = frozenset(stage for rule in movers for stage in _moved(rule, each))
        with report.using(each.sites):
            if each.case is None:
                report.take(_check(each, able, moved, written.get(each.funnel, frozenset())))
                continue
            with report.case(*each.case):
                report.take(_check(each, able, moved, written.get(each.funnel, frozenset())))


def _moved(rule: Rule, built: Built) -> Iterator[str]:
    """Yield the stages of a funnel out of which a rule moves deals."""
    goals = {action.to for action in rule.actions if isinstance(action, MoveAction)} & built.variant.stages.keys()
    for stage in rule.places.get(built.funnel, ()):
        acts = rule.trigger.kind is not TriggerKind.STAGE or rule.trigger.name == stage
        if acts and goals - {stage}:
            yield stage


def _check(built: Built, able: frozenset[str], moved: frozenset[str], written: Set[str]) -> Iterator[Finding]:
    variant, places = built.variant, built.places
    ways = [way for way in variant.transitions.values() if way.trigger is Trigger.MANUAL]
    stuck = [name for name in _stuck(variant, ways, able) if name not in moved]
    for name in stuck:
        if ("stage", name) in places:
            yield Finding(
                code="V5308",
                severity=Severity.WARNING,
                place=places["stage", name],
                reason=Text("Nobody may move a deal out of the stage {stage}.", stage=name),
                remedy=Text("Give one of the roles under “by” to somebody, or let another role move it on."),
            )
    for way in ways:
        if way.by and way.source not in stuck and not _movers(way, able) and ("transition", way.name) in places:
            yield Finding(
                code="V5307",
                severity=Severity.WARNING,
                place=places["transition", way.name],
                reason=Text(
                    "Nobody may make the move {move}: it is for {roles}.", move=way.name, roles=", ".join(way.by)
                ),
                remedy=Text("Give one of these roles to somebody, or name another under “by”."),
            )
    yield from _blind(variant, ways, able, places, built.fields)
    yield from _unset(variant, ways, able, places, built.fields, written)


def _movers(way: Transition, able: frozenset[str]) -> frozenset[str]:
    return able.intersection(way.by) if way.by else able


def _stuck(variant: Variant, ways: Sequence[Transition], able: frozenset[str]) -> Iterator[str]:
    """Yield the open stages that every way out of which is for nobody."""
    by_itself = {way.source for way in variant.transitions.values() if way.trigger is not Trigger.MANUAL}
    for event in variant.timed.values():
        if any(isinstance(action, MoveAction) for action in event.actions):
            by_itself |= set(event.stages)
    for stage in variant.stages.values():
        out = [way for way in ways if way.source == stage.name]
        if stage.outcome is None and out and stage.name not in by_itself and not any(_movers(way, able) for way in out):
            yield stage.name


def _blind(
    variant: Variant,
    ways: Sequence[Transition],
    able: frozenset[str],
    places: Mapping[Site, Place],
    fields: Mapping[str, Field],
) -> Iterator[Finding]:
    """Find fields that a gate asks for and nobody sees who may pass it."""
    for site, gate, movers in _gates(variant, ways, able):
        for name in gate.require:
            field = fields.get(name)
            if field is None or not field.visible_to or not movers or site not in places:
                continue
            if OWNER not in field.visible_to and movers.isdisjoint(field.visible_to):
                yield Finding(
                    code="V5309",
                    severity=Severity.WARNING,
                    place=places[site],
                    reason=Text("{gate} asks for {field}, which nobody sees who may pass.", gate=gate.name, field=name),
                    remedy=Text(
                        "Name one of {roles} under “visible_to” of {field}, or do not require it here.",
                        roles=", ".join(sorted(movers)),
                        field=name,
                    ),
                )


def _unset(
    variant: Variant,
    ways: Sequence[Transition],
    able: frozenset[str],
    places: Mapping[Site, Place],
    fields: Mapping[str, Field],
    written: Set[str],
) -> Iterator[Finding]:
    """Find fields that a gate asks for and that stay empty: nobody is there who may set them, and nothing else does."""
    for site, gate, movers in _gates(variant, ways, able):
        for name in gate.require:
            field = fields.get(name)
            if field is None or not field.set_by or field.formula is not None or field.sources or name in written:
                continue
            if movers and site in places and OWNER not in field.set_by and able.isdisjoint(field.set_by):
                yield Finding(
                    code="V5312",
                    severity=Severity.WARNING,
                    place=places[site],
                    reason=Text(
                        "{gate} asks for {field}, which is for {roles} to set, and nobody holds that role.",
                        gate=gate.name,
                        field=name,
                        roles=", ".join(field.set_by),
                    ),
                    remedy=Text(
                        "Give the role to somebody, or name one of {roles} under “set_by” of {field}.",
                        roles=", ".join(sorted(able)),
                        field=name,
                    ),
                )


def _gates(
    variant: Variant, ways: Sequence[Transition], able: frozenset[str]
) -> Iterator[tuple[Site, Gate, frozenset[str]]]:
    """Yield each gate with where it is written and the roles that may pass it."""
    order = list(variant.stages)
    for stage in variant.stages.values():
        into = [way for way in ways if way.target == stage.name]
        out = [
            way
            for way in ways
            if way.source == stage.name
            and (
                stage.leave.always
                or variant.stages[way.target].outcome is Outcome.WON
                or (variant.stages[way.target].outcome is None and order.index(way.target) > order.index(stage.name))
            )
        ]
        yield ("stage", stage.name), stage.enter, _all(into, able)
        yield ("stage", stage.name), stage.leave, _all(out, able)
    for way in ways:
        yield ("transition", way.name), way.gate, _movers(way, able)


def _all(ways: Iterable[Transition], able: frozenset[str]) -> frozenset[str]:
    return frozenset(role for way in ways for role in _movers(way, able))
