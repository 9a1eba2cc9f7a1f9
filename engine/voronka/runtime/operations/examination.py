"""What is not as it should be in an open workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select

from voronka.messages import Label, Plural, Text
from voronka.runtime.client import Progress
from voronka.runtime.local import LocalClient
from voronka.runtime.operations.finding import Finding
from voronka.runtime.operations.operator import operator_of
from voronka.runtime.secrets import SecretFault
from voronka.runtime.words import Json
from voronka.storage import BACKUP, HELD, Delivery, Reader, is_durable
from voronka.storage.dialects import quick_check, server_clock
from voronka.storage.tables import outbox, timers

__all__ = ["examine"]

_LATE = 300_000_000
"""Microseconds after which a timer that has not ended is overdue for no good reason."""
_APART = 5_000_000
"""Microseconds by which the clocks of machines that share a database may differ: a lease lasts 30 seconds."""
_OLD = 7 * 86_400_000_000
"""Microseconds after which a backup is old."""
_LOADING = 2.0
_BACKUP = Text("Back up regularly: voronka backup FILE; `voronka deploy systemd` writes a timer for that.")


def examine(client: LocalClient, params: Mapping[str, Any], progress: Progress) -> Json:
    """Look at everything that whoever runs the workspace should know: parameter actor."""
    operator_of(client, params)
    return [finding.to_json() for finding in _Examination(client).findings()]


class _Examination:
    def __init__(self, client: LocalClient) -> None:
        self._client = client
        self._now = client.engine.clock.now()

    def findings(self) -> Iterator[Finding]:
        """Yield at least one finding on each part."""
        engine = self._client.engine
        with engine.read() as reader:
            for look in (self._integrity, self._clock, self._timers):
                yield look(reader)
            yield from _each("messages", self._letters(reader))
            for look in (self._held, self._backup):
                yield look(reader)
        yield self._durability()
        yield self._configuration()
        yield from _each("plugins", self._plugins())
        yield from _each("secrets", self._secrets())

    def _integrity(self, reader: Reader) -> Finding:
        damages = quick_check(reader.connection)
        if not damages:
            return Finding(part="integrity")
        told = Text("The database is damaged: {damage}", damage=damages[0])
        remedy = Text("End the service, look with `voronka verify`, and restore a backup.")
        return Finding(part="integrity", told=told, remedy=remedy, grave=True)

    def _clock(self, reader: Reader) -> Finding:
        server = server_clock(reader.connection)
        if server is not None and abs(server - self._now) > _APART:
            seconds = abs(server - self._now) // 1_000_000
            return Finding(
                part="clock",
                told=Text("The clocks of this machine and of the database's are {seconds} s apart.", seconds=seconds),
                remedy=Text("Set both by NTP: leases of messages are judged by the clock of each machine."),
                grave=True,
            )
        ahead = reader.ahead(self._now)
        if ahead is None:
            return Finding(part="clock")
        minutes = max((ahead.at - self._now) // 60_000_000, 1)
        told = Text("The newest record lies {minutes} min in the time to come.", minutes=minutes)
        return Finding(part="clock", told=told, remedy=Text("Check the clock of this machine (NTP)."), grave=True)

    def _timers(self, reader: Reader) -> Finding:
        late = (timers.c.state == "waiting") & (timers.c.due_at <= self._now - _LATE)
        count = _count(reader, select(func.count()).select_from(timers).where(late))
        if not count:
            return Finding(part="timers")
        told = Plural("{n} timer is overdue.", "{n} timers are overdue.", n=count)
        if self._client.served:
            return Finding(
                part="timers", told=told, remedy=Text("Look at the log of the service, and of each worker."), grave=True
            )
        return Finding(part="timers", told=told, remedy=Text("Start the service: voronka run"), grave=True)

    def _letters(self, reader: Reader) -> Iterator[Finding]:
        by_status = select(outbox.c.status, func.count().label("rows")).group_by(outbox.c.status)
        ended = outbox.c.status.in_((Delivery.DEAD.value, Delivery.UNKNOWN.value))
        counts = {row.status: row.rows for row in reader.execute(by_status.where(ended))}
        if dead := counts.get(Delivery.DEAD):
            told = Plural("{n} message failed to leave.", "{n} messages failed to leave.", n=dead)
            remedy = Text(
                "Look at the reasons (voronka outbox list --status dead) and send again what is still of use."
            )
            yield Finding(part="messages", told=told, remedy=remedy)
        if unknown := counts.get(Delivery.UNKNOWN):
            told = Plural(
                "Of {n} message it is not known whether it left.",
                "Of {n} messages it is not known whether they left.",
                n=unknown,
            )
            remedy = Text(
                "Find out (voronka outbox list --status unknown), then say it of each: voronka outbox resolve DEAL"
                " MESSAGE --sent, or --retry to have it sent again."
            )
            yield Finding(part="messages", told=told, remedy=remedy)

    def _held(self, reader: Reader) -> Finding:
        if not reader.counter(HELD):
            return Finding(part="effects")
        told = Text("Messages and actions are held back: nothing leaves.")
        remedy = Text("Look at what waits (voronka outbox list --status pending), then: voronka effects release")
        return Finding(part="effects", told=told, remedy=remedy, grave=True)

    def _backup(self, reader: Reader) -> Finding:
        if self._client.engine.database.shared:
            return Finding(part="backup")  # PostgreSQL has its own, of which nothing is known here
        made = reader.counter(BACKUP)
        if made is None:
            return Finding(part="backup", told=Text("No backup was ever made."), remedy=_BACKUP)
        days = (self._now - made) // 86_400_000_000
        if self._now - made <= _OLD:
            return Finding(part="backup")
        return Finding(part="backup", told=Text("The last backup was made {days} days ago.", days=days), remedy=_BACKUP)

    def _durability(self) -> Finding:
        if self._client.engine.write(lambda work: is_durable(work.connection)):
            return Finding(part="durability")
        told = Text("A commit does not wait for the disk.")
        remedy = Text("Set synchronous_commit=on in PostgreSQL; else what was acknowledged may be lost in a power cut.")
        return Finding(part="durability", told=told, remedy=remedy, grave=True)

    def _configuration(self) -> Finding:
        for warning in self._client.warnings():
            return Finding(
                part="configuration", told=Label(warning["reason"]), remedy=Label(warning["remedy"]), grave=True
            )
        return Finding(part="configuration")

    def _plugins(self) -> Iterator[Finding]:
        for plugin in self._client.plugins.host.plugins(within=_LOADING):
            if plugin.fault is not None:
                told = Text("The plugin {plugin} is broken: {reason}", plugin=plugin.name, reason=plugin.fault)
                yield Finding(part="plugins", told=told, remedy=Text("`voronka plugins list` tells more."), grave=True)
        if troubles := sorted(self._client.plugins.troubles):
            told = Text("These failed when they were last at work: {names}.", names=", ".join(troubles))
            yield Finding(part="plugins", told=told, remedy=Text("`voronka status` tells why."))

    def _secrets(self) -> Iterator[Finding]:
        workspace = self._client.engine.workspace
        settings = [
            *workspace.plugins.values(),
            *(channel.settings for channel in workspace.channels.values()),
            *(source.settings for source in workspace.sources.values()),
        ]
        for each in settings:
            try:
                self._client.plugins.secrets.resolved(each)
            except SecretFault as fault:
                told = Text("A secret is missing: {reason}.", reason=fault.reason)
                remedy = Text("Put it where the configuration refers to, in the surroundings of the service.")
                yield Finding(part="secrets", told=told, remedy=remedy, grave=True)


def _each(part: str, found: Iterator[Finding]) -> list[Finding]:
    return [*found] or [Finding(part=part)]


def _count(reader: Reader, query: Any) -> int:  # noqa: ANN401 - a query of any rows
    return int(reader.execute(query).scalar_one())
