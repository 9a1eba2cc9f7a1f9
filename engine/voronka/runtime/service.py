"""`voronka run` and `voronka worker`: a process that does what is due in a workspace, until it is told to end."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from voronka.definition.workspace import Source, Workspace
from voronka.errors import EnvironmentFault, VoronkaError
from voronka.failpoints import failpoint
from voronka.messages import Plural, Text
from voronka.runtime import beat
from voronka.runtime.collection import settle
from voronka.runtime.control import ControlEndpoint
from voronka.runtime.inflow import Inflow
from voronka.runtime.local import LocalClient
from voronka.runtime.operations.probes import Probes
from voronka.runtime.operations.readiness import Pulse
from voronka.runtime.plugin_process.process import Limits
from voronka.runtime.standstill import Watch
from voronka.storage import Collision, Listener

__all__ = ["DRAIN", "Service"]

DRAIN = 25.0
"""Seconds that the service has to end what it has begun."""
_CLOSING = 3.0
"""Those of them that are left for letting go: of plugins' processes, of the listener, of the database."""

# A tick wakes the workers however they were waiting: after the machine slept, or the clock was set. So it must not
# itself go by that clock, as APScheduler does.
_TICK = beat.INTERVAL / 1_000_000
# Where notices of other processes wake the workers, looking by themselves costs more than it finds.
_TICKS_TO_LOOK = 2
_RETRY = 5.0
_SHORTEST = 0.5
# A thread cannot wait for centuries: what is due in the year 9999 is looked at again each day.
_LONGEST = 86_400.0
_SLACK = timedelta(seconds=1)
_PATIENCE = 0.05
"""Seconds for which messages of quick channels wait for those of slow ones, to be settled with them."""
_log = logging.getLogger("voronka.service")


class Service:
    """Runs a workspace: workers for timers and queued commands and for messages, ticks, and the control endpoint.

    `state`: the folder in which the control endpoint says where it is; None: there is none. Where several processes
    share the database, the one among them that leads asks the sources. `probes`: where it tells whether
    it is well; None: nowhere. `chores`: what else the process that leads does when it is due, by name: what does it and
    returns how much that was, and what tells when there is something to do next.
    """

    def __init__(
        self,
        client: LocalClient,
        state: Path | None,
        *,
        chores: Mapping[str, tuple[Callable[[], int], Callable[[], int | None]]] | None = None,
    ) -> None:
        self.client = client
        self.engine = client.engine
        self.probes: Probes | None = None
        self._beaten = time.monotonic()
        self._beat_fault: VoronkaError | None = None
        self.control = None if state is None else ControlEndpoint(client, state, secrets.token_urlsafe(32))
        self._listener: Listener | None = None
        self._ticked = 0
        self._inflow = Inflow(client.engine, client.plugins)
        self._sources: Mapping[str, Source] = {}
        self._stopping = threading.Event()
        self._bells: list[threading.Event] = []
        self._workers = [
            self._worker("decisions", self._decide, self.engine.next_timer),
            self._worker("messages", self._deliver, self.engine.next_message),
            *(self._worker(name, partial(self._leading, do), due) for name, (do, due) in (chores or {}).items()),
        ]
        # However late, a source is asked: after the machine slept, too.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults=defaults)
        self._ticks = threading.Thread(target=self._tick, name="ticks", daemon=True)

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; return the exit code. What was begun is ended first, within `DRAIN`."""
        # A handler runs in the midst of whatever this thread does: it must not ask for a lock that the thread may hold.
        asked: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: asked.put(number))
        self.start()
        _log.info(
            Text(
                "The service runs as process {process}, under the release {release}.",
                process=os.getpid(),
                release=self.engine.workspace.release[:8],
            )
        )
        watch = Watch()
        watch.start()
        settled: Workspace | None = None
        while not _came(asked, 1.0):
            self.engine.note_running()
            if settled is not self.engine.workspace:
                settled = self.engine.workspace
                settle()
        self.drain()
        watch.stop()
        _log.info(Text("The service has ended."))
        return 0

    def start(self) -> None:
        """Begin: learn of the outage that ends now, then serve and work."""
        self.client.attended = True
        self.client.log_warnings()
        self.engine.beat()
        self._tell_missed()
        self._listener = self.engine.listen()
        # Each that is broken is named in the log; one that hangs as it is imported holds nothing up.
        threading.Thread(target=self.client.plugins.host.plugins, name="plugins", daemon=True).start()
        if self.control is not None:
            self.control.open()
        if self.probes is not None:
            self.probes.open()
        self._schedule_sources()
        self._scheduler.start()
        self._ticks.start()
        for worker in self._workers:
            worker.start()

    def _tell_missed(self) -> None:
        """Write into the log how many timers came due while nothing ran, if any did."""
        outage = self.engine.outage
        if outage is None:
            return
        with self.engine.read() as reader:
            missed = reader.due_between(*outage)
        if missed:
            _log.info(
                Plural(
                    "{n} timer came due while nothing ran; it is done or skipped as its event says.",
                    "{n} timers came due while nothing ran; they are done or skipped as their events say.",
                    n=missed,
                )
            )

    def _tick(self) -> None:
        while not self._stopping.wait(_TICK):
            try:
                self.tick()
            except Exception:
                _log.exception(Text("The worker {name} failed; it tries again in {n} s.", name="ticks", n=int(_TICK)))

    def tick(self) -> None:
        """Do what is done every few seconds: beat, and look whether there is work of which nobody has told."""
        self._beat()
        self._ticked += 1
        if self._listener is None:
            self.engine.wake()
        elif self._ticked % _TICKS_TO_LOOK == 0:
            self._look()
        self._schedule_sources()

    def _look(self) -> None:
        """Look at what other processes have done: they have told of it, but a notice may have been lost."""
        try:
            self.engine.follow()
        except EnvironmentFault as fault:
            _log.error(Text("{reason} {remedy}", reason=fault.reason, remedy=fault.remedy))
        self.engine.database.look_again()
        self.engine.wake()

    @property
    def _leads(self) -> bool:
        """Whether this is the process, of those that share the database, that does what one of them does."""
        return self._listener is None or self._listener.leads

    def _leading(self, do: Callable[[], int]) -> int:
        return do() if self._leads else 0

    def _schedule_sources(self) -> None:
        """Ask the sources of the definition in force at their intervals, each by itself: none waits for another."""
        wanted = self.engine.workspace.sources if self._leads else {}
        for name in self._sources.keys() - wanted.keys():
            self._scheduler.remove_job(f"source {name}")
        for name, source in wanted.items():
            if source != self._sources.get(name):
                self._scheduler.add_job(
                    self._ask,
                    "interval",
                    args=[name],
                    id=f"source {name}",
                    replace_existing=True,
                    seconds=source.every,
                    next_run_time=datetime.now(UTC),
                )
        self._sources = wanted
        self._call_in(datetime.now(UTC))

    def _ask(self, name: str) -> None:
        """Ask a source; one for which its plugin has no process to spare, soon again."""
        again = self._inflow.ask(name).again
        if again is not None:
            with suppress(JobLookupError):
                self._scheduler.modify_job(f"source {name}", next_run_time=datetime.now(UTC) + timedelta(seconds=again))

    def _call_in(self, now: datetime) -> None:
        """Let what waits for a moment further off than its interval begin anew: the clock was set back meanwhile."""
        for job in self._scheduler.get_jobs():
            if job.next_run_time is not None and job.next_run_time - now > job.trigger.interval + _SLACK:
                job.modify(next_run_time=now)

    def stop(self) -> None:
        """Ask the service to end; returns at once. Nothing new is begun from here on."""
        self._stopping.set()
        self.engine.couriers.end()
        for bell in self._bells:
            bell.set()

    def drain(self) -> None:
        """End what was begun: requests, calls of sources, channels and actions, the batch of each worker.

        Then let go of the workspace. What does not end in its time is left as a crash would leave it.
        """
        deadline = time.monotonic() + DRAIN
        self.stop()

        def left(closing: float = _CLOSING) -> float:
            return max(deadline - closing - time.monotonic(), 0.1)

        failpoint("service.draining")
        if self.probes is not None:
            self.probes.stopping.set()
        if self.control is not None:
            self.control.close(left())
        self._scheduler.shutdown(wait=False)
        self._inflow.end(left())
        for worker in self._workers:
            worker.join(left())
        if not any(worker.is_alive() for worker in self._workers):
            self.engine.end_deliveries(left())
            self._beat()
        if self._listener is not None:
            self._listener.close(left(Limits().close))
        if self.probes is not None:
            self.probes.close()
        self.client.close()

    def _deliver(self) -> int:
        return self.engine.deliver(patience=_PATIENCE)

    def _decide(self) -> int:
        return self.engine.fire_due() + self.engine.run_rules() + self.engine.run_queued()

    def _worker(self, name: str, step: Callable[[], int], next_moment: Callable[[], int | None]) -> threading.Thread:
        bell = self.engine.bell()
        self._bells.append(bell)
        work = partial(self._work, name, step, next_moment, bell)
        return threading.Thread(target=work, name=name, daemon=True)

    def _work(
        self,
        name: str,
        step: Callable[[], int],
        next_moment: Callable[[], int | None],
        bell: threading.Event,
    ) -> None:
        while not self._stopping.is_set():
            bell.clear()
            try:
                if step():
                    continue
                pause, waits = self._until(next_moment()), bell
            except EnvironmentFault as fault:
                # The disk may be full or the database away: what is due stays due, and is tried again.
                _log.error(Text("{reason} {remedy}", reason=fault.reason, remedy=fault.remedy))
                pause, waits = _RETRY, self._stopping
            except BaseException:
                _log.exception(Text("The worker {name} failed; it tries again in {n} s.", name=name, n=int(_RETRY)))
                # Its own bell it may have rung itself, before it failed.
                pause, waits = _RETRY, self._stopping
            if not self._stopping.is_set():
                waits.wait(pause)

    def _until(self, moment: int | None) -> float | None:
        """Return the seconds until then; None if nothing waits.

        What is due and was not done waits for something else, such as a lease: asking again at once is no use.
        """
        return None if moment is None else min(max((moment - self.engine.clock.now()) / 1e6, _SHORTEST), _LONGEST)

    def pulse(self) -> Pulse:
        """Return how the last beat went."""
        ended = [each.name for each in self._workers if each.ident is not None and not each.is_alive()]
        return Pulse(time.monotonic() - self._beaten, self._beat_fault, tuple(ended))

    def _beat(self) -> None:
        fault: VoronkaError | None = None
        try:
            self.engine.beat()
        except (EnvironmentFault, Collision) as met:
            fault = met
            _log.error(Text("The beat cannot be written: {reason}", reason=met.reason))
        self._beaten, self._beat_fault = time.monotonic(), fault
        try:
            if self.control is not None:
                self.control.announce()
        except OSError as error:
            _log.error(Text("The control file cannot be written: {reason}", reason=str(error)))


def _came(signals: SimpleQueue[int], seconds: float) -> bool:
    """Wait for a signal for so long at most; return whether one came."""
    try:
        signals.get(timeout=seconds)
    except Empty:
        return False
    return True
