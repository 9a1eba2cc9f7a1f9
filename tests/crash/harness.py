"""A life of a service under clients: started, killed at random moments, started again, and looked into at the end."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.crash.clients import Client, ask
from tests.crash.invariants import broken
from tests.crash.nursery import Nursery, Program
from tests.crash.sink import Sink, sink
from tests.crash.workspace import DATABASE, change_workspace, write_workspace
from voronka.failpoints import VARIABLE

__all__ = ["BrokenPromises", "Figures", "Harness", "harness"]

_PATIENCE = 60.0
# More than any lease, backoff or pause of a lane; what waits for less is due by then.
_LONG = 8 * 3_600_000_000
_QUARTER = 900_000_000
_CLIENTS = 3


class BrokenPromises(AssertionError):  # noqa: N818 - what was found, not a failure of the program
    """Promises that do not hold, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults[:20]))
        self.faults = faults


@dataclass
class Figures:
    """What a run came to. `recovery`: the longest time from the start after a kill to an acknowledged command, in s."""

    kills: int = 0
    in_recovery: int = 0
    commands: int = 0
    answers: int = 0
    deliveries: int = 0
    recovery: float = 0.0


class Harness:
    """A workspace, its clients, and the service that is killed.

    `bug`: one of `planted.BUGS`, for the service. `database`: the address of an empty one on PostgreSQL.
    """

    def __init__(
        self,
        root: Path,
        nursery: Nursery,
        sink: Sink,
        *,
        seed: int,
        bug: str | None = None,
        database: str | None = None,
    ) -> None:
        self.root = root
        self.sink = sink
        self.figures = Figures()
        self._nursery = nursery
        self._chance = random.Random(f"{seed} kills")
        self._bug = bug
        self._environment = {} if database is None else {DATABASE: database}
        self._address = database or f"sqlite:///{root / '.voronka' / 'voronka.db'}"
        self._ahead = 0
        self._rise = 0.2  # seconds from a start until it is ready, as it was last
        self._life: Program | None = None
        self._paused = threading.Event()
        self._stopping = threading.Event()
        self.clients = [Client(f"shop{n}", root, seed, self.now) for n in range(_CLIENTS)]
        self._threads: list[threading.Thread] = []

    def now(self) -> int:
        """Return the moment of the service's machine, in UTC microseconds."""
        return time.time_ns() // 1000 + self._ahead

    @property
    def life(self) -> Program:
        """The service that runs, or ran last."""
        assert self._life is not None
        return self._life

    def start(self, failpoint: str | None = None) -> None:
        """Start the service, to die at a failpoint if one is given; it may not be ready yet."""
        self._life = self._program("run", {} if failpoint is None else {VARIABLE: failpoint}, self._bug)

    def pass_time(self, microseconds: int) -> None:
        """Set the clock of the machine ahead while nothing runs: an outage of so long."""
        self._ahead += microseconds

    def ready(self) -> bool:
        """Tell whether the service says where it can be reached."""
        with suppress(OSError, ValueError):
            return json.loads((self.root / ".voronka" / "control.json").read_text())["pid"] == self.life.pid
        return False

    def kill_at_random(self) -> None:
        """Start the service and kill it: while it starts and recovers, or at work a moment later."""
        self.pass_time(self._chance.choice([0, 0, 20_000_000, self._chance.randrange(900_000_000)]))
        started = time.monotonic()
        before = self._answers()
        self.start()
        if self._chance.random() < 0.35:
            self.life.wait(self._chance.uniform(0.0, self._rise))
        else:
            enough = self._answers() + self._chance.randrange(9)
            self._await(self.ready, "the service did not become ready")
            self._rise = time.monotonic() - started
            self._await(lambda: self._answers() >= enough, "nobody is answered")
            self.life.wait(self._chance.uniform(0.0, 0.03))
        self.figures.in_recovery += not self.ready()
        if self.life.ended:
            raise BrokenPromises([f"the service ended by itself with {self.life.code}: {self.life.log()[-2000:]}"])
        self.life.kill()
        self.figures.kills += 1
        if self._answers() > before:
            self._recovered(started)

    def die_at(self, failpoint: str) -> bool:
        """Start the service and let it die at a failpoint; return whether it came there in time."""
        if failpoint.startswith("release."):
            change_workspace(self.root)
        if failpoint.startswith("timers."):
            self._leave_timers()
        self.pass_time(_QUARTER)
        self.start(failpoint)
        if failpoint == "service.draining":
            self._await(self.ready, "the service did not become ready")
            self.life.send(signal.SIGTERM)
        died = self.life.wait(_PATIENCE)
        self.life.kill()
        self.figures.kills += died
        return died and self.life.code is None

    def _leave_timers(self) -> None:
        """Let some deals be opened, and more be done; their timers come due within a quarter of an hour."""
        opened, enough = self._opened() + 2, self._answers() + 15
        self.start()
        self._await(lambda: self._opened() >= opened and self._answers() >= enough, "no deal is opened")
        self.life.kill()

    def restart_at_peace(self) -> None:
        """Start the service hours later and let everything come to its end: requests, timers, queue and effects."""
        self.sink.be("calm")
        self.pass_time(_LONG)
        started = time.monotonic()
        self.start()
        self._await(self.ready, "the service did not become ready")
        self._stopping.set()
        for thread in self._threads:
            thread.join(_PATIENCE)
        if any(thread.is_alive() for thread in self._threads):
            raise BrokenPromises(["a request is not answered", self.life.log()[-2000:]])
        self._threads.clear()
        self._recovered(started)
        for client in self.clients:
            for key in list(client.answered)[:: max(len(client.answered) // 10, 1)]:
                client.repeat(key)
        self._await(self._idle, "something waits for ever")

    def end(self) -> None:
        """Start the service, tell it to end, which it does as it should, and have `voronka verify` look once more."""
        self.start()
        self._await(self.ready, "the service did not become ready")
        self.life.send(signal.SIGTERM)
        if not self.life.wait(_PATIENCE) or self.life.code != 0:
            raise BrokenPromises([f"told to end, it ended with {self.life.code}: {self.life.log()[-2000:]}"])
        verifying = self._program("verify", {})
        if not verifying.wait(_PATIENCE) or verifying.code != 0:
            raise BrokenPromises([f"verify ended with {verifying.code}: {verifying.said()} {verifying.log()}"])

    def check(self) -> None:
        """Come to rest and look into everything; raise `BrokenPromises` if one does not hold. Then nothing runs."""
        self.restart_at_peace()
        now = self.now()
        _, verified = ask(self.root, "/work", {"name": "verify"})
        self.life.kill()
        faults = [fault for client in self.clients for fault in client.faults]
        if verified.get("result", {}).get("damages") != []:
            faults.append(f"verify finds {json.dumps(verified)}")
        received = self.sink.received()
        faults += broken(self._address, self.clients, received, self._nursery.logs(), now)
        self.figures.deliveries = len(received)
        self.figures.commands = sum(len(client.answered) for client in self.clients)
        self.figures.answers = self._answers()
        if faults:
            raise BrokenPromises(faults)

    def work(self) -> None:
        """Let the clients begin, against a hostile world."""
        self.sink.be("hostile")
        self._stopping.clear()
        for client in self.clients:
            thread = threading.Thread(target=client.work, args=(self._stopping, self._paused), daemon=True)
            self._threads.append(thread)
            thread.start()

    def give_up(self) -> None:
        """End what runs, whatever became of it."""
        self._stopping.set()
        if self._life is not None:
            self._life.kill()

    def _program(self, command: str, environment: Mapping[str, str], bug: str | None = None) -> Program:
        return self._nursery.start(
            ["-C", str(self.root), command],
            ahead=self._ahead,
            environment={**self._environment, **environment},
            bug=bug,
        )

    def _answers(self) -> int:
        return sum(client.answers for client in self.clients)

    def _opened(self) -> int:
        return sum(len(client.oracle.deals) for client in self.clients)

    def _recovered(self, started: float) -> None:
        acknowledged = max(client.acknowledged_at for client in self.clients)
        self.figures.recovery = max(self.figures.recovery, acknowledged - started)

    def _idle(self) -> bool:
        try:
            _, line = ask(self.root, "/query", {"name": "status"})
            status = line["result"]
            overdue = status["timers"]["overdue"]
        except (OSError, KeyError):
            return False
        return not (overdue or status["queue"] or status["outbox"].get("pending"))

    def _await(self, holds: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not holds():
            if self.life.ended or time.monotonic() > deadline:
                raise BrokenPromises([f"{otherwise} ({self.life.code}): {self.life.log()[-3000:]}"])
            time.sleep(0.005)


@contextmanager
def harness(
    folder: Path,
    *,
    seed: int,
    bug: str | None = None,
    nursery: Nursery | None = None,
    database: str | None = None,
) -> Iterator[Harness]:
    """Make a workspace in a folder, with a sink and a nursery, and end all of them with the block."""
    with ExitStack() as stack:
        nursery = nursery or stack.enter_context(Nursery(folder / "programs"))
        receiver = stack.enter_context(sink(folder, seed))
        root = folder / "workspace"
        write_workspace(root, receiver.url, shared=database is not None)
        made = Harness(root, nursery, receiver, seed=seed, bug=bug, database=database)
        stack.callback(made.give_up)
        yield made
