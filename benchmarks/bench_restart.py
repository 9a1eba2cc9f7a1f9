"""Restart: a service that was killed at work is started again on a long history; until it has answered a command.

Beside it a Python process that opens the same database with plain `sqlite3`, as a loop written by hand would, and reads
when the next timer is due.

    python benchmarks/bench_restart.py [ENTRIES] [ROUNDS]
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from _runtime import load
from bench_storage_loop import DAY
from bench_timers import prepare

from voronka.runtime.remote import RemoteClient
from voronka.runtime.state import state_folder

DEALS = 2_000
PLAIN = (
    "import sqlite3, sys\nconnection = sqlite3.connect(sys.argv[1])\n"
    "print(connection.execute(\"SELECT min(due_at) FROM timers WHERE state = 'waiting'\").fetchone())"
)


def lengthen(path: Path, entries: int) -> None:
    """Let the histories of the deals be so long in all, and all timers wait for a year more."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (there,) = connection.execute("SELECT count(*) FROM history").fetchone()
        connection.execute(
            "WITH RECURSIVE times(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM times WHERE n < ?) "
            "INSERT INTO history SELECT stream, seq + n, kind, release, actor, source, cause, occurred_at, "
            "recorded_at, events, links, hash FROM history, times WHERE kind = 'deal'",
            (max(entries // there, 1),),
        )
        connection.execute("UPDATE deals SET seq = (SELECT max(seq) FROM history WHERE stream = deals.id)")
        connection.execute("UPDATE timers SET due_at = ?", (int(time.time() * 1e6) + 365 * DAY,))


def answered(root: Path, state: Path, number: int) -> tuple[float, subprocess.Popen[bytes]]:
    """Start a service; return in how many seconds it has answered a command, and its process."""
    words = [sys.executable, "-m", "voronka", "run"]
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while (client := RemoteClient.of(state)) is None:
        if process.poll() is not None or time.perf_counter() - started > 120:
            sys.exit("the service does not start")
        time.sleep(0.01)
    fields = {"field_1": f"value {number}"}
    client.execute({"command": "deal.set", "deal": number + 1, "fields": fields, "actor": "anna"})
    return time.perf_counter() - started, process


def main(entries: int = 100_000, rounds: int = 3) -> None:
    print(load())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        root.mkdir()
        state = state_folder(root)
        path = prepare(root, state, min(DEALS, entries))
        lengthen(path, entries)
        times, busy = [], []
        for number in range(rounds):
            took, process = answered(root, state, number)
            process.kill()
            _, process.returncode, used = os.wait4(process.pid, 0)
            busy.append(used.ru_utime + used.ru_stime)
            (state / "control.json").unlink(missing_ok=True)
            times.append(took)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", PLAIN, path], check=True, stdout=subprocess.DEVNULL)
        plain = time.perf_counter() - started
        with closing(sqlite3.connect(path)) as connection:
            (there,) = connection.execute("SELECT count(*) FROM history").fetchone()
    print(f"{there:,} entries of history, the service killed before each start")
    print(f"  until it has answered a command: {', '.join(f'{took:.2f}' for took in times)} s")
    print(f"  of the processor: {', '.join(f'{took:.2f}' for took in busy)} s")
    print(f"  a process of plain sqlite3 that reads the next due moment: {plain:.2f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
