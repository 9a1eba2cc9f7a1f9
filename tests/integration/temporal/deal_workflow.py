"""A deal that lives in a workflow of Temporal: this module is loaded in the sandbox, anew for each workflow."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from temporalio import workflow

from tests.unit.process.builders import Story, stage, timed, timed_story, way
from voronka.definition.actions import TaskAction
from voronka.definition.funnels import Trigger
from voronka.messages import Label
from voronka.process import decide
from voronka.process.codec import canonical, encode
from voronka.process.commands import PutRow

PURE = ("voronka.calendars", "voronka.expressions", "voronka.definition", "voronka.process")
"""The packages that must run wherever nothing but what they are given can be asked."""

MODULES = tuple(
    module.name
    for package in map(importlib.import_module, PURE)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)
for _name in MODULES:
    importlib.import_module(_name)


def open_deal() -> Story:
    """Return a new deal, with conditions, an aggregate, a way that it goes by itself and Russia's working days."""
    call = (TaskAction(title=Label.plain("Call")),)
    return timed_story(
        timed("call", stages="needs", after="1 working day, 3 working days", at="10:00", do=call),
        timed("offer", stages="proposal", every="1 week", at_most=2, condition="score is missing", do=call),
        at="2026-03-06 17:00",  # a Friday before a Monday that is free in Russia
        stages=(
            stage("needs", leave={"require": "amount", "condition": "amount * 2 > 100"}),
            stage("proposal", enter={"condition": "count(tco, confirmed) > 0"}),
        ),
        ways=(way("proposal", "lost", "silence", trigger=Trigger.AFTER),),
    )


def life(deal: Story) -> Iterator[str]:
    """Lead a deal from its opening to its end; give what stands in its way and what happens to it, step by step."""
    deal.move("proposal")
    yield f"in the way: {deal.gates()}"
    for moment in ("2026-03-10 10:00", "2026-03-12 12:00"):
        yield f"by {moment}: {deal.advance(moment)}"
    deal.fields(amount=500_000, need="a press")
    deal.move("proposal")
    yield f"in the way: {deal.gates()}"
    deal.do(PutRow(collection="tco", values={"component": "service", "ours": 100, "confirmed": True}))
    deal.move("proposal")
    yield f"stage: {deal.deal.stage}"
    yield f"by itself: {deal.advance('2026-12-31 12:00')}, {deal.deal.stage}"
    yield canonical([encode(event) for event in deal.happened])
    yield canonical(encode(deal.deal))


@workflow.defn(failure_exception_types=[Exception])
class DealWorkflow:
    """The life of one deal."""

    @workflow.run
    async def run(self) -> list[str]:
        """Return what happened."""
        happened = [f"loaded anew: {not hasattr(decide, 'OUTSIDE')}"]
        steps = life(open_deal())
        happened.append(next(steps))
        await workflow.sleep(0.01)  # then it is led here again from its beginning, over what Temporal has kept
        return [*happened, *steps]
