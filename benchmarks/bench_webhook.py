"""How many signed webhooks a second reach a local server, beside httpx posting the same bodies unsigned.

By the plugin alone, and through the whole engine: leased, delivered, settled and told to the deals, durably.

python benchmarks/bench_webhook.py [DELIVERIES [THROUGH THE ENGINE]]
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.plugins.services import AT, PlainServices

from voronka.api import ActionCall, DealFacts, HttpAnswer
from voronka.bootstrap import open_workspace
from voronka.runtime.clock import SystemClock
from voronka.runtime.local import LocalClient
from voronka.storage import Delivery
from voronka.testing import write_files
from voronka_webhook.delivery import run

DELIVERIES = 10_000
THROUGH_ENGINE = 1_000
ROUNDS = 5
SECRET = "VORONKA_BENCH_SECRET"
ENGINE_ROUNDS = 3
ROOT = """\
workspace: bench
timezone: UTC
currency: EUR
allowed_hosts: ["127.0.0.1"]
plugins: {{webhook: {{endpoints: {{sink: {{url: "{url}", secret: "${{env:{secret}}}"}}}}}}}}
"""
FILES = {
    "configs/people/people.yaml": "roles: {seller: {}}\npeople: {anna: {role: seller}}\n",
    "configs/fields/base.yaml": "set: base\nfields: {amount: {type: money}}\n",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  offer:
    journey: problem
    enter:
      do: [{webhook: {to: sink, type: deal.moved, data: {amount: =amount, client: Ёлка, stage: offer}}}]
""",
}
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(wire: socket.socket) -> None:
    """Answer every request of a connection; the body is read whole."""
    with wire, wire.makefile("rb") as incoming:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while incoming.readline():
            length = 0
            while (line := incoming.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            incoming.read(length)
            wire.sendall(ANSWER)


def serve(told: Connection) -> None:
    """Run the sink in a process of its own, so that it takes no turns from the senders."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        told.send(server.getsockname()[1])
        while True:
            wire, _ = server.accept()
            threading.Thread(target=answer, args=(wire,), daemon=True).start()


def call(number: int, services: PlainServices) -> ActionCall:
    """Return one delivery as the outbox hands it over."""
    return ActionCall(
        key=f"{number:032x}-1",
        action="webhook",
        deal=DealFacts(id=f"{number:032x}", number=number, funnel="sales", stage="offer"),
        arguments={
            "to": "sink",
            "type": "deal.moved",
            "data": {"amount": "125000.00", "client": "Ёлка", "stage": "offer"},
        },
        at=AT,
        attempt=1,
        services=services,
    )


class Catcher:
    """Stands in for the HTTP client while the bodies for the peer are made."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def post(self, url: str, body: bytes, headers: object, *, seconds: float, once: bool = False) -> HttpAnswer:
        """Keep the body."""
        self.bodies.append(body)
        return HttpAnswer(204, {}, b"")


def bodies(calls: list[ActionCall]) -> list[bytes]:
    """Return what the deliveries say."""
    catcher = Catcher()
    for each in calls:
        run(replace(each, services=PlainServices(each.services.settings, kept={"client": catcher})))
    return catcher.bodies


def each_of(work: Callable[[Any], object], given: Iterable[Any]) -> None:
    """Do the same with each."""
    for each in given:
        work(each)


def post(client: httpx.Client, url: str, body: bytes) -> None:
    """Deliver a body as a client would that signs nothing."""
    client.post(url, content=body).raise_for_status()


def per_second(count: int, work: Callable[[], None]) -> tuple[float, float]:
    """Return how many a second by the clock and by this process's processor."""
    began, spent = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - began), count / (time.process_time() - spent)


def engine_rate(client: LocalClient, number: int, size: int) -> tuple[float, float]:
    """Open deals that ask for one delivery each, and return how many a second leave, as a service delivers them."""
    request = {"command": "deal.create", "funnel": "sales", "fields": {"amount": "125000.00"}}
    client.engine.take_in([(f"{number} {n}", request) for n in range(size)], source="bench", actor="owner")

    def deliver() -> None:
        while client.engine.deliver(patience=0.05):
            pass

    time.sleep(1.5)  # commands given a moment ago keep transactions small
    rate = per_second(size, deliver)
    with client.engine.read() as reader:
        if reader.effects(status=Delivery.PENDING, limit=1) or reader.effects(status=Delivery.DEAD, limit=1):
            raise RuntimeError("not everything was delivered")
    return rate


def through_engine(url: str, secret: str, size: int) -> list[tuple[float, float]]:
    """Return the rates of some rounds through an engine of its own."""
    os.environ[SECRET] = secret
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), {"voronka.yaml": ROOT.format(url=url, secret=SECRET), **FILES})
        client = open_workspace(Path(folder), clock=SystemClock(), random=os.urandom)
        try:
            return [engine_rate(client, number, size) for number in range(ENGINE_ROUNDS)]
        finally:
            client.close()


def main() -> None:
    """Send the deliveries in rounds, ours and the peer's in turns, and print both rates."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DELIVERIES
    here, there = multiprocessing.Pipe()
    sink = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    sink.start()
    url = f"http://127.0.0.1:{here.recv()}/hook"
    secret = "whsec_" + b64encode(bytes(range(32))).decode()
    services = PlainServices({"endpoints": {"sink": {"url": url, "secret": secret}}})
    size = count // ROUNDS
    calls = [call(number, services) for number in range(size * ROUNDS)]
    plain = bodies(calls)
    ours, peers = [], []
    with httpx.Client(trust_env=False) as client:
        for number in range(ROUNDS):
            part = slice(number * size, (number + 1) * size)
            ours.append(per_second(size, partial(each_of, run, calls[part])))
            peers.append(per_second(size, partial(each_of, partial(post, client, url), plain[part])))
    whole = through_engine(url, secret, int(sys.argv[2]) if len(sys.argv) > 2 else THROUGH_ENGINE)
    sink.kill()
    table = Table("", "by the clock, /s", "by processor, /s")
    best = [max(clock for clock, _ in rates) for rates in (ours, peers)]
    processor = [max(spent for _, spent in rates) for rates in (ours, peers)]
    table.add_row("voronka_webhook, signed", f"{best[0]:,.0f}", f"{processor[0]:,.0f}")
    table.add_row("httpx, unsigned", f"{best[1]:,.0f}", f"{processor[1]:,.0f}")
    table.add_row("ratio", f"{best[0] / best[1]:.2f}", f"{processor[0] / processor[1]:.2f}")
    table.add_row("through the engine", *(f"{median(rates):,.0f}" for rates in zip(*whole, strict=True)))
    lowest = min(clock for clock, _ in ours)
    console = Console()
    console.print(table)
    console.print(f"{size * ROUNDS} deliveries in {ROUNDS} rounds; ours at the slowest {lowest:,.0f}/s")


if __name__ == "__main__":
    main()
