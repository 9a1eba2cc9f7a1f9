"""Where a process declares what a scenario expects: the timed events, gates and rules that bring it about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voronka.definition.actions import Action, NotifyAction, OpenDealAction, SendAction, TaskAction
from voronka.definition.funnels import Variant
from voronka.definition.rules import Rule
from voronka.definition.timed import TimedEvent
from voronka.frozen import frozen
from voronka.messages import Sentence, Text

__all__ = ["Source", "brought", "sources"]


_OWN_NOTICES: Mapping[str, Sentence] = {
    "sla_breached": Text("sla_breached comes when a deal stays in a stage for longer than its `sla`."),
    "gate_stopped": Text("gate_stopped comes when something stands in the way of an automatic move."),
    "command_refused": Text("command_refused comes when something that an action has queued is refused."),
    "message_failed": Text("message_failed comes when a message is given up."),
    "action_failed": Text("action_failed comes when an action of a plugin is given up."),
    "effect_unknown": Text("effect_unknown comes when nobody knows whether something has left."),
}
"""What brings about the engine's own notices."""


@frozen
class Source:
    """One place that brings about `thing`: a timed `event`, a `rule`, or what `occasion` tells."""

    thing: str
    event: TimedEvent | None = None
    rule: Rule | None = None
    occasion: Sentence | None = None


def sources(kind: str, names: Iterable[str], variant: Variant, rules: Iterable[Rule]) -> Iterator[Source]:
    """Yield what brings about things of a kind (sent, notified, tasks or opened) that have one of these names."""
    wanted = frozenset(names)
    for event in variant.timed.values():
        yield from (Source(thing=name, event=event) for name in _of(kind, wanted, event.actions))
    for stage in variant.stages.values():
        for name in _of(kind, wanted, stage.enter.actions):
            yield Source(
                thing=name, occasion=Text("{thing} comes with entering {stage}.", thing=name, stage=stage.name)
            )
        for name in _of(kind, wanted, stage.leave.actions):
            yield Source(thing=name, occasion=Text("{thing} comes with leaving {stage}.", thing=name, stage=stage.name))
    for way in variant.transitions.values():
        for name in _of(kind, wanted, way.gate.actions):
            yield Source(thing=name, occasion=Text("{thing} comes with the move {way}.", thing=name, way=way.name))
    for rule in rules:
        yield from (Source(thing=name, rule=rule) for name in _of(kind, wanted, rule.actions))
    if kind == "notified":
        yield from (Source(thing=name, occasion=_OWN_NOTICES[name]) for name in sorted(wanted & _OWN_NOTICES.keys()))


def _of(kind: str, wanted: frozenset[str], actions: Iterable[Action]) -> Iterator[str]:
    for action in actions:
        yield from sorted(wanted.intersection(brought(kind, action)))


def brought(kind: str, action: Action) -> Iterator[str]:
    """Yield the names under which an expectation of a kind knows what an action brings about."""
    match kind, action:
        case "sent", SendAction(template=template):
            yield template
        case "notified", NotifyAction(template=template):
            yield template
        case "tasks", TaskAction(title=title):
            yield from title.texts.values()
        case "opened", OpenDealAction(funnel=funnel) if funnel:
            yield funnel
