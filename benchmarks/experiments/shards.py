"""Shards: deals on two PostgreSQL servers by the hash of their ids, each deal wholly on one of them.

Due timers are drained by one worker on one server, by two workers on one server, and by one worker on each of two.

    python dev.py experiment shards [DEALS]
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import _shared  # noqa: F401 - it leads to the benchmarks
from _runtime import load, show
from bench_postgresql import by_workers, check
from bench_timers import prepare
from tests.contract.postgresql import serving

from voronka.storage import open_database

SERVERS = 2


def shard(deal: bytes) -> int:
    """Return on which server a deal lies: the last bytes of its id are random."""
    return int.from_bytes(deal[-4:], "big") % SERVERS


def kept(address: str) -> list[bytes]:
    """Return the ids of the deals on a server."""
    database = open_database(address)
    with database.read() as reader:
        found = list(reader.deal_ids())
    database.close()
    return found


def main(deals: int = 10_000) -> None:
    print(load())
    rates = {}
    for name, servers, workers in (
        ("one server, one worker", 1, 1),
        ("one server, two workers", 1, 2),
        ("two servers, a worker each", 2, 1),
    ):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            root = Path(folder) / "workspace"
            addresses = [stack.enter_context(serving()) for _ in range(servers)]
            for n, address in enumerate(addresses):
                mine = (lambda deal, n=n: shard(deal) == n) if servers > 1 else None
                prepare(root, Path(folder) / f"state-{n}", deals // servers, database=address, mine=mine)
            done, took = by_workers(root, addresses, workers)
            for n, address in enumerate(addresses):
                check(address)
                if servers > 1 and any(shard(deal) != n for deal in kept(address)):
                    sys.exit("a deal lies on the wrong server")
            if done != deals // servers * servers:
                sys.exit(f"{name}: {done} of {deals} timers")
            rates[name] = done / took
    show(f"{deals:,} due timers", rates, beside="one server, one worker")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
