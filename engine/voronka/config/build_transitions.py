"""Transitions: the ordinary ways between stages, and those a funnel declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from voronka.config.build_gates import build_gate, build_roles_of
from voronka.config.build_timed import build_clock, refuse_nothing
from voronka.config.build_values import assignments
from voronka.config.context import FunnelContext
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import duration, many, true
from voronka.definition.funnels import Gate, Stage, Transition, Trigger
from voronka.definition.timed import Anchor, AnchorKind, Rhythm, TimedEvent, TimedSource
from voronka.messages import Text

__all__ = ["build_transitions", "default_ways"]

_MANUAL_ONLY = ("by", "checks", "message", "override")


def default_ways(stages: Mapping[str, Stage]) -> Iterator[tuple[str, str]]:
    """Yield the ordinary ways: to the next stage, to any earlier one, to each outcome from all that lead to it."""
    path = [name for name, stage in stages.items() if stage.outcome is None]
    outcomes = [stage for stage in stages.values() if stage.outcome is not None]
    yield from pairwise(path)
    for position, source in enumerate(path):
        for target in path[:position]:
            yield source, target
        for outcome in outcomes:
            if outcome.sources is None or source in outcome.sources:
                yield source, outcome.name


def build_transitions(
    node: Node | None, listed: bool, stages: Mapping[str, Stage], funnel: FunnelContext
) -> tuple[dict[str, Transition], dict[str, TimedEvent]]:
    """Return the transitions by name, and the timed events of those that come after a while.

    A declared way by hand takes the place of the ordinary one between the same stages. One from several stages is
    named NAME.STAGE for each; an ordinary one SOURCE-TARGET.
    """
    transitions: dict[str, Transition] = {}
    timed: dict[str, TimedEvent] = {}
    by_hand: dict[tuple[str, str], Node] = {}
    for entry in node.items() if node is not None else ():
        for transition in _declared(entry.key, entry.value, stages, funnel):
            ways = (transition.source, transition.target)
            if transition.trigger is Trigger.MANUAL:
                before = by_hand.setdefault(ways, entry.key)
                if before is not entry.key:
                    funnel.report.error(
                        "V5407",
                        entry.key.place,
                        Text(
                            "Two transitions by hand lead from {source} to {target}.",
                            source=transition.source,
                            target=transition.target,
                        ),
                        Text("Join them into one, or give each its own target."),
                        related=before.place,
                    )
                    continue
            transitions[transition.name] = transition
            funnel.places["transition", transition.name] = entry.key.place
            if transition.trigger is Trigger.AFTER:
                event = _waiting(entry.value, transition, funnel)
                if event is not None:
                    timed[event.name] = event
    for source, target in () if listed else default_ways(stages):
        if (source, target) not in by_hand:
            name = f"{source}-{target}"
            transitions[name] = Transition(
                name=name, source=source, target=target, trigger=Trigger.MANUAL, gate=Gate(name=name)
            )
    return transitions, timed


def _declared(key: Node, node: Node, stages: Mapping[str, Stage], funnel: FunnelContext) -> Iterator[Transition]:
    target = refer(NameKind.STAGE, node.get("to"), stages, funnel.report)
    trigger = _trigger(node, key.text, funnel)
    values = node.get("set")
    gate = build_gate(node, key.text, funnel, checks=trigger is Trigger.MANUAL)
    when = None if trigger is Trigger.MANUAL else funnel.workspace.expressions.compile(node.get("when"), funnel.scope)
    by = build_roles_of(node.get("by"), funnel)
    assigned = assignments(values, funnel) if values is not None else {}
    written = node.get("from")
    several = written is not None and (written.is_sequence or written.text == "*")
    for source in _sources(written, target, stages, funnel):
        if target is None:
            continue
        if stages[source].outcome is not None and trigger is not Trigger.MANUAL:
            funnel.report.error(
                "V5408",
                (written or node).place,
                Text("A deal that has ended in {stage} does not move by itself.", stage=source),
                Text("Name open stages under “from”."),
            )
            continue
        yield Transition(
            name=f"{key.text}.{source}" if several else key.text,
            source=source,
            target=target,
            trigger=trigger,
            gate=gate,
            when=when,
            by=by,
            set=assigned,
            declared=True,
        )


def _sources(
    written: Node | None, target: str | None, stages: Mapping[str, Stage], funnel: FunnelContext
) -> Iterator[str]:
    if written is not None and written.text == "*":
        yield from (name for name, stage in stages.items() if stage.outcome is None and name != target)
        return
    told: set[str] = set()
    for each in many(written):
        source = refer(NameKind.STAGE, each, stages, funnel.report)
        if source is not None and source == target:
            funnel.report.error(
                "V5409",
                each.place,
                Text("A transition from {stage} to itself moves nothing.", stage=source),
                Text("Name another stage under “from” or “to”."),
            )
        elif source is not None and source not in told:
            told.add(source)
            yield source


def _trigger(node: Node, transition: str, funnel: FunnelContext) -> Trigger:
    trigger = Trigger.AUTO if true(node.get("auto")) else Trigger.MANUAL
    if node.get("after") is not None:
        trigger = Trigger.AFTER
    if trigger is not Trigger.MANUAL:
        for stray in _MANUAL_ONLY:
            name = node.key(stray)
            if name is not None:
                funnel.report.error(
                    "V5410",
                    name.place,
                    Text(
                        "“{key}” is for moves that people make; {name} happens by itself.", key=stray, name=transition
                    ),
                    Text("Remove it; only “require” and the gates of the stages bind an automatic move."),
                )
    return trigger


def _waiting(node: Node, transition: Transition, funnel: FunnelContext) -> TimedEvent | None:
    written = node.get("after")
    after = duration(written, funnel.report)
    if written is None or after is None:
        return None
    if after.count == 0 and node.get("at") is None:
        refuse_nothing(written, Text("Write `auto: true` for a move that comes at once, or a longer delay."), funnel)
        return None
    return TimedEvent(
        name=transition.name,
        stages=frozenset({transition.source}),
        source=TimedSource.TRANSITION,
        anchor=Anchor(kind=AnchorKind.STAGE),
        rhythm=Rhythm.AFTER,
        offsets=(after,),
        at=build_clock(node.get("at"), (after,), funnel),
        transition=transition.name,
    )
