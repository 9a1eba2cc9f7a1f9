"""Workers on two hosts share one PostgreSQL; a host whose cable is pulled holds nothing up for long."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.contract.postgresql import NoServer, server
from tests.integration.hosts import NETWORK, Host, NoHosts, hosts
from tests.integration.sales_workspace import START, ZONE
from tests.integration.service_process import await_that, start_worker
from tests.integration.test_workers import ON_POSTGRESQL, count, ends
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.testing import TestWorkspace, write_files

DEALS = 50
PAUSE = 0.25
GIVEN_UP = 40.0
"""Seconds after which the work of a host that is gone without a word is taken over: 25, and the time to do it."""


@pytest.fixture(scope="module")
def joined() -> Iterator[tuple[str, list[Host]]]:
    """Give the address of a server for this process, and two hosts that reach it over the network."""
    try:
        with hosts(2) as (around, both), server(around=around, network=NETWORK) as made:
            yield made.address, both
    except (NoHosts, NoServer) as reason:
        pytest.skip(f"no hosts: {reason}; test_workers.py has processes instead")


def opened(folder: Path, address: str) -> TestWorkspace:
    write_files(folder, ON_POSTGRESQL)
    sales = TestWorkspace(folder, start=START, zone=ZONE, database=address)
    engine = sales.client.engine
    stream = [Stream(StreamKind.DEAL, engine.new_id()) for _ in range(DEALS)]
    command = CreateDeal(funnel="sales")
    engine.execute_many([Envelope(command=command, stream=each, actor="local", source="test") for each in stream])
    return sales


def connected(sales: TestWorkspace) -> set[str]:
    """Return the addresses from which somebody is connected."""
    with sales.client.engine.read() as reader:
        asked = "SELECT DISTINCT host(client_addr) FROM pg_stat_activity WHERE client_addr IS NOT NULL"
        return {*reader.execute(text(asked)).scalars()}


def test_workers_on_two_hosts_end_each_timer_once(tmp_path: Path, joined: tuple[str, list[Host]]) -> None:
    address, both = joined
    with opened(tmp_path, address) as sales:
        workers = [
            start_worker(tmp_path, f"postgresql://postgres@{host.server}/postgres", host.around) for host in both
        ]
        try:
            await_that(lambda: connected(sales) >= {host.address for host in both}, pause=PAUSE)
            await_that(lambda: count(sales.client.engine.database, "timers", "state = 'waiting'") == 0, pause=PAUSE)
            if os.environ.get("VORONKA_DEEP"):  # it takes half a minute
                _cut_off(sales, both[0])
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        assert ends(sales) == [["call fired", "materials fired"]] * len(ends(sales))
        assert len(ends(sales)) >= DEALS
        assert sales.verify().damages == ()


def _cut_off(sales: TestWorkspace, host: Host) -> None:
    """Pull the cable of a host at work; what it held must be done by the other one."""
    engine = sales.client.engine
    command = CreateDeal(funnel="sales")
    for _ in range(20):
        stream = [Stream(StreamKind.DEAL, engine.new_id()) for _ in range(DEALS)]
        engine.execute_many([Envelope(command=command, stream=each, actor="local", source="test") for each in stream])
    await_that(lambda: count(engine.database, "timers", "state <> 'waiting'") > 5 * DEALS)
    host.cut()
    over = time.monotonic() + GIVEN_UP
    while count(engine.database, "timers", "state = 'waiting'"):
        assert time.monotonic() < over, "what the host held is not taken over"
        time.sleep(0.1)
