"""A clock that was ahead for a moment: what it has put off waits no longer than it ever does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from tests.integration.test_outbox_delivery import FUNNEL, block_channel, open_deal, statuses
from voronka.calendars import DAY, HOUR
from voronka.runtime import outbox
from voronka.simulation.clock import VirtualClock
from voronka.testing import TestWorkspace

YEAR = 365 * DAY
RULE = "rules:\n  tick: {trigger: {schedule: {every: 1 hour}}, again_after: 1 minute, do: [{task: {title: Tick}}]}\n"
PACED = FILES["voronka.yaml"].replace("email: {via: file}", "email: {via: file, rate: 2 per hour}")


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path, with_changes(funnel=FUNNEL, root=PACED)) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.com"})
        yield workspace


def fail_once(sales: TestWorkspace) -> None:
    blocker = block_channel(sales)
    sales.client.engine.beat()
    sales.client.engine.settle()
    blocker.unlink()


def lease_and_die(sales: TestWorkspace) -> None:
    engine = sales.client.engine
    engine.write(
        lambda work: outbox.lease(
            work, engine.workspace, now=engine.clock.now(), limit=10, random=engine.random, terms=engine.outside.terms
        )
    )


def send_some(sales: TestWorkspace) -> None:
    sales.client.engine.settle()
    open_deal(sales)


WRONG: dict[str, Callable[[TestWorkspace], None]] = {
    "an attempt failed": fail_once,
    "a lease was taken": lease_and_die,
    "a rate was used up": send_some,
}


@pytest.mark.parametrize("do", WRONG.values(), ids=WRONG.keys())
def test_effects_leave_within_hours_after_a_clock_was_a_year_ahead(
    sales: TestWorkspace, do: Callable[[TestWorkspace], None]
) -> None:
    open_deal(sales)
    engine, start = sales.client.engine, sales.clock.now()
    engine.clock = VirtualClock(start + YEAR)
    do(sales)
    for hour in range(8):
        engine.clock = VirtualClock(start + hour * HOUR + 1)
        engine.beat()
        engine.settle()
    assert {status for status, _ in statuses(sales)} == {"sent"}


def test_a_rule_is_judged_within_its_interval_after_a_clock_was_a_year_ahead(tmp_path: Path) -> None:
    with open_sales(tmp_path, FILES | {"configs/rules/rules.yaml": RULE}) as sales:
        sales.execute("deal.create", funnel="sales")
        engine, start = sales.client.engine, sales.clock.now()
        engine.clock = VirtualClock(start + YEAR)
        assert engine.run_rules() == 1
        engine.clock = VirtualClock(start)
        engine.beat()
        engine.clock = VirtualClock(start + HOUR)
        assert engine.run_rules() == 1


def test_a_clock_that_goes_back_between_two_beats_is_noticed(sales: TestWorkspace) -> None:
    open_deal(sales)
    engine, start = sales.client.engine, sales.clock.now()
    engine.beat()
    for moment in (start, start + YEAR):
        engine.clock = VirtualClock(moment)
        engine.note_running()
    lease_and_die(sales)
    engine.clock = VirtualClock(start + 1_000_000)
    engine.note_running()
    engine.beat()
    moment = engine.next_message()
    assert moment is not None
    assert moment <= start + 2 * HOUR
