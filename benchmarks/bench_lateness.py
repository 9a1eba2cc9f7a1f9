"""Lateness: timers come due at an even pace while a service runs in real time; when their commits have returned.

A peer's lateness is the moment at which its job begins.

    python benchmarks/bench_lateness.py [TIMERS A MINUTE] [SECONDS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random

from _runtime import load, peers
from bench_storage_loop import DAY
from bench_timers import FIELDS, FILES

from voronka.bootstrap import open_workspace
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.runtime.clock import SystemClock
from voronka.runtime.service import Service
from voronka.simulation.clock import VirtualClock
from voronka.testing import write_files

LEAD = 5_000_000


def prepare(root: Path, state: Path, number: int, seconds: float) -> None:
    """Open deals whose timers come due one after another, from a few seconds after now on."""
    write_files(root, FILES)
    now = SystemClock().now()
    clock = VirtualClock(now + LEAD - DAY)
    opened = open_workspace(root, clock=clock, random=Random(1).randbytes, state=state, durable=False)
    spent = time.monotonic()
    for _ in range(number):
        clock.advance(int(seconds * 1_000_000 / number))
        stream = Stream(StreamKind.DEAL, opened.engine.new_id())
        command = CreateDeal(funnel="react", owner="anna", fields=FIELDS)
        opened.engine.execute(Envelope(command=command, stream=stream, actor="anna", source="bench"))
        if time.monotonic() - spent > LEAD / 2e6:  # it takes long here: begin later
            clock.advance(int((time.monotonic() - spent) * 1e6))
            spent = time.monotonic()
    opened.close()


def told(late: list[float]) -> str:
    cuts = statistics.quantiles(late, n=100)
    p50, p99 = cuts[49] * 1000, cuts[98] * 1000
    return f"p50 {p50:,.0f} ms, p99 {p99:,.0f} ms, longest {max(late) * 1000:,.0f} ms, {len(late):,} timers"


def main(a_minute: int = 1_000, seconds: int = 60) -> None:
    print(load())
    number = a_minute * seconds // 60
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "workspace", Path(folder) / "state"
        prepare(root, state, number, seconds)
        opened = open_workspace(root, state=state)
        engine = opened.engine
        calls: list[tuple[int, int]] = []
        fire = engine.fire_due

        def fire_due(limit: int | None = None) -> int:
            begun = engine.clock.now()
            if ended := fire(limit):
                calls.append((begun, engine.clock.now()))
            return ended

        engine.fire_due = fire_due
        service = Service(opened, None)
        runner = threading.Thread(target=service.start)
        runner.start()
        over = time.monotonic() + 3 * seconds + 60
        while (waits := engine.next_timer()) is not None and time.monotonic() < over:
            time.sleep(min(max(waits - engine.clock.now(), 0) / 1e6, 0.5) + 0.05)
        with engine.read() as reader:
            ended = [row for row in reader.timers(limit=10 * number) if row.ended_at is not None]
        late = [
            (back - row.due) / 1e6 for row in ended for begun, back in calls if begun <= (row.ended_at or 0) <= back
        ]
        runner.join()
        service.drain()
    print(f"{a_minute:,} timers due a minute, for {seconds} s")
    print(f"  {'the service':14}{told(late)}")
    for peer, one in peers("apscheduler", jobs=number, spread=float(seconds)).items():
        print(f"  {peer:14}{told(one['late']) if 'late' in one else one['fault']}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
