"""Due timers through the whole engine, beside a hand-written loop that writes the same rows with plain `sqlite3`.

Both drain copies of one database: deals of twelve fields, each with one due timer, as the engine itself made them. The
engine claims, loads, decides by the definition (a condition is judged, a task opened, a message requested), appends
and commits; the loop of `bench_storage_loop.py` knows what comes out and only writes it. `verify` must find both
databases sound afterwards. With WAITING timers more, none of which is due, and with a reader who is open all the
while and pins old rows, the engine drains another copy each. Of the peers a job does nothing.

    python benchmarks/bench_timers.py [DEALS] [BATCH] [ROUNDS] [WAITING] [JOBS OF THE PEERS]
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from _runtime import load, peers
from bench_storage_loop import DAY, NOW, START, by_hand

from voronka.bootstrap import open_workspace
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.state import Stream, StreamKind
from voronka.simulation.clock import VirtualClock
from voronka.storage import open_database, verify
from voronka.testing import write_files

FILES = {
    "voronka.yaml": "workspace: bench\ntitle: Bench\nlocale: ru\ntimezone: Europe/Moscow\ncurrency: RUB\n"
    "calendar: office\nchannels: {email: {via: file}}\n",
    "configs/calendars/office.yaml": 'calendar: office\ncountry: RU\nhours: {mon-fri: "09:00-18:00"}\n',
    "configs/people/people.yaml": "roles: {manager: {}}\npeople: {anna: {name: Anna, role: manager}}\n",
    "configs/fields/base.yaml": "set: base\nfields:\n"
    + "".join(f"  field_{n}: {{type: {'text' if n % 3 else 'money'}}}\n" for n in range(12)),
    "configs/templates/materials.ru.md": "---\nsubject: Материалы\n---\nДобрый день!\n",
    "configs/funnels/react.yaml": """\
funnel: react
fields: [base]
stages:
  proposal:
    timed:
      send_materials:
        after: 1 day
        when: not replied and field_3 > 10
        do:
          - task: {title: {en: Call back, ru: Перезвонить}, due: 1 day}
          - send: {channel: email, to: owner, template: materials}
  contract: {}
""",
}
CROWD = "crowd"
FIELDS = {f"field_{n}": f"value {n}" if n % 3 else n * 1_000 for n in range(12)}


def prepare(
    root: Path,
    state: Path,
    deals: int,
    *,
    database: str | None = None,
    mine: Callable[[bytes], bool] | None = None,
) -> Path:
    """Let the engine open the deals; return their database, or keep them in that of which the address is given.

    `mine`: whether a deal of this id belongs there.
    """
    write_files(root, FILES)
    clock = VirtualClock(START)
    opened = open_workspace(root, clock=clock, random=Random(1).randbytes, state=state, database=database)
    command = CreateDeal(funnel="react", owner="anna", fields=FIELDS)

    def new_id() -> bytes:
        while mine is not None and not mine(deal := opened.engine.new_id()):
            pass
        return opened.engine.new_id() if mine is None else deal

    for first in range(0, deals, 2_000):
        clock.advance(1_000)
        opened.engine.execute_many(
            [
                Envelope(
                    command=command,
                    stream=Stream(StreamKind.DEAL, new_id()),
                    actor="anna",
                    source="bench",
                )
                for _ in range(min(2_000, deals - first))
            ]
        )
    opened.close()
    return state / "voronka.db"


def by_engine(root: Path, path: Path, batch: int) -> int:
    """Drain through the engine; `batch` 0 lets it choose."""
    opened = open_workspace(root, clock=VirtualClock(NOW), random=Random(2).randbytes, state=path.parent)
    done = 0
    while ended := opened.engine.fire_due(batch or None):
        done += ended
    opened.close()
    return done


def measure(drain: Callable[[Path], int], source: Path, folder: Path) -> tuple[int, float, float]:
    """Drain a copy; return what was drained, in how many seconds, and in how many of the processor's."""
    path = folder / "voronka.db"
    shutil.copy(source, path)
    if before := getattr(drain, "before", None):
        before(path)
    started, busy = time.perf_counter(), time.process_time()
    done = drain(path)
    took = time.perf_counter() - started, time.process_time() - busy
    if after := getattr(drain, "after", None):
        after(path)
    database = open_database(path)
    report = verify(database)
    database.close()
    if report.damages:
        sys.exit(f"damage is left: {report.damages[0].what}")
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    return done, *took


def crowd(path: Path, waiting: int) -> None:
    """Let so many timers more wait, none of them due within a year, spread over the deals."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (deals,) = connection.execute("SELECT count(*) FROM deals").fetchone()
        each = -(-waiting // deals)
        connection.execute(
            "WITH RECURSIVE times(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM times WHERE n < ?) "
            'INSERT INTO timers (deal, visit, event, generation, "row", occurrence, state, anchor, due_at, "offset", '
            'reason) SELECT deal, visit, ?, generation, "row", n, state, anchor, due_at + ? + n, "offset", \'\' '
            "FROM timers, times",
            (each, CROWD, 365 * DAY),
        )


def disperse(path: Path) -> None:
    """Take them away again: no history knows of them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM timers WHERE event = ?", (CROWD,))


def crowded(drain: Callable[[Path], int], waiting: int) -> Callable[[Path], int]:
    """Return a drain that so many waiting timers surround; they are put there before its time begins."""

    def drained(path: Path) -> int:
        return drain(path)

    drained.before = lambda path: crowd(path, waiting)  # type: ignore[attr-defined] # looked for by name
    drained.after = disperse  # type: ignore[attr-defined] # so, too
    return drained


def pinned(drain: Callable[[Path], int]) -> Callable[[Path], int]:
    """Return a drain beside which a reader stays open who has read before it began."""

    def drained(path: Path) -> int:
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM timers").fetchone()
            return drain(path)

    return drained


def main(deals: int = 100_000, batch: int = 0, rounds: int = 2, waiting: int = 0, jobs: int = 0) -> None:
    print(load())
    with tempfile.TemporaryDirectory() as folder:
        root, copies = Path(folder) / "workspace", Path(folder) / "copy"
        copies.mkdir()
        source = prepare(root, Path(folder) / "source", deals)
        drains: dict[str, Callable[[Path], int]] = {
            "by hand": lambda path: by_hand(path, batch or 1_000),
            "engine": lambda path: by_engine(root, path, batch),
        }
        if waiting:
            drains["engine, many wait"] = crowded(drains["engine"], waiting)
            drains["engine, a reader"] = pinned(drains["engine"])
        best: dict[str, tuple[int, float, float]] = {}
        for _ in range(rounds):  # in turns, and the best of each: a busy machine disturbs both alike
            for name, drain in drains.items():
                found = measure(drain, source, copies)
                best[name] = min(best.get(name, found), found, key=lambda one: one[1])
    hand = best["by hand"]
    print(f"{deals:,} due timers, one a deal, due for {(NOW - START - DAY) // DAY} days")
    print(f"{'':20}{'timers/s':>10}{'per CPU s':>11}{'ratio':>7}{'CPU ratio':>11}")
    for name, (done, seconds, busy) in best.items():
        print(f"{name:20}{done / seconds:10,.0f}{done / busy:11,.0f}{hand[1] / seconds:7.2f}{hand[2] / busy:11.2f}")
    if waiting:
        plain = best["engine"][2]
        for name in ("engine, many wait", "engine, a reader"):
            print(f"{name}: {best[name][2] / plain - 1:+.0%} of processor ({waiting:,} timers wait besides)")
    for name, told in peers("apscheduler", "dbos", jobs=jobs).items() if jobs else ():
        if "done" in told:
            print(f"{name:20}{told['done']:10,.0f}{'':11}{hand[1] / deals * told['done']:7.3f}, jobs that do nothing")
        else:
            print(f"{name}: {told['fault']}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
