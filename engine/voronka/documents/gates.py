"""What a gate asks and does, as a list that a manager reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voronka.definition.funnels import Check, ChecklistItem, Gate, Transition, Trigger
from voronka.definition.timed import TimedEvent
from voronka.definition.wording import Naming, condition, told_action, told_event
from voronka.definition.wording.actions import told_values
from voronka.documents.parts import Bullet, Code
from voronka.messages import Text

__all__ = ["told_gate", "told_move", "told_roles", "told_timed"]


def told_roles(names: Iterable[str], naming: Naming) -> str:
    """Return the roles by their labels."""
    return naming.listed(naming.role(name) for name in names)


def told_gate(gate: Gate, naming: Naming) -> Iterator[Bullet]:
    """Yield what must hold to pass a gate, what is to be ticked, and what is done on passing."""
    say = naming.say
    if gate.require:
        fields = naming.listed(naming.called(name) for name in gate.require)
        yield Bullet((say(Text("Filled in: {fields}", fields=fields)),))
    for check in gate.checks:
        yield _told_check(check, naming)
    if gate.checklist:
        items = tuple(Bullet((_told_item(item, naming),)) for item in gate.checklist.values())
        yield Bullet((say(Text("Ticked:")),), items)
    if gate.actions:
        yield Bullet((say(Text("Then, by itself:")),), told_actions(gate, naming))


def told_actions(of: Gate | TimedEvent, naming: Naming) -> tuple[Bullet, ...]:
    """Return what a gate or a timed event does."""
    return tuple(Bullet((told_action(action, naming),)) for action in of.actions)


def _told_check(check: Check, naming: Naming) -> Bullet:
    say = naming.say
    holds = condition(check.when, naming)
    below = []
    if check.message is not None:
        below.append(Bullet((say(Text("Else: {message}", message=naming.quoted(check.message))),)))
    if check.override_by:
        roles = told_roles(check.override_by, naming)
        below.append(Bullet((say(Text("May be lifted, with a reason, by: {roles}", roles=roles)),)))
    return Bullet((say(Text("Holds: {condition}", condition=holds)),), tuple(below))


def _told_item(item: ChecklistItem, naming: Naming) -> str:
    told = [naming.say(item.label)]
    if item.evidence == "link":
        told.append(naming.say(Text("with a link as evidence")))
    elif item.evidence is not None:
        told.append(naming.say(Text("with a text as evidence")))
    if item.per_visit:
        told.append(naming.say(Text("anew at each stay")))
    return ", ".join(told)


def told_timed(event: TimedEvent, naming: Naming) -> Bullet:
    """Return when a timed event comes about and what it does then."""
    return Bullet((f"{told_event(event, naming)} (", Code(event.name), ")"), told_actions(event, naming))


def told_move(move: Transition, event: TimedEvent | None, naming: Naming) -> Iterator[Bullet]:
    """Yield who or what starts a transition, what must hold, what it sets and does. `event`: of one by the clock."""
    say = naming.say
    if move.trigger is Trigger.MANUAL:
        roles = told_roles(move.by, naming)
        yield Bullet(
            (say(Text("Who: {roles}", roles=roles) if roles else Text("Who: everybody who may change the deal")),)
        )
    elif move.trigger is Trigger.AFTER and event is not None:
        yield Bullet((say(Text("By itself: {when}", when=told_event(event, naming))),))
    if move.when is not None:
        holds = condition(move.when, naming)
        by_itself = Text("By itself, as soon as: {condition}", condition=holds)
        yield Bullet(
            (say(by_itself if move.trigger is Trigger.AUTO else Text("Only if: {condition}", condition=holds)),)
        )
    yield from told_gate(move.gate, naming)
    if move.set:
        yield Bullet((say(Text("Sets: {values}", values=told_values(move.set, naming))),))
