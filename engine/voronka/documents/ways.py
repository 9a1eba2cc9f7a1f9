"""The ways to an outcome as a list in the passport: out of which stages a deal is won or lost, and what that asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from voronka.definition.funnels import Stage, Variant
from voronka.definition.wording import Naming
from voronka.documents.gates import told_gate, told_move
from voronka.documents.parts import Bullet, Code
from voronka.messages import Text

__all__ = ["ways_to"]


def ways_to(outcome: Stage, variant: Variant, naming: Naming) -> Iterator[Bullet]:
    """Yield the ways to an outcome: the ordinary ones together that ask for the same, each declared one by itself.

    What is asked to enter the outcome is asked on all of them; it is told only that it is, for it stands beside them.
    """
    say = naming.say
    own = tuple(told_gate(replace(outcome.enter, actions=()), naming))
    here = (Bullet((say(Text("What stands under “To enter it”")),)),) if own else ()
    ordinary: dict[tuple[Bullet, ...], list[str]] = {}
    declared = []
    for way in variant.transitions.values():
        if way.target != outcome.name:
            continue
        source = variant.stages[way.source]
        leave = replace(source.leave, actions=()) if variant.binds_leave(source, outcome) else None
        asked = () if leave is None else tuple(told_gate(leave, naming))
        if not way.declared:
            ordinary.setdefault(asked, []).append(source.name)
            continue
        event = next((each for each in variant.timed.values() if each.transition == way.name), None)
        head = say(Text("From {stages}", stages=naming.quoted(source.label)))
        below = (*told_move(way, event, naming), *asked, *here)
        declared.append(Bullet((head, " (", Code(way.name), ")"), below))
    every = [name for name, stage in variant.stages.items() if stage.outcome is None]
    for asked, names in ordinary.items():
        below = (*asked, *here) or (Bullet((say(Text("Nothing is asked")),)),)
        stages = naming.listed(naming.quoted(variant.stages[name].label) for name in names)
        told = Text("From every stage") if names == every else Text("From {stages}", stages=stages)
        yield Bullet((say(told),), below)
    yield from declared
