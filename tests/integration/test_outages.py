"""The beat: what a sleeping machine misses, and what a clock that went wrong leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from tests.integration.test_runtime_timers import ends
from voronka.runtime.beat import INTERVAL
from voronka.simulation.clock import VirtualClock
from voronka.testing import TestWorkspace

DAY = 24 * 3_600_000_000
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {call: {after: 1 day, on_missed: skip, do: [{task: {title: A}}]}}}
  offer: {}
"""


def run_for(sales: TestWorkspace, span: int) -> None:
    """Let a service's beats and timers go on punctually."""
    engine = sales.client.engine
    for _ in range(span // INTERVAL):
        sales.clock.advance(INTERVAL)
        engine.beat()
        engine.fire_due()


@pytest.fixture
def sales(tmp_path: Path) -> TestWorkspace:
    opened = open_sales(tmp_path, with_changes(funnel=FUNNEL))
    opened.client.engine.beat()
    opened.execute("deal.create", funnel="sales")
    return opened


def test_the_worker_that_wakes_before_the_beat_knows_that_the_machine_slept(sales: TestWorkspace) -> None:
    sales.clock.advance(DAY - 2 * INTERVAL)
    engine = sales.client.engine
    engine.beat()
    slept = sales.clock.now()
    sales.clock.advance(9 * INTERVAL)
    engine.fire_due()
    assert engine.outage == (slept, sales.clock.now())
    assert ends(sales) == [("call", "skipped", "missed")]
    engine.beat()
    assert engine.outage == (slept, sales.clock.now())
    sales.close()


def set_clock(sales: TestWorkspace, moment: int) -> None:
    """Let the engine beat by a clock that was set to a moment, maybe an earlier one."""
    sales.clock = sales.client.engine.clock = VirtualClock(moment)
    sales.client.engine.beat()


def test_a_clock_that_was_once_ahead_makes_nothing_missed_later(
    sales: TestWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    engine = sales.client.engine
    right = sales.clock.now() + INTERVAL
    set_clock(sales, right + 365 * DAY)
    set_clock(sales, right)
    assert "the clock was set back" in caplog.text
    assert engine.outage is not None
    assert engine.outage[1] <= right
    set_clock(sales, right + DAY - 3 * INTERVAL)  # an outage, which ends before the timer is due
    run_for(sales, 10 * INTERVAL)
    assert ends(sales) == [("call", "fired", "")]
    sales.close()


def test_the_worker_that_fires_before_the_beat_knows_that_the_clock_was_set_back(sales: TestWorkspace) -> None:
    engine = sales.client.engine
    right = sales.clock.now() + DAY - INTERVAL
    set_clock(sales, right)
    set_clock(sales, right + 365 * DAY)
    sales.clock = engine.clock = VirtualClock(right + 2 * INTERVAL)
    engine.fire_due()
    assert engine.outage is not None
    assert engine.outage[1] <= sales.clock.now()
    sales.close()


def test_after_a_clock_was_ahead_the_next_outage_is_noticed(sales: TestWorkspace) -> None:
    engine = sales.client.engine
    right = sales.clock.now()
    set_clock(sales, right + 365 * DAY)
    set_clock(sales, right)
    set_clock(sales, right + 3 * DAY)
    engine.fire_due()
    assert engine.outage == (right, right + 3 * DAY)
    assert ends(sales) == [("call", "skipped", "missed")]
    sales.close()
