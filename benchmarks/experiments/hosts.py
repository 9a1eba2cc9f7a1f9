"""Two hosts in network namespaces, one PostgreSQL: what a second host adds, and how soon it takes over what one held.

The second part pulls the cable of one host while it works: nobody tells the server.

    python dev.py experiment hosts [DEALS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _shared  # noqa: F401 - it leads to the benchmarks and the hosts of the tests
import bench_postgresql
from _runtime import load, show
from bench_postgresql import by_workers, check
from bench_timers import prepare
from sqlalchemy import create_engine, text
from tests.contract.postgresql import server
from tests.integration.hosts import NETWORK, Host, hosts

LONGEST = 90.0


def counted(address: str, where: str) -> int:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM timers WHERE {where}")).scalar_one()
    engine.dispose()
    return int(found)


def taken_over(root: Path, address: str, both: list[Host], deals: int) -> float:
    """Cut one host off at a third of the work; return in how many seconds the other one has done all that is left."""
    words = [sys.executable, bench_postgresql.__file__, "--work", str(root)]
    workers = [
        subprocess.Popen(
            [*host.around, *words, reached(host)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for host in both
    ]
    for worker in workers:
        worker.stdout.readline()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    while counted(address, "state <> 'waiting'") < deals // 3:
        time.sleep(0.02)
    both[0].cut()
    cut = time.monotonic()
    workers[0].kill()  # it would only wait for a server that it cannot reach
    other = None
    while counted(address, "state = 'waiting'") and time.monotonic() - cut < LONGEST:
        if workers[1].poll() is not None or (other is None and workers[1].stdout.readline()):
            other = other or time.monotonic()
            workers[1].wait()  # it has done what was free; what is held comes free later, for whoever asks then
            by_workers(root, [address], 1)
    for worker in workers:
        worker.kill()
        worker.wait()
    return time.monotonic() - cut


def reached(host: Host) -> str:
    """Return the address of the server as the host reaches it."""
    return f"postgresql+psycopg://postgres@{host.server}/postgres"


def main(deals: int = 5_000) -> None:
    print(load())
    rates = {}
    for number in (1, 2):
        with (
            tempfile.TemporaryDirectory() as folder,
            hosts(2) as (around, both),
            server(around=around, network=NETWORK) as made,
        ):
            root = Path(folder) / "workspace"
            prepare(root, Path(folder) / "state", deals, database=made.address)
            chosen = both[:number]
            done, took = by_workers(root, [reached(host) for host in chosen], 1, [host.around for host in chosen])
            check(made.address)
            if done != deals:
                sys.exit(f"{done} of {deals} timers")
            rates["one host" if number == 1 else "two hosts"] = done / took
    show(f"{deals:,} due timers", rates, beside="one host")
    with (
        tempfile.TemporaryDirectory() as folder,
        hosts(2) as (around, both),
        server(around=around, network=NETWORK) as made,
    ):
        root = Path(folder) / "workspace"
        prepare(root, Path(folder) / "state", deals, database=made.address)
        seconds = taken_over(root, made.address, both, deals)
        left = counted(made.address, "state = 'waiting'")
        check(made.address)
    print(f"  a host cut off at a third of the work: {seconds:.1f} s until the rest was done, {left} timers left")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
