"""Commands from many clients at once, each answered after a durable commit: with group commit, and one commit each.

Every client sets a field of a deal by a request as they come from outside, waits for the answer and sends the next. A
commit waits 1 ms, as for a disk that takes so long to write: the wait is a sleep before SQLite's own commit, under the
writer's lock, which gives other threads the processor as the system's call does. One commit each is the same engine
with groups of one. The clients of the control endpoint are a process of their own. `verify` must find the database
sound afterwards.

    python benchmarks/bench_commands.py [CLIENTS] [SECONDS]
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from bench_storage_loop import START
from bench_timers import prepare
from sqlalchemy import event

from voronka.bootstrap import open_workspace
from voronka.runtime import group_commit
from voronka.runtime.control import ControlEndpoint
from voronka.runtime.local import LocalClient
from voronka.runtime.remote import HOST
from voronka.simulation.clock import VirtualClock
from voronka.storage import verify

DEALS = 20_000
DISK = 0.001
TOKEN = "bench"

Ask = Callable[[dict[str, object]], object]


def slow_disk(opened: LocalClient, seconds: float) -> None:
    """Let each commit of a workspace that does not wait for the disk take so long."""
    event.listen(opened.engine.database._writer, "commit", lambda _: time.sleep(seconds))


def asking(port: int) -> Ask:
    """Return a way to ask a control endpoint, over one connection a request."""

    def ask(request: dict[str, object]) -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("POST", "/execute", json.dumps(request), {"Authorization": f"Bearer {TOKEN}"})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(body)

    return ask


def measure_elsewhere(port: int, clients: int, seconds: float) -> tuple[float, list[float]]:
    """As `measure`, by clients in a process of their own."""
    there = [sys.executable, __file__, "--clients-of", str(port), str(clients), str(seconds)]
    rate, waited = json.loads(subprocess.run(there, stdout=subprocess.PIPE, check=True).stdout)
    return rate, waited


def measure(ask: Ask, clients: int, seconds: float) -> tuple[float, list[float]]:
    """Let the clients ask for so long; return how many were answered a second, and how long each waited."""
    waited: list[list[float]] = [[] for _ in range(clients)]
    over = time.perf_counter() + seconds

    def run(client: int) -> None:
        random = Random(client)
        while (started := time.perf_counter()) < over:
            fields = {"field_1": f"value {random.random()}"}
            ask({"command": "deal.set", "deal": random.randrange(DEALS) + 1, "fields": fields})
            waited[client].append(time.perf_counter() - started)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [one for each in waited for one in each]
    return len(every) / (time.perf_counter() - started), every


def main() -> None:
    if sys.argv[1:2] == ["--clients-of"]:
        port, many, long = sys.argv[2:5]
        print(json.dumps(measure(asking(int(port)), int(many), float(long))))
        return
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    print(
        f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {DISK * 1000:.0f} ms a commit"
    )
    print(f"{'':36}{'commands/s':>11}{'p50 ms':>8}{'p99 ms':>8}{'per CPU s':>11}")
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "workspace", Path(folder) / "state"
        prepare(root, state, DEALS)
        clock = VirtualClock(START + 1)
        opened = open_workspace(root, clock=clock, random=Random(2).randbytes, state=state, durable=False)
        slow_disk(opened, DISK)

        opened.attended = True
        endpoint = ControlEndpoint(opened, state, TOKEN)
        endpoint.open()

        def show(name: str, measured: Callable[[], tuple[float, list[float]]]) -> None:
            busy = time.process_time()
            rate, waited = measured()
            busy = (time.process_time() - busy) / len(waited)
            cuts = [cut * 1000 for cut in statistics.quantiles(waited, n=100)]
            print(f"{name:36}{rate:11,.0f}{cuts[49]:8.1f}{cuts[98]:8.1f}{1 / busy:11,.0f}", flush=True)

        submit = opened.engine.submit
        for name, size in ("one commit each", 1), ("group commit", group_commit.LARGEST):
            group_commit.LARGEST = size
            show(f"1 client, {name}", partial(measure, submit, 1, seconds))
            show(f"{clients} clients, {name}", partial(measure, submit, clients, seconds))
            show(f"{clients} at the endpoint, {name}", partial(measure_elsewhere, endpoint.port, clients, seconds))
        endpoint.close(5.0)
        report = verify(opened.engine.database)
        opened.close()
    if report.damages:
        sys.exit(f"damage is left: {report.damages[0].what}")


if __name__ == "__main__":
    main()
