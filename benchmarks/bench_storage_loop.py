"""Due timers: storage beside a hand-written loop that writes the same rows with plain `sqlite3`.

Both drain copies of one database: deals of twelve fields, each with one due timer. A firing writes a history row with
its hash, changes the deal, ends the timer, opens a task and puts a message into the outbox. `verify` must find both
databases sound afterwards, so the loop's rows are the real ones: it is what somebody would write by hand who needs no
configuration, only speed.

    python benchmarks/bench_storage_loop.py [DEALS] [BATCH]
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from voronka.process.events import DealCreated, EffectRequested, StageEntered, TaskOpened, TimerArmed, TimerEnded
from voronka.process.evolve import evolve_entry
from voronka.process.state import DealState, Stream, StreamKind, Timer, TimerKey
from voronka.process.step import Link
from voronka.storage import Entry, open_database, verify
from voronka.storage.dialects import WRITER_PRAGMAS

RELEASE = hashlib.sha256(b"benchmark").hexdigest()
START = 1_770_000_000_000_000
DAY = 86_400_000_000
FIELDS = {f"field_{n}": f"value {n}" if n % 3 else n * 1_000 for n in range(12)}
EVENT = "send_materials"
ACTOR = f"timer:{EVENT}@{RELEASE[:8]}"
TITLE = {"en": "Call back", "ru": "Перезвонить"}
NOW = START + 10 * DAY


def prepare(path: Path, deals: int) -> None:
    """Make a database of deals, each with a timer that is due, in no order of their ids."""
    database = open_database(path)
    for first in range(0, deals, 2_000):
        entries = []
        for n in range(first, min(first + 2_000, deals)):
            deal = (START // 1_000 + n // 50).to_bytes(6, "big") + hashlib.sha256(str(n).encode()).digest()[:10]
            due = START + DAY + (n * 7_919 % deals) * 1_000
            key = TimerKey(1, EVENT, 1, "", 0)
            events = (
                DealCreated(id=deal, number=n + 1, funnel="react", case=None, at=START, owner="anna", fields=FIELDS),
                StageEntered(stage="proposal", visit=1, at=START),
                TimerArmed(timer=Timer(key, START, due, "1 day", due, START)),
            )
            state = evolve_entry(None, events, seq=1, release=RELEASE)
            entries.append(entry(Stream(StreamKind.DEAL, deal), 1, events, state, "anna", "cli", START))
        with database.write() as work:
            work.append(entries)
    database.close()


def entry(stream, seq, events, state, actor, source, at):
    return Entry(
        stream=stream,
        seq=seq,
        release=RELEASE,
        actor=actor,
        source=source,
        cause={"command": "timer.fire"},
        occurred_at=at,
        recorded_at=at,
        events=events,
        state_after=state,
        links=(Link(by=actor, first=0),),
    )


def by_storage(path: Path, batch: int) -> int:
    """Drain through storage: claim, load, evolve, append."""
    database = open_database(path)
    done = 0
    while True:
        with database.write() as work:
            claimed = work.claim_due(NOW, batch)
            if not claimed:
                break
            states = work.deals(deal for deal, _ in claimed)
            entries = []
            for deal, keys in claimed:
                state = states[deal]
                for key in keys:
                    entries.append(fire(state, key))
            work.append(entries)
            done += len(entries)
    database.close()
    return done


def fire(state: DealState, key: TimerKey) -> Entry:
    timer = state.timers[key]
    seq = state.seq + 1
    timed: dict[str, str | int] = {"due": timer.due, "name": EVENT, "offset": timer.offset}
    events = (
        TimerEnded(
            key=key, result="fired", at=NOW, due=timer.due, offset=timer.offset, anchor=timer.anchor, counts=True
        ),
        TaskOpened(n=1, title=TITLE, assignee="anna", at=NOW, due=NOW + DAY),
        EffectRequested(
            n=2, channel="email", recipient="user:anna", locale="ru", template="materials", at=NOW, timed=timed
        ),
    )
    after = evolve_entry(state, events, seq=seq, release=RELEASE)
    return entry(Stream(StreamKind.DEAL, state.id), seq, events, after, ACTOR, "timer", NOW)


Decided = tuple[list[tuple], list[tuple], list[tuple], list[tuple], list[tuple]]


def decided(due: list[tuple], deals: dict[bytes, tuple]) -> Decided:
    """Return the rows that firing these timers gives: history, changed deals, ended timers, tasks, outbox.

    `due`: rows of timers; `deals`: of their deals, by id.
    """
    text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
    title = text(TITLE)
    cause = text({"command": "timer.fire"})
    links = text([{"by": ACTOR, "first": 0}])
    history, changed, ended, tasks, outbox = [], [], [], [], []
    for deal, visit, event, generation, row, occurrence, due_at, offset, anchor in due:
        _, seq, previous, fields_text, live_text = deals[deal]
        seq += 1
        json.loads(fields_text)  # what a template or a condition would read
        live = json.loads(live_text)
        key = [visit, event, generation, row, occurrence]
        live["timers"] = [timer for timer in live["timers"] if timer[0] != key]
        progress = live["progress"][event]
        progress[2] += 1
        progress[3] = sorted({*progress[3], offset})
        live["tasks"][f"{seq}.1"] = NOW + DAY
        timed: dict[str, str | int] = {"due": due_at, "name": event, "offset": offset}
        fired = {
            "kind": "timer.ended",
            "version": 1,
            "key": key,
            "result": "fired",
            "at": NOW,
            "due": due_at,
            "offset": offset,
            "anchor": anchor,
            "counts": True,
        }
        task = {
            "kind": "task.opened",
            "version": 1,
            "n": 1,
            "title": TITLE,
            "assignee": "anna",
            "at": NOW,
            "due": NOW + DAY,
        }
        effect = {
            "kind": "effect.requested",
            "version": 1,
            "n": 2,
            "channel": "email",
            "recipient": "user:anna",
            "locale": "ru",
            "template": "materials",
            "at": NOW,
            "timed": timed,
        }
        events = text([fired, task, effect])
        whole = f'["{deal.hex()}",{seq},"deal","{RELEASE}","{ACTOR}","timer",{cause},{NOW},{NOW},{events},{links}]'
        digest = hashlib.sha256(previous + whole.encode()).digest()
        history.append((deal, seq, RELEASE, ACTOR, cause, NOW, NOW, events, links, digest))
        changed.append((seq, digest, RELEASE, text(live), deal, seq - 1))
        ended.append((NOW, deal, *key))
        tasks.append((deal, seq, title, NOW, NOW + DAY))
        outbox.append((deal, seq, NOW, text({"notice": None, "timed": timed}), NOW))
    return history, changed, ended, tasks, outbox


DUE = (
    'SELECT deal, visit, event, generation, "row", occurrence, due_at, "offset", anchor FROM timers '
    "WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?"
)
WRITES = (
    (
        "INSERT INTO history (stream, seq, kind, release, actor, source, cause, occurred_at, recorded_at, events, "
        "links, hash) VALUES (?, ?, 'deal', ?, ?, 'timer', ?, ?, ?, ?, ?, ?)"
    ),
    "UPDATE deals SET seq = ?, hash = ?, release = ?, live = ? WHERE id = ? AND seq = ?",
    (
        "UPDATE timers SET state = 'fired', ended_at = ?, reason = '' WHERE deal = ? AND visit = ? AND event = ? "
        "AND generation = ? AND \"row\" = ? AND occurrence = ? AND state = 'waiting'"
    ),
    "INSERT INTO tasks (deal, seq, n, title, assignee, at, due) VALUES (?, ?, 1, ?, 'anna', ?, ?)",
    (
        "INSERT INTO outbox (deal, seq, n, channel, recipient, locale, template, at, body, status, attempts, "
        "next_at, token, reason) "
        "VALUES (?, ?, 2, 'email', 'user:anna', 'ru', 'materials', ?, ?, 'pending', 0, ?, 0, '')"
    ),
)
"""How the rows that `decided` returns are written, in their order."""


def by_hand(path: Path, batch: int) -> int:
    """Drain by a loop of plain SQL that knows this one process."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("foreign_keys=ON", "cache_size=-65536", "journal_mode=WAL", *WRITER_PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")
    done = 0
    while True:
        connection.execute("BEGIN IMMEDIATE")
        due = connection.execute(DUE, (NOW, batch)).fetchall()
        if not due:
            connection.execute("COMMIT")
            break
        marks = ",".join("?" * len(due))
        found = connection.execute(
            f"SELECT id, seq, hash, fields, live FROM deals WHERE id IN ({marks})", [row[0] for row in due]
        )
        if not done:
            connection.execute("UPDATE counters SET value = max(value, ?) WHERE name = 'recorded_until'", (NOW,))
        for statement, rows in zip(WRITES, decided(due, {row[0]: row for row in found}), strict=True):
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
        done += len(due)
    connection.close()
    return done


def measure(drain: Callable[[Path, int], int], source: Path, batch: int) -> tuple[int, float, float]:
    """Drain a copy; return what was drained, in how many seconds, and in how many of the processor's."""
    path = source.with_name("copy.db")
    shutil.copy(source, path)
    started, busy = time.perf_counter(), time.process_time()
    done = drain(path, batch)
    took = time.perf_counter() - started, time.process_time() - busy
    database = open_database(path)
    report = verify(database)
    database.close()
    if not report.sound:
        sys.exit(f"{drain.__name__} left damage: {report.damages[0].what}")
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    return done, *took


def main() -> None:
    deals = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.db"
        prepare(source, deals)
        best: dict[str, tuple[int, float, float]] = {}
        for _ in range(3):  # in turns, and the best of each: a busy machine disturbs both alike
            for drain in (by_hand, by_storage):
                found = measure(drain, source, batch)
                best[drain.__name__] = min(best.get(drain.__name__, found), found, key=lambda one: one[1])
    print(f"{deals} due timers, batches of {batch}")
    print(f"{'':12}{'timers/s':>10}{'per CPU s':>11}{'ratio':>7}")
    hand = best["by_hand"]
    for name, (done, seconds, busy) in best.items():
        print(f"{name:12}{done / seconds:10,.0f}{done / busy:11,.0f}{hand[1] / seconds:7.2f}")


if __name__ == "__main__":
    main()
