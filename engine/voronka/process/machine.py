"""The topology of a funnel's variant: which transitions there are, as a state machine of the `transitions` library.

One `Machine` without a model stands for all deals of the variant and is shared by all threads. It tells what leads
where; conditions are judged outside it, because a machine stops at the first that fails and we report all.
"""

from __future__ import annotations

from collections.abc import Mapping

from transitions import Machine

from voronka.definition.funnels import Transition, Trigger, Variant

__all__ = ["Topology", "build_machine"]


def build_machine(variant: Variant) -> Machine:
    """Return the machine of a variant: its stages as states, each transition's name as a trigger."""
    return Machine(
        model=None,
        states=list(variant.stages),
        initial=variant.first.name,
        transitions=[
            {"trigger": transition.name, "source": transition.source, "dest": transition.target}
            for transition in variant.transitions.values()
        ],
        auto_transitions=False,
    )


class Topology:
    """What leads out of each stage, looked up once in the machine."""

    __slots__ = ("_automatic", "_manual", "machine")

    def __init__(self, variant: Variant) -> None:
        self.machine = build_machine(variant)
        self._manual: dict[str, dict[str, Transition]] = {name: {} for name in variant.stages}
        self._automatic: dict[str, tuple[Transition, ...]] = dict.fromkeys(variant.stages, ())
        for name, event in self.machine.events.items():
            transition = variant.transitions[name]
            for source, ways in event.transitions.items():
                if not ways:
                    continue
                if transition.trigger is Trigger.MANUAL:
                    self._manual[source].update({way.dest: transition for way in ways if way.dest})
                elif transition.trigger is Trigger.AUTO:
                    self._automatic[source] += (transition,)

    def manual(self, source: str) -> Mapping[str, Transition]:
        """Return the ways that a person may take out of a stage, by target; none out of one that is not there."""
        return self._manual.get(source, {})

    def automatic(self, source: str) -> tuple[Transition, ...]:
        """Return the transitions out of a stage that a change triggers, in the order they are written."""
        return self._automatic.get(source, ())
