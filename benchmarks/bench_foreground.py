"""How long a command waits while due timers drain: one thread drains as the service does, another gives commands.

Every 20 ms a command sets a field of some deal; its time is from the call to the durable answer. The same drain without
commands tells what they cost it. `verify` must find the database sound afterwards. MILLISECONDS: let a commit take so
long instead of waiting for the disk, which others may use.

    python benchmarks/bench_foreground.py [DEALS] [MILLISECONDS]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random

from bench_commands import slow_disk
from bench_storage_loop import NOW
from bench_timers import prepare

from voronka.bootstrap import open_workspace
from voronka.simulation.clock import VirtualClock
from voronka.storage import verify

PERIOD = 0.020


def drain(root: Path, state: Path, disk: float | None, *, commands: bool) -> tuple[float, list[float]]:
    """Drain all timers; return how many a second and how many seconds each command took.

    `disk`: seconds that a commit takes; None: as long as the real one needs.
    """
    opened = open_workspace(
        root, clock=VirtualClock(NOW), random=Random(2).randbytes, state=state, durable=disk is None
    )
    if disk is not None:
        slow_disk(opened, disk)
    engine = opened.engine
    over = threading.Event()
    rate = 0.0

    def fire() -> None:
        nonlocal rate
        started, done = time.perf_counter(), 0
        while ended := engine.fire_due():
            done += ended
        rate = done / (time.perf_counter() - started)
        over.set()

    worker = threading.Thread(target=fire)
    worker.start()
    waited: list[float] = []
    number = 0
    if commands:
        while not over.wait(PERIOD):
            number += 1
            started = time.perf_counter()
            engine.submit({"command": "deal.set", "deal": number % 100 + 1, "fields": {"field_1": f"value {number}"}})
            waited.append(time.perf_counter() - started)
    worker.join()
    report = verify(engine.database)
    opened.close()
    if report.damages:
        sys.exit(f"damage is left: {report.damages[0].what}")
    return rate, waited


def main() -> None:
    deals = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    disk = float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else None
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        source = prepare(root, Path(folder) / "source", deals)
        for commands in (False, True):
            state = Path(folder) / "copy"
            state.mkdir()
            shutil.copy(source, state / "voronka.db")
            rate, waited = drain(root, state, disk, commands=commands)
            shutil.rmtree(state)
            if not commands:
                print(f"{deals:,} due timers without commands: {rate:,.0f}/s")
                continue
            cuts = statistics.quantiles(waited, n=100)
            print(f"with a command every {PERIOD * 1000:.0f} ms: {rate:,.0f}/s, {len(waited):,} commands")
            longest = max(waited) * 1000
            p50, p90, p99 = (cuts[each] * 1000 for each in (49, 89, 98))
            print(f"p50 {p50:.1f} ms, p90 {p90:.1f} ms, p99 {p99:.1f} ms, longest {longest:.1f} ms")


if __name__ == "__main__":
    main()
