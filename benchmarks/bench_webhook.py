"""How many signed webhooks a second reach a local server, beside httpx posting the same bodies unsigned.

python benchmarks/bench_webhook.py [DELIVERIES]
"""

from __future__ import annotations

import multiprocessing
import socket
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.plugins.services import AT, PlainServices

from voronka.api import ActionCall, DealFacts, HttpAnswer
from voronka_webhook.delivery import run

DELIVERIES = 10_000
ROUNDS = 5
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

    def post(self, url: str, body: bytes, headers: object, *, seconds: float) -> HttpAnswer:
        """Keep the body."""
        self.bodies.append(body)
        return HttpAnswer(204, {}, b"")


def bodies(calls: list[ActionCall]) -> list[bytes]:
    """Return what the deliveries say."""
    catcher = Catcher()
    for each in calls:
        run(replace(each, services=PlainServices(each.services.settings, kept={"client": catcher})))
    return catcher.bodies


def per_second(count: int, work: Callable[[], None]) -> tuple[float, float]:
    """Return how many a second by the clock and by this process's processor."""
    began, spent = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - began), count / (time.process_time() - spent)


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
            ours.append(per_second(size, lambda part=part: [run(each) for each in calls[part]]))
            peers.append(
                per_second(
                    size,
                    lambda part=part: [client.post(url, content=body).raise_for_status() for body in plain[part]],
                )
            )
    sink.kill()
    table = Table("", "by the clock, /s", "by processor, /s")
    best = [max(clock for clock, _ in rates) for rates in (ours, peers)]
    processor = [max(spent for _, spent in rates) for rates in (ours, peers)]
    table.add_row("voronka_webhook, signed", f"{best[0]:,.0f}", f"{processor[0]:,.0f}")
    table.add_row("httpx, unsigned", f"{best[1]:,.0f}", f"{processor[1]:,.0f}")
    table.add_row("ratio", f"{best[0] / best[1]:.2f}", f"{processor[0] / processor[1]:.2f}")
    lowest = min(clock for clock, _ in ours)
    console = Console()
    console.print(table)
    console.print(f"{size * ROUNDS} deliveries in {ROUNDS} rounds; ours at the slowest {lowest:,.0f}/s")


if __name__ == "__main__":
    main()
