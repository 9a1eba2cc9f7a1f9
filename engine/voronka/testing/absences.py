"""Absences in scenarios: who is away when it begins, who falls ill on the way, and who is back."""

from __future__ import annotations

from voronka.calendars import date_of
from voronka.definition.scenarios import Absent, Present
from voronka.errors import UsageFault
from voronka.process.commands import EndAbsence, Envelope, SetAbsence
from voronka.runtime.engine import Engine
from voronka.storage import WORKSPACE
from voronka.testing.parties import SOURCE

__all__ = ["tell_absence"]


def tell_absence(engine: Engine, step: Absent | Present, now: int) -> None:
    """Tell at the moment `now` (UTC microseconds) that somebody is away, or there again; `UsageFault` if they were."""
    today = date_of(now, engine.workspace.timezone).isoformat()
    command = (
        SetAbsence(user=step.user, start=step.first or today, end=step.last)
        if isinstance(step, Absent)
        else EndAbsence(user=step.user, day=step.first or today)
    )
    answer = engine.execute(Envelope(command=command, stream=WORKSPACE, actor=SOURCE, source=SOURCE))
    if answer.refusal is not None:
        failure = answer.refusal.failures[0]
        raise UsageFault(failure.reason, failure.unblock)
