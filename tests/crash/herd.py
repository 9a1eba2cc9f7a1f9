"""A herd: the service was down for a day, and all of that day is due at once, against a receiver that is busy."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.crash.clients import ask
from tests.crash.nursery import Nursery, Program
from tests.crash.sink import Sink, sink
from tests.crash.workspace import SECRET
from voronka.bootstrap import open_workspace
from voronka.runtime.timers import LARGEST
from voronka.simulation.clock import VirtualClock
from voronka.testing import write_files

__all__ = ["Stampede", "stampede"]

_DAY = 86_400_000_000
_MOMENTS = 100
_PATIENCE = 60.0

_FILES = {
    "voronka.yaml": """\
workspace: herd
locale: en
timezone: UTC
currency: RUB
allowed_hosts: [127.0.0.1]
plugins:
  webhook: {{endpoints: {{sink: {{url: "{sink}", secret: "${{env:SINK_SECRET}}"}}}}}}
""",
    "configs/fields/base.yaml": "set: base\nfields:\n  steps: {{type: number}}\n",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      remind: {{after: 1 day, do: [{{webhook: {{to: sink, type: remind}}}}]}}
""",
}


@dataclass(frozen=True)
class Stampede:
    """What a herd came to; times in seconds. `furthest`: by how many places a timer ended out of the order of dues."""

    timers: int
    drained_in: float
    delivered_in: float
    refused: int
    delivered: int
    commands: int
    median: float
    p99: float
    furthest: int

    def __str__(self) -> str:
        return (
            f"{self.timers} timers of a day: all decided in {self.drained_in:.1f} s beside {self.commands} commands "
            f"(median {self.median * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms); out of order by at most "
            f"{self.furthest} places; {self.refused} deliveries refused with 429, then {self.delivered} taken "
            f"in {self.delivered_in:.1f} s"
        )


def stampede(folder: Path, timers: int) -> Stampede:
    """Let so many timers come due in a day without a service, start one, and return what it came to."""
    root = folder / "workspace"
    with Nursery(folder / "programs") as nursery, sink(folder, 1) as receiver:
        write_files(root, {name: text.format(sink=receiver.url) for name, text in _FILES.items()})
        _open_deals(root, timers)
        receiver.be("busy")
        service = nursery.start(["-C", str(root), "run"], environment={"SINK_SECRET": SECRET})
        try:
            return _drained(root, timers, service, receiver)
        finally:
            service.kill()


def _open_deals(root: Path, count: int) -> None:
    """Open deals through a day that ended a day ago: their timers were due within the last one."""
    clock = VirtualClock(time.time_ns() // 1000 - 2 * _DAY - 60_000_000)
    client = open_workspace(root, clock=clock)
    request = {"command": "deal.create", "funnel": "sales"}
    for moment in range(_MOMENTS):
        part = range(moment, count, _MOMENTS)
        client.engine.take_in([(str(n), request) for n in part], source="herd", actor="local")
        clock.advance(_DAY // _MOMENTS)
    client.close()


def _drained(root: Path, timers: int, service: Program, receiver: Sink) -> Stampede:
    started = time.monotonic()
    times: list[float] = []
    steps = 0
    deadline = started + _PATIENCE + timers / 100
    while (status := _status(root)) is None or status["timers"]["overdue"]:
        _in_time(deadline, service)
        steps += 1
        began = time.monotonic()
        request = {"command": "deal.set", "deal": steps % timers + 1, "fields": {"steps": steps}}
        try:
            if ask(root, "/execute", request)[0] == 200:
                times.append(time.monotonic() - began)
        except OSError:
            time.sleep(0.02)
    drained = time.monotonic()
    while not receiver.received():
        _in_time(deadline, service)
        time.sleep(0.02)
    receiver.be("calm")
    calmed = time.monotonic()
    while (status := _status(root)) is None or status["outbox"].get("pending"):
        _in_time(deadline + timers / 10, service)
        time.sleep(0.1)
    ended = time.monotonic()
    service.send(signal.SIGTERM)
    service.wait(_PATIENCE)
    received = receiver.received()
    times.sort()
    return Stampede(
        timers=timers,
        drained_in=drained - started,
        delivered_in=ended - calmed,
        refused=sum(not each.taken for each in received),
        delivered=len({each.id for each in received if each.taken}),
        commands=len(times),
        median=times[len(times) // 2] if times else 0.0,
        p99=times[len(times) * 99 // 100] if times else 0.0,
        furthest=_furthest(root),
    )


def _status(root: Path) -> Any:
    try:
        return ask(root, "/query", {"name": "status"})[1]["result"]
    except (OSError, KeyError):
        return None


def _in_time(deadline: float, service: Program) -> None:
    assert not service.ended, service.log()[-2000:]
    assert time.monotonic() < deadline, "it does not come to its end"


def _furthest(root: Path) -> int:
    """Return by how many places a timer ended out of the order in which they were due."""
    engine = create_engine(f"sqlite:///{root / '.voronka' / 'voronka.db'}")
    question = (
        "SELECT t.due_at FROM history h JOIN timers t ON t.deal = h.stream WHERE h.source = 'timer' ORDER BY h.rowid"
    )
    with engine.connect() as connection:
        dues = [due for (due,) in connection.execute(text(question))]
    engine.dispose()
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for place, due in enumerate(sorted(dues)):
        first.setdefault(due, place)
        last[due] = place
    return max((max(place - last[due], first[due] - place, 0) for place, due in enumerate(dues)), default=LARGEST)
