"""A client that owns the workspace itself: the service answers through it, and a command where no service runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voronka.config import Reading
from voronka.errors import EnvironmentFault, PluginFault, UsageFault, VoronkaError
from voronka.messages import Text
from voronka.process.state import Stream, StreamKind
from voronka.runtime.answers import Answer
from voronka.runtime.beat import is_fresh
from voronka.runtime.client import Progress
from voronka.runtime.commanding import actor_of
from voronka.runtime.configuration import BrokenConfigurationError, ConfigurationFolder, OlderReleaseError
from voronka.runtime.engine import Engine
from voronka.runtime.lock import WorkspaceLock
from voronka.runtime.outside import Plugins
from voronka.runtime.queries import Asked, Query
from voronka.runtime.queries.shown import Shown
from voronka.runtime.releases import Applied, ReleaseConflictError
from voronka.runtime.request_faults import check_texts
from voronka.runtime.viewer import LOCAL_ACTOR, Forbidden, Unseen, viewer_of
from voronka.runtime.words import Json, fault_to_json
from voronka.storage import Reader, UnitOfWork

__all__ = ["LocalClient", "Work"]

_log = logging.getLogger("voronka.workspace")
_SOURCE = "client"  # what is asked and worked, in the audit: it names no system of its own

Work = Callable[["LocalClient", Mapping[str, Any], Progress], Json]
"""A long piece of work: given the workspace, its parameters and whom to tell how far it has come."""


class LocalClient:
    """An open workspace: its engine, its questions by name and its long works by name.

    `attended`: a service looks after what commands leave behind; without one each command does that itself. `closing`:
    what lets go of what was opened beside the engine.
    """

    def __init__(
        self,
        engine: Engine,
        folder: ConfigurationFolder,
        *,
        queries: Mapping[str, Query],
        works: Mapping[str, Work],
        plugins: Plugins,
        lock: WorkspaceLock | None = None,
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = engine
        self._closing = closing
        self.plugins = plugins
        self.attended = False
        self._folder = folder
        self._queries = queries
        self._works = works
        self._lock = lock
        self._refreshing = threading.Lock()
        self._broken: VoronkaError | None = None
        self._in_force = False

    @property
    def served(self) -> bool:
        """Whether a service or a worker runs: this process or, where the database is shared, any."""
        if self.attended or not self.engine.database.shared:
            return self.attended
        with self.engine.read() as reader:
            return is_fresh(reader.counter("beat"), self.engine.clock.now())

    def execute(
        self, request: Mapping[str, Any], then: Callable[[UnitOfWork, Answer], None] | None = None
    ) -> dict[str, Any]:
        """Carry out a command and return its answer as JSON. `then`: see `Engine.submit`.

        `warnings`: what is wrong with the changed files of the configuration, if the old one had to run on.
        `seen`: whether whoever gave the command may see the record now; if not, `holder` is the label of whoever has
        the deal or the account, and `stage_label` that of the stage in which the command has left a deal.
        """
        warnings = self._refresh()
        answer = self.engine.submit(request, then)
        if not self.attended:
            self.run_queue()
        return answer.to_json() | {"warnings": warnings} | self._sight(request, answer)

    def _sight(self, request: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
        """Return whether the actor still sees what the command has left, and if not, who has it."""
        engine, stream = self.engine, answer.stream
        try:
            actor = actor_of(engine.workspace, request)
        except UsageFault:  # of a repeated command it may be gone
            return {"seen": True}
        if answer.refusal is not None or actor == LOCAL_ACTOR:
            return {"seen": True}
        with engine.database.read() as reader:
            viewer = viewer_of(reader, engine.workspace, actor, engine.clock.now())
            if viewer.seen(reader, [stream]):
                return {"seen": True}
            owner = _holder(reader, stream)
            shown, left = Shown(reader, engine.workspace), answer.summary
            stage = shown.stage(left["funnel"], left["case"], left["stage"])["label"] if left else None
            return {
                "seen": False,
                "holder": None if owner is None else shown.user(owner)["label"],
                "stage_label": stage,
            }

    def query(self, name: str, params: Mapping[str, Any] | None = None) -> Json:
        """Return what the query `name` finds, as JSON."""
        query = self._queries.get(name)
        if query is None:
            raise _unknown(name, self._queries)
        engine, given = self.engine, params or {}
        query.check(given)
        check_texts(given)
        engine.follow()
        with self._audited(name, given), engine.database.read() as reader:
            now = engine.clock.now()
            actor = actor_of(engine.workspace, given)
            return query(
                Asked(
                    reader=reader,
                    workspace=engine.workspace,
                    now=now,
                    params=given,
                    plugins=self.plugins.host,
                    viewer=viewer_of(reader, engine.workspace, actor, now),
                )
            )

    @contextmanager
    def _audited(self, what: str, params: Mapping[str, Any]) -> Iterator[None]:
        """Remember for the audit what is refused for want of a right."""
        try:
            yield
        except (Unseen, Forbidden) as fault:
            if not fault.audited:
                self.engine.deny(fault, params, what=what, source=_SOURCE)
            raise

    def work(self, name: str, params: Mapping[str, Any], progress: Progress | None = None) -> Json:
        """Do a long piece of work, telling `progress`, and return its result as JSON."""
        work = self._works.get(name)
        if work is None:
            raise _unknown(name, self._works)
        check_texts(params)
        if name != "reload":
            self._refresh()
        self.engine.follow()
        with self._audited(name, params):
            result = work(self, params, progress or (lambda how_far: None))
        if not self.attended:
            self.run_queue()
        return result

    def reload(self) -> Applied | None:
        """Put the configuration on disk in force; None if it is already. Broken plugins are loaded once more.

        Scheduled rules that were set aside act again.

        Raises `BrokenConfigurationError`, `ReleaseConflictError` or `PluginFault`; then the old one runs on.
        """
        with self._refreshing:
            changed = self.plugins.host.look_again()
            reading = self._folder.look()
            if reading is None and (changed or self._broken is not None or self.engine.database.shared):
                # The same files may do by now: what was in their way may be mended in the deals, or in a plugin.
                reading = self._folder.read()
            applied = None if reading is None else self._follow(reading, back=True)
            if changed and applied is None and reading is not None and reading.workspace is not None:
                self.engine.renew(reading.workspace)
            self.engine.resume_rules()
            return applied

    def follow(self, reading: Reading) -> list[dict[str, Any]]:
        """Put a configuration in force if it can be; return what keeps the old one, to be told with the answer."""
        try:
            applied = self._follow(reading)
        except (BrokenConfigurationError, OlderReleaseError, PluginFault, ReleaseConflictError):
            if self.attended:
                self.log_warnings()
            return self._kept_back()
        if applied is not None:
            _log.info(
                Text(
                    "The release {release} is in force; deals that went over: {deals}.",
                    release=applied.release[:8],
                    deals=applied.deals,
                )
            )
        return []

    def _follow(self, reading: Reading, *, back: bool = False) -> Applied | None:
        """Put a configuration in force. `back`: also one that was in force before, where other processes follow it."""
        try:
            with self.engine.read() as reader:
                active = reader.active_release()
                known = self.engine.database.shared and reading.release in reader.releases()
            self._in_force = active == reading.release
            if reading.workspace is None:
                raise BrokenConfigurationError(reading.findings)
            if active is not None and known and not self._in_force and not back:
                raise OlderReleaseError(reading.release, active)
            applied = None if self._in_force else self.engine.apply_release(reading)
        except (BrokenConfigurationError, OlderReleaseError, PluginFault, ReleaseConflictError) as fault:
            self._broken = fault
            self._folder.settle()
            raise
        self._broken = None
        self._folder.settle()
        return applied

    def close(self) -> None:
        """Let go of the workspace."""
        self._closing()
        self.engine.close()
        self.plugins.processes.close()
        if self._lock is not None:
            self._lock.release()

    def _refresh(self) -> list[dict[str, Any]]:
        """Follow files that have changed; return what keeps the old configuration in force, empty if nothing does."""
        with self._refreshing:
            reading = self._folder.look()
            if reading is not None:
                return self.follow(reading)
            return self._kept_back()

    def warnings(self) -> list[dict[str, Any]]:
        """Follow changed files; return what keeps those on disk from coming into force, empty if they are in force."""
        return self._refresh()

    @property
    def kept_back(self) -> VoronkaError | None:
        """Why the files on disk are not those in force; None if they are."""
        return None if self._in_force else self._broken

    def _kept_back(self) -> list[dict[str, Any]]:
        """Return what is wrong. `in_force`: the files are those in force all the same; a plugin of theirs is broken."""
        return [] if self._broken is None else [fault_to_json(self._broken) | {"in_force": self._in_force}]

    def log_warnings(self) -> None:
        """Write them into the log: a service has nobody else to tell."""
        if self._broken is not None:
            _log.warning(
                Text(
                    "The release {release} runs on: {reason}",
                    release=self.engine.workspace.release[:8],
                    reason=self._broken.reason,
                )
            )

    def run_queue(self) -> None:
        """Do what was queued. What was asked for is done by now, whatever becomes of that: it may only be put off."""
        try:
            while self.engine.run_queued():
                pass
        except EnvironmentFault as fault:
            _log.warning(
                Text(
                    "Queued commands wait for the next command or for the service: {reason} {remedy}",
                    reason=fault.reason,
                    remedy=fault.remedy,
                )
            )


def _holder(reader: Reader, record: Stream) -> str | None:
    """Return who has a deal, or an account by its own field."""
    if record.kind is StreamKind.DEAL:
        deal = reader.deals([record.id]).get(record.id)
        return None if deal is None else deal.owner
    party = reader.parties([record]).get(record)
    owner = None if party is None else party.fields.get("owner")
    return owner if isinstance(owner, str) else None


def _unknown(name: str, known: Mapping[str, object]) -> UsageFault:
    return UsageFault(
        Text("Nothing is called {name} here.", name=name), Text("Known are: {names}.", names=", ".join(sorted(known)))
    )
