"""The beat: what a sleeping machine misses, and what a clock that went wrong leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from tests.integration.test_runtime_timers import ends
from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.runtime.beat import INTERVAL
from voronka.simulation.clock import VirtualClock
from voronka.testing import TestWorkspace

SECOND = 1_000_000
DAY = 24 * 3_600 * SECOND
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


def be_busy(sales: TestWorkspace, span: int, *, asleep: int = 0) -> None:
    """Let a transaction take a span of time, within which the machine may sleep, then beat and fire timers."""
    engine = sales.client.engine

    def work(_: object) -> None:
        for _ in range(span // SECOND):
            sales.clock.advance(SECOND)
            engine.note_running()
        sales.clock.advance(asleep)

    engine.note_running()
    engine.write(work)
    engine.note_running()


@pytest.mark.parametrize("beats_first", [True, False])
def test_a_long_transaction_of_a_running_process_is_no_outage(sales: TestWorkspace, beats_first: bool) -> None:
    engine = sales.client.engine
    sales.clock.advance(DAY - 4 * INTERVAL)
    engine.beat()
    known = engine.outage
    be_busy(sales, 9 * INTERVAL)
    if beats_first:
        engine.beat()
    engine.fire_due()
    assert engine.outage == known
    assert ends(sales) == [("call", "fired", "")]
    sales.close()


def test_a_sleep_of_the_machine_within_a_long_transaction_is_an_outage(sales: TestWorkspace) -> None:
    engine = sales.client.engine
    sales.clock.advance(DAY - 4 * INTERVAL)
    engine.beat()
    be_busy(sales, INTERVAL, asleep=9 * INTERVAL)
    engine.fire_due()
    assert ends(sales) == [("call", "skipped", "missed")]
    sales.close()


def test_a_process_that_could_not_beat_was_down(sales: TestWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = sales.client.engine
    sales.clock.advance(DAY - 4 * INTERVAL)
    engine.beat()

    def away() -> None:
        raise EnvironmentFault(Text("The database is away."), Text("Start it."))

    with monkeypatch.context() as patched:
        patched.setattr(engine._due._writer.database, "write", away)
        for _ in range(9):
            sales.clock.advance(INTERVAL)
            engine.note_running()
            with pytest.raises(EnvironmentFault):
                engine.beat()
    engine.note_running()
    engine.fire_due()
    assert ends(sales) == [("call", "skipped", "missed")]
    sales.close()
