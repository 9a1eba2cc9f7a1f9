"""A deal as a workflow of Temporal, or as what it is without one: opened, then its timers fire, then it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tests.unit.process.builders import PLAIN, Story, simple, timed

    from voronka.definition.actions import TaskAction
    from voronka.messages import Label

    CALL = (TaskAction(title=Label.plain("Call")),)
    WORKSPACE = simple(*PLAIN, timers=(timed("call", stages="needs", after="1 day, 2 days, 3 days", do=CALL),))

TIMERS = 3


def life() -> Iterator[int]:
    """Lead a deal through five decisions; give how many of its timers have fired."""
    deal = Story(WORKSPACE, at="2026-03-02 10:00")
    deal.open()
    fired = 0
    for day in range(TIMERS):
        yield fired
        fired += len(deal.advance(f"2026-03-{day + 3:02} 10:00"))
    deal.move("lost", loss_reason="price")
    yield fired


@workflow.defn
class Deal:
    """The life of one deal; a timer of Temporal stands for each of its own."""

    @workflow.run
    async def run(self) -> int:
        """Return how many timers have fired."""
        fired = 0
        for number, so_far in enumerate(life()):
            fired = so_far
            if number < TIMERS:
                await workflow.sleep(timedelta(milliseconds=1))
        return fired
