"""Whether a running workspace can do its work, part by part."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from voronka.errors import EnvironmentFault, VoronkaError
from voronka.messages import Sentence, Text
from voronka.runtime.local import LocalClient
from voronka.storage import is_durable
from voronka.storage.schema import is_at_head

__all__ = ["LEAST_ROOM", "Pulse", "Readiness", "Verdict", "room"]

LEAST_ROOM = 128 * 1024 * 1024
"""Bytes that have to be free beside the database: the WAL grows to an eighth of that before it is folded in."""

_LOADING = 1.0  # seconds that plugins have to be loaded; the service has begun to load them at its start

LONGEST_PAUSE = 20.0
"""Seconds without an attempt to beat after which the ticks of the service have stopped."""


class Pulse(NamedTuple):
    """The last beat of a service: how many seconds ago it was attempted, and why it could not be written, if so.

    `ended`: the workers that do not work any more, though the service does.
    """

    ago: float
    fault: VoronkaError | None
    ended: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What was found of one part; `told`: a reason where it is not well."""

    part: str
    ok: bool
    told: Sentence | None = None


class Readiness:
    """Looks at a service whose state lies in `folder`; `pulse` tells of its last beat."""

    def __init__(self, client: LocalClient, folder: Path, pulse: Callable[[], Pulse]) -> None:
        self._client = client
        self._folder = folder
        self._pulse = pulse
        self._durable: bool | None = None

    def look(self) -> list[Verdict]:
        """Return a verdict on each part: database, schema, configuration, durability, scheduler, disk, plugins."""
        try:
            found = list(self._of_database())
        except EnvironmentFault as fault:
            found = [Verdict("database", False, fault.reason)]
        return [*found, self._scheduler(), self._disk(), self._plugins()]

    def _of_database(self) -> Iterator[Verdict]:
        engine, pulse = self._client.engine, self._pulse()
        with engine.read() as reader:
            at_head, active = is_at_head(reader.connection), reader.active_release()
        if self._durable is None:
            self._durable = engine.write(lambda work: is_durable(work.connection))
        # Whoever beats writes: a probe that wrote, too, would wear the disk.
        yield Verdict("database", pulse.fault is None, None if pulse.fault is None else pulse.fault.reason)
        yield Verdict("schema", at_head, None if at_head else Text("The schema is not that of this version."))
        follows = active == engine.workspace.release
        told = None if follows else Text("The release in force is not the one that this process works under.")
        yield Verdict("configuration", follows, told)
        told = None if self._durable else Text("A commit does not wait for the disk.")
        yield Verdict("durability", self._durable, told)

    def _scheduler(self) -> Verdict:
        pulse = self._pulse()
        if pulse.ago > LONGEST_PAUSE:
            return Verdict("scheduler", False, Text("The last beat was {seconds} s ago.", seconds=int(pulse.ago)))
        if pulse.ended:
            told = Text("These workers have ended: {names}. Start the service anew.", names=", ".join(pulse.ended))
            return Verdict("scheduler", False, told)
        return Verdict("scheduler", True)

    def _disk(self) -> Verdict:
        free = room(self._folder)
        if free >= LEAST_ROOM:
            return Verdict("disk", True)
        return Verdict("disk", False, Text("{free} MB are free on the disk.", free=free >> 20))

    def _plugins(self) -> Verdict:
        broken = sorted(
            plugin.name for plugin in self._client.plugins.host.plugins(within=_LOADING) if plugin.fault is not None
        )
        if not broken:
            return Verdict("plugins", True)
        return Verdict("plugins", False, Text("These plugins are broken: {names}.", names=", ".join(broken)))


def room(folder: Path) -> int:
    """Return how many bytes are free where a folder lies."""
    return shutil.disk_usage(folder).free
