"""What the expressions of a funnel read: which facts a decision may need, and what is worth watching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voronka.definition.actions import (
    Action,
    Argument,
    AssignAction,
    LogAction,
    MoveAction,
    OpenDealAction,
    PersonalValue,
    PluginAction,
    SendAction,
    SetAction,
)
from voronka.definition.funnels import Gate, Stage, Transition, Trigger, Variant
from voronka.definition.timed import AnchorKind, TimedEvent, ZoneOf
from voronka.expressions import Expression
from voronka.frozen import frozen

__all__ = [
    "Formulas",
    "Read",
    "action_reads",
    "anchor_reads",
    "expression_reads",
    "gate_reads",
    "name_reads",
    "stage_reads",
    "union",
    "watched",
]

Formulas = Mapping[str, Expression]
"""Computed fields by name."""


@frozen(kw_only=False)
class Read:
    """Names (``amount``, ``account.turnover``) and collections (``orders``, ``account.competitors``)."""

    names: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()

    def __or__(self, other: Read) -> Read:
        return Read(self.names | other.names, self.collections | other.collections)

    @property
    def parties(self) -> frozenset[str]:
        """The parties without which they cannot be told: ``account``, ``contact``."""
        heads = {name.partition(".")[0] for name in self.names | self.collections if "." in name}
        return frozenset(heads & {"account", "contact"})

    @property
    def everything(self) -> frozenset[str]:
        """Names and collections together, and the links through which they are reached (``account``)."""
        read = self.names | self.collections
        return read | {name.partition(".")[0] for name in read if "." in name}


def expression_reads(expression: object) -> Read:
    """Return what an expression reads; a constant or None reads nothing."""
    if isinstance(expression, Expression):
        return Read(expression.reads.names, expression.reads.collections)
    return Read()


def union(parts: Iterable[Read]) -> Read:
    """Return what all the parts read together."""
    names: set[str] = set()
    collections: set[str] = set()
    for part in parts:
        names |= part.names
        collections |= part.collections
    return Read(frozenset(names), frozenset(collections))


def name_reads(name: str, formulas: Formulas) -> Read:
    """Return what a name's value depends on: itself, or for a computed field what its formula reads."""
    return expression_reads(formulas[name]) if name in formulas else Read(frozenset({name}))


def gate_reads(gate: Gate, formulas: Formulas) -> Read:
    """Return what a gate's conditions read; a checklist item counts as a name of its own."""
    parts = [name_reads(name, formulas) for name in gate.require]
    parts += [Read(frozenset({f"{gate.name}.checklist.{item}"})) for item in gate.checklist]
    parts += [expression_reads(check.when) for check in gate.checks]
    return union(parts)


def action_reads(actions: Iterable[Action]) -> Iterator[Read]:
    """Yield what each of the actions reads."""
    for action in actions:
        match action:
            case SetAction(values=values) | MoveAction(set=values) | LogAction(values=values):
                yield from map(expression_reads, values.values())
            case OpenDealAction(copy=copy, set=values):
                yield Read(frozenset(copy))
                yield from map(expression_reads, values.values())
            case AssignAction(field=name) if name:
                yield Read(frozenset({name}))
            case SendAction(to="contact"):
                yield Read(frozenset({"contact.locale", "contact.zone"}))
            case PluginAction(arguments=arguments):
                yield from _arguments(arguments)


def _arguments(argument: Argument) -> Iterator[Read]:
    if isinstance(argument, PersonalValue):
        yield Read(frozenset({argument.name}))
    elif isinstance(argument, (tuple, Mapping)):
        for each in argument.values() if isinstance(argument, Mapping) else argument:
            yield from _arguments(each)
    else:
        yield expression_reads(argument)


def _gate(gate: Gate, formulas: Formulas) -> Iterator[Read]:
    yield gate_reads(gate, formulas)
    yield from action_reads(gate.actions)


def _transition(transition: Transition, formulas: Formulas) -> Iterator[Read]:
    yield from _gate(transition.gate, formulas)
    yield expression_reads(transition.when)
    yield from map(expression_reads, transition.set.values())


def anchor_reads(event: TimedEvent, formulas: Formulas) -> Read:
    """Return what tells when a timed event comes: its anchor, the zone by whose clocks it goes, its rows.

    Nothing for one that counts from entry or from an event by the workspace's clocks.
    """
    read = _ZONES.get(event.zone, Read())
    if event.each is not None:
        read |= Read(collections=frozenset({event.each}))
    match event.anchor.kind:
        case AnchorKind.FIELD if not event.anchor.of_row:
            return read | name_reads(event.anchor.name, formulas)
        case AnchorKind.LAST_INTERACTION:
            return read | Read(frozenset({"last_interaction_at"}))
    return read


_ZONES = {
    ZoneOf.CONTACT: Read(frozenset({"contact", "contact.zone"})),
    ZoneOf.ACCOUNT: Read(frozenset({"account", "account.zone"})),
    ZoneOf.OWNER: Read(frozenset({"owner"})),
}


def _timed(event: TimedEvent, formulas: Formulas) -> Iterator[Read]:
    yield anchor_reads(event, formulas)
    yield expression_reads(event.when)
    yield expression_reads(event.until)
    yield from action_reads(event.actions)


def stage_reads(variant: Variant, stage: Stage, formulas: Formulas) -> Read:
    """Return all that may be read while a deal stands in a stage and on its way out of it."""
    parts = list(_gate(stage.leave, formulas))
    for event in variant.timed.values():
        if event.keep or stage.name in event.stages:
            parts += _timed(event, formulas)
    for transition in variant.transitions.values():
        if transition.source == stage.name:
            target = variant.stages[transition.target]
            parts += _transition(transition, formulas)
            parts += _gate(target.enter, formulas)
            parts += (anchor_reads(event, formulas) for event in variant.timed.values() if target.name in event.stages)
            parts += (expression_reads(way.when) for way in variant.transitions.values() if way.source == target.name)
    return union(parts)


def watched(variant: Variant, formulas: Formulas) -> Read:
    """Return what, when it changes by itself, may move a deal or its timers: triggers, gates and anchors."""
    parts = [expression_reads(way.when) for way in variant.transitions.values() if way.trigger is Trigger.AUTO]
    parts += [gate_reads(way.gate, formulas) for way in variant.transitions.values()]
    parts += [gate_reads(gate, formulas) for stage in variant.stages.values() for gate in (stage.enter, stage.leave)]
    parts += [anchor_reads(event, formulas) for event in variant.timed.values()]
    return union(parts)
