"""Runs in the environment of the peers: jobs that are due, through each peer, by a worker in this process.

A job does nothing but count itself: a peer changes no state, which Voronka does for each of its timers. Prints one line
of JSON a peer: how many jobs a second it took in and did, how late they were, or how often it asked while idle.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Told = dict[str, Any]

done: list[float] = []


def count(due: float = 0.0) -> None:
    """Be a job."""
    done.append(time.time() - due)


def until(number: int, seconds: float) -> None:
    """Wait until so many jobs are done."""
    over = time.monotonic() + seconds
    while len(done) < number and time.monotonic() < over:
        time.sleep(0.002)


def apscheduler(work: Told) -> Told:
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    def scheduler() -> BackgroundScheduler:
        stores = {"default": SQLAlchemyJobStore(url=work["address"] or f"sqlite:///{work['folder']}/apscheduler.db")}
        defaults = {"misfire_grace_time": None, "coalesce": False}
        return BackgroundScheduler(jobstores=stores, job_defaults=defaults, timezone="UTC")

    made = scheduler()
    made.start(paused=True)
    started, now = time.perf_counter(), time.time()
    for n in range(work["jobs"]):
        due = now + (1 + n * work["spread"] / work["jobs"] if work["spread"] else -60)
        made.add_job(count, "date", run_date=datetime.fromtimestamp(due, UTC), args=[due], id=str(n))
    armed = work["jobs"] / (time.perf_counter() - started)
    made.shutdown()
    if work["spread"]:
        late_start = scheduler()
        late_start.start()
        until(work["jobs"], work["spread"] + 30)
        late_start.shutdown()
        return {"armed": armed, "late": sorted(done)}
    again = scheduler()
    started = time.perf_counter()
    again.start()
    until(work["jobs"], work["seconds"])
    took = time.perf_counter() - started
    again.shutdown(wait=False)
    return {"armed": armed, "done": len(done) / took}


def procrastinate(work: Told) -> Told:
    import procrastinate as library

    address = work["address"]
    if not address:
        return {"fault": "it needs PostgreSQL"}
    app = library.App(connector=library.PsycopgConnector(conninfo=address.replace("+psycopg", "")))

    @app.task(name="count")
    async def task(due: float) -> None:
        count(due)

    async def run() -> Told:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            if work["idle"]:
                return {"asked": await _asked(app, work["idle"])}
            past = datetime.now(UTC) - timedelta(minutes=1)
            started = time.perf_counter()
            await task.configure(schedule_at=past).batch_defer_async(*({"due": 0.0} for _ in range(work["jobs"])))
            armed = work["jobs"] / (time.perf_counter() - started)
            started = time.perf_counter()
            await app.run_worker_async(wait=False, concurrency=work.get("concurrency", 10), listen_notify=False)
            return {"armed": armed, "done": len(done) / (time.perf_counter() - started)}

    async def _asked(app: Any, seconds: float) -> float:
        worker = asyncio.create_task(app.run_worker_async(wait=True, install_signal_handlers=False))
        await asyncio.sleep(12)
        asked = await _transactions(app)
        await asyncio.sleep(seconds)
        asked = await _transactions(app) - asked
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        return asked / seconds

    async def _transactions(app: Any) -> int:
        asked = "SELECT xact_commit AS n FROM pg_stat_database WHERE datname = current_database()"
        return int((await app.connector.execute_query_one_async(asked))["n"])

    return asyncio.run(run())


def dbos(work: Told) -> Told:
    from dbos import DBOS, DBOSClient, DBOSConfig

    address = work["address"] or f"sqlite:///{work['folder']}/dbos.db"
    config = DBOSConfig(name="bench", system_database_url=address, log_level="ERROR")

    def begin() -> None:
        DBOS(config=config)
        DBOS.workflow(name="count")(count)
        DBOS.launch()
        DBOS.register_queue("due")

    begin()
    DBOS.destroy()
    client = DBOSClient(system_database_url=address)
    started = time.perf_counter()
    for _ in range(work["jobs"]):
        client.enqueue({"workflow_name": "count", "queue_name": "due"}, 0.0)
    armed = work["jobs"] / (time.perf_counter() - started)
    started = time.perf_counter()
    begin()
    until(work["jobs"], work["seconds"])
    took = time.perf_counter() - started
    DBOS.destroy()
    return {"armed": armed, "done": len(done) / took}


PEERS: dict[str, Callable[[Told], Told]] = {"apscheduler": apscheduler, "procrastinate": procrastinate, "dbos": dbos}


def main() -> None:
    logging.disable(logging.CRITICAL)
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name in sys.argv[2:]:
        if name not in PEERS:
            continue
        done.clear()
        try:
            told = PEERS[name](work)
        except Exception as fault:
            told = {"fault": f"{type(fault).__name__}: {fault}"[:300]}
        print(json.dumps({"peer": name, **told}), flush=True)


if __name__ == "__main__":
    main()
