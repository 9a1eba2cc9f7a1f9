"""A workflow that asks for what a workflow is not given."""

from __future__ import annotations

import time

from temporalio import workflow


@workflow.defn(failure_exception_types=[Exception])
class AskingWorkflow:
    """Asks for the clock of the machine."""

    @workflow.run
    async def run(self) -> float:
        """Return the time."""
        return time.time()
