"""What a worker costs that has nothing to do: queries a second that it sends, and its processor.

On PostgreSQL the server counts, for it and for the peers alike: transactions a second of the database.

    python benchmarks/bench_idle.py [SECONDS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from random import Random

from _runtime import load, peers, postgresql
from bench_timers import prepare
from sqlalchemy import create_engine, event, text

from voronka.bootstrap import open_workspace
from voronka.runtime.service import Service

WARM = 12.0
"""Seconds after which the server has counted what was before: its processes tell it after ten that they stand idle."""


def idle(root: Path, state: Path, seconds: float, database: str | None = None) -> tuple[float, float, float]:
    """Let a service wait; return its queries, the server's transactions, and its processor, each per second."""
    opened = open_workspace(root, state=state, random=Random(1).randbytes, database=database)
    service = Service(opened, None)
    service.start()
    while opened.engine.settle():  # what was due in the meantime
        pass
    time.sleep(WARM)
    asked: list[str] = []
    for each in (opened.engine.database._writer, opened.engine.database._readers):
        event.listen(each, "before_cursor_execute", lambda *heard: asked.append(heard[2]))
    before, busy = transactions(database), time.process_time()
    time.sleep(seconds)
    after, busy = transactions(database), time.process_time() - busy
    service.drain()
    queries = [each for each in asked if not each.startswith("BEGIN")]
    return len(queries) / seconds, (after - before) / seconds, busy / seconds


def transactions(address: str | None) -> int:
    """Return how many transactions the database has seen; 0 where there is no server."""
    if address is None:
        return 0
    engine = create_engine(address)
    with engine.connect() as connection:
        asked = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        found = connection.execute(text(asked)).scalar_one()
    engine.dispose()
    return int(found)


def main(seconds: int = 20) -> None:
    print(load())
    print(f"{'idle for ' + str(seconds) + ' s':24}{'queries/s':>14}{'transactions/s':>16}{'processor':>11}")
    with tempfile.TemporaryDirectory() as folder, postgresql() as databases:
        for kind in ("sqlite", "postgresql"):
            root, state = Path(folder) / kind, Path(folder) / f"{kind}.state"
            address = None if kind == "sqlite" else databases("idle")
            prepare(root, state, 100, database=address)
            asked, counted, busy = idle(root, state, seconds, address)
            print(f"{kind:24}{asked:14.2f}{counted:16.2f}{busy:11.1%}", flush=True)
        told = peers("procrastinate", address=databases("peer"), idle=float(seconds))["procrastinate"]
        said = f"{'':14}{told['asked']:16.2f}" if "asked" in told else f"  {told['fault']}"
        print(f"{'procrastinate':24}{said}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
