"""Memory of a process that works without a pause: timers fire and messages leave, day after day of a virtual clock.

What the process holds is looked at once a second. SQLite's page cache fills at first, up to 64 MB for a connection; so
the quarters of the run are told one by one.

    python benchmarks/bench_memory.py [SECONDS] [DEALS]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from _runtime import load
from bench_storage_loop import DAY, START
from bench_timers import FILES

from voronka.bootstrap import open_workspace
from voronka.simulation.clock import VirtualClock
from voronka.testing import write_files

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def held() -> float:
    """Return the megabytes that this process holds in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / 2**20


def main(seconds: int = 60, deals: int = 200) -> None:
    print(load())
    funnel = FILES["configs/funnels/react.yaml"].replace("after: 1 day", "every: 1 day").replace("not replied and ", "")
    with tempfile.TemporaryDirectory() as folder:
        root, clock = Path(folder) / "workspace", VirtualClock(START)
        write_files(root, {**FILES, "configs/funnels/react.yaml": funnel})
        state = Path(folder) / "state"
        opened = open_workspace(root, clock=clock, random=Random(1).randbytes, state=state, durable=False)
        fields = {"field_3": "100"}
        for _ in range(deals):
            opened.engine.submit({"command": "deal.create", "funnel": "react", "fields": fields, "actor": "anna"})
        samples, done, days = [held()], 0, 0
        over = looked = time.monotonic()
        over += seconds
        while time.monotonic() < over:
            clock.advance(DAY)
            done += opened.engine.settle()
            days += 1
            if time.monotonic() - looked >= 1.0:
                looked += 1.0
                samples.append(held())
        opened.close()
    print(f"{seconds} s, {days:,} days of {deals:,} deals, {done:,} timers and messages")
    part = max(len(samples) // 4, 1)
    quarters = [statistics.fmean(samples[n * part : (n + 1) * part] or samples[-1:]) for n in range(4)]
    print("  megabytes in the quarters of the run: " + ", ".join(f"{each:.1f}" for each in quarters))
    print(f"  the last beside the second: {quarters[3] / quarters[1] - 1:+.1%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
