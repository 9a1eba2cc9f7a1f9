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
from voronka.definition.rules import Rule, TriggerKind
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Built", "check_holders"]


@frozen
class _Held:
    """The roles that somebody holds: those `able` to change records, and the `idle` ones, with ``changes: none``."""

    able: frozenset[str]
    idle: frozenset[str]

    def movers(self, way: Transition) -> frozenset[str]:
        """Return the roles that may make a move."""
        return self.able.intersection(way.by) if way.by else self.able


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
    given = frozenset(user.role for user in people.values())
    if not people or not given <= roles.keys():
        return
    able = frozenset(name for name in given if roles[name].changes is not Reach.NONE)
    held = _Held(able=able, idle=given - able)
    movers = [rule for rule in rules if any(isinstance(action, MoveAction) for action in rule.done)]
    for each in built:
        moved = frozenset(stage for rule in movers for stage in _moved(rule, each))
        with report.using(each.sites):
            if each.case is None:
                report.take(_check(each, held, moved, written.get(each.funnel, frozenset())))
                continue
            with report.case(*each.case):
                report.take(_check(each, held, moved, written.get(each.funnel, frozenset())))


def _moved(rule: Rule, built: Built) -> Iterator[str]:
    """Yield the stages of a funnel out of which a rule moves deals."""
    goals = {action.to for action in rule.actions if isinstance(action, MoveAction)} & built.variant.stages.keys()
    for stage in rule.places.get(built.funnel, ()):
        acts = rule.trigger.kind is not TriggerKind.STAGE or rule.trigger.name == stage
        if acts and goals - {stage}:
            yield stage


def _check(built: Built, held: _Held, moved: frozenset[str], written: Set[str]) -> Iterator[Finding]:
    variant, places = built.variant, built.places
    ways = [way for way in variant.transitions.values() if way.trigger is Trigger.MANUAL]
    stuck = {name: out for name, out in _stuck(variant, ways, held) if name not in moved}
    for name, out in stuck.items():
        sites: list[Site] = [("stage", name), *(("transition", way.name) for way in out)]
        if written_at := [places[site] for site in sites if site in places]:
            yield Finding(
                code="V5308",
                severity=Severity.WARNING,
                place=written_at[0],
                reason=Text("Nobody may move a deal out of the stage {stage}.", stage=name)
                if not any(held.movers(way) for way in ways if way.source == name)
                else Text("Nobody may move a deal on from the stage {stage}, only back.", stage=name),
                remedy=Text(
                    "Let {roles} change records (“changes” of the role), or let another role move it on.",
                    roles=", ".join(idle),
                )
                if (idle := _idle(out, held))
                else Text("Give one of the roles under “by” to somebody, or let another role move it on."),
            )
    for way in ways:
        if way.by and way.source not in stuck and not held.movers(way) and ("transition", way.name) in places:
            yield Finding(
                code="V5307",
                severity=Severity.WARNING,
                place=places["transition", way.name],
                reason=Text(
                    "Nobody may make the move {move}: it is for {roles}.", move=way.name, roles=", ".join(way.by)
                ),
                remedy=Text(
                    "Let {roles} change records (“changes” of the role), or name another under “by”.",
                    roles=", ".join(idle),
                )
                if (idle := _idle([way], held))
                else Text("Give one of these roles to somebody, or name another under “by”."),
            )
    yield from _blind(variant, ways, held, places, built.fields)
    yield from _unset(variant, ways, held, places, built.fields, written)


def _idle(ways: Iterable[Transition], held: _Held) -> list[str]:
    """Return the roles that would make the moves if only they changed anything."""
    return sorted(frozenset().union(*(held.idle.intersection(way.by) if way.by else held.idle for way in ways)))


def _stuck(variant: Variant, ways: Sequence[Transition], held: _Held) -> Iterator[tuple[str, list[Transition]]]:
    """Yield the open stages that every way on from which, to a later stage or an outcome, is for nobody; with these."""
    by_itself = {way.source for way in variant.transitions.values() if way.trigger is not Trigger.MANUAL}
    for event in variant.timed.values():
        if any(isinstance(action, MoveAction) for action in event.actions):
            by_itself |= set(event.stages)
    order = list(variant.stages)
    for number, stage in enumerate(variant.stages.values()):
        if stage.outcome is not None or stage.name in by_itself:
            continue
        later = set(order[number + 1 :])
        out = [way for way in ways if way.source == stage.name and way.target in later]
        if out and not any(map(held.movers, out)):
            yield stage.name, out


def _blind(
    variant: Variant,
    ways: Sequence[Transition],
    held: _Held,
    places: Mapping[Site, Place],
    fields: Mapping[str, Field],
) -> Iterator[Finding]:
    """Find fields that a gate asks for and nobody sees who may pass it."""
    for site, gate, movers in _gates(variant, ways, held):
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
    held: _Held,
    places: Mapping[Site, Place],
    fields: Mapping[str, Field],
    written: Set[str],
) -> Iterator[Finding]:
    """Find fields that a gate asks for and that stay empty: nobody is there who may set them, and nothing else does."""
    for site, gate, movers in _gates(variant, ways, held):
        for name in gate.require:
            field = fields.get(name)
            if field is None or not field.set_by or field.formula is not None or field.sources or name in written:
                continue
            if movers and site in places and OWNER not in field.set_by and held.able.isdisjoint(field.set_by):
                idle = ", ".join(sorted(held.idle.intersection(field.set_by)))
                said = {"gate": gate.name, "field": name, "roles": ", ".join(field.set_by)}
                able = ", ".join(sorted(held.able))
                yield Finding(
                    code="V5312",
                    severity=Severity.WARNING,
                    place=places[site],
                    reason=Text(
                        "{gate} asks for {field}, which is for {roles} to set, and {idle} may change nothing.",
                        **said,
                        idle=idle,
                    )
                    if idle
                    else Text(
                        "{gate} asks for {field}, which is for {roles} to set, and nobody holds that role.", **said
                    ),
                    remedy=Text(
                        "Let {idle} change records (“changes” of the role), or name one of {roles} under “set_by” of"
                        " {field}.",
                        idle=idle,
                        roles=able,
                        field=name,
                    )
                    if idle
                    else Text(
                        "Give the role to somebody, or name one of {roles} under “set_by” of {field}.",
                        roles=able,
                        field=name,
                    ),
                )


def _gates(variant: Variant, ways: Sequence[Transition], held: _Held) -> Iterator[tuple[Site, Gate, frozenset[str]]]:
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
        yield ("stage", stage.name), stage.enter, _all(into, held)
        yield ("stage", stage.name), stage.leave, _all(out, held)
    for way in ways:
        yield ("transition", way.name), way.gate, held.movers(way)


def _all(ways: Iterable[Transition], held: _Held) -> frozenset[str]:
    return frozenset(role for way in ways for role in held.movers(way))
