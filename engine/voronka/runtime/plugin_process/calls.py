"""The calls that a plugin's process is asked for, as the plugin is to see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from voronka.hooks.actions import ActionCall, ActionResult, ActionType, DealFacts
from voronka.hooks.channels import Channel, ChannelType, Message
from voronka.hooks.health import HealthCheck
from voronka.hooks.host import Host
from voronka.hooks.importers import FormatOptions, Row, RowFormat, RowReader, checked_row
from voronka.hooks.phrases import sentence
from voronka.hooks.sources import Fetched, Item, SourceCall, SourceType
from voronka.messages import Text, words
from voronka.runtime.clock import Clock, SystemClock
from voronka.runtime.plugin_answers import checked_fetched, checked_health, checked_result
from voronka.runtime.plugin_process.faults import row_fault
from voronka.runtime.secrets import GivenSecrets
from voronka.runtime.services import PluginServices, close_quietly

__all__ = ["Calls"]


class _StandingClock:
    """The moment at which a call was made."""

    def __init__(self, moment: int) -> None:
        self._moment = moment

    def now(self) -> int:
        """Return the moment in UTC microseconds since 1970."""
        return self._moment


class Calls:
    """Does the calls of one plugin, one after the other. Keeps its services and its open channels in between."""

    def __init__(self, plugin: str, host: Host) -> None:
        self._plugin = plugin
        self._host = host
        self._services: PluginServices | None = None
        self._given: Mapping[str, Any] = {}
        self._channels: dict[str, tuple[Mapping[str, Any], Channel]] = {}
        self._file: IO[bytes] | None = None
        self._rows = RowReader(iter(()))
        self._ways = {
            "action": self._action,
            "send": self._send,
            "fetch": self._fetch,
            "acknowledge": self._acknowledge,
            "health": self._health,
            "check": self._check,
            "rows": self._begin_rows,
            "more": self._more_rows,
        }

    def do(self, request: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """Return what a call gives, as JSON; raise what the plugin raises."""
        given = request.get("services")
        if given is not None:
            self._renew(given)
        return self._ways[request["call"]](request)

    def _renew(self, given: Mapping[str, Any]) -> None:
        """Take over the services of a call; what is kept goes if anything but the moment is another."""
        lasting = {**given, "now": given["now"] is None}
        if self._services is None or lasting != self._given:
            self.close()
            self._given = lasting
            self._services = PluginServices(
                self._plugin,
                settings=given["settings"],
                secrets=GivenSecrets(given["secrets"]),
                folder=Path(given["folder"]),
                allowed_hosts=frozenset(given["hosts"]),
                clock=SystemClock(),
            )
        clock: Clock = SystemClock() if given["now"] is None else _StandingClock(given["now"])
        self._services.clock = clock

    def close(self) -> None:
        """Close what is open."""
        for name, (_, channel) in self._channels.items():
            close_quietly(channel, Text("the channel {name}", name=name))
        self._channels = {}
        if self._services is not None:
            self._services.close()
        self._services = None

    @property
    def _own(self) -> PluginServices:
        if self._services is None:
            raise RuntimeError("a call without services")
        return self._services

    def _declared(self, kind: Any, name: str) -> Any:  # noqa: ANN401 - of the kind
        found = self._host.find(kind, name)
        if found is None:
            raise LookupError(name)
        return found

    def _action(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        call = ActionCall(
            key=request["key"],
            action=request["name"],
            deal=DealFacts(**request["deal"]),
            arguments=request["arguments"],
            at=datetime.fromisoformat(request["at"]),
            attempt=request["attempt"],
            services=self._own,
        )
        result: ActionResult | None = checked_result(self._declared(ActionType, request["name"]).run(call))
        return None if result is None else {"set": dict(result.set), "move": result.move, "log": dict(result.log)}

    def _send(self, request: Mapping[str, Any]) -> None:
        said, settings = dict(request["message"]), request["settings"]
        message = Message(**{**said, "at": datetime.fromisoformat(said["at"])})
        known = self._channels.get(message.channel)
        if known is None or known[0] != settings:
            if known is not None:
                close_quietly(known[1], Text("the channel {name}", name=message.channel))
                del self._channels[message.channel]
            known = (settings, self._declared(ChannelType, request["name"]).open(settings, self._own))
            self._channels[message.channel] = known
        known[1].send(message)

    def _fetch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        fetched, unsound = checked_fetched(self._declared(SourceType, request["name"]).fetch(self._asked(request)))
        items: list[dict[str, Any]] = [{"id": item.id, "request": dict(item.request)} for item in fetched.items]
        items += [{"unsound": item.name, "reason": words(item.reason)} for item in unsound]
        return {"items": items, "cursor": fetched.cursor, "more": bool(fetched.more)}

    def _acknowledge(self, request: Mapping[str, Any]) -> None:
        said = request["fetched"]
        fetched = Fetched(items=[Item(**item) for item in said["items"]], cursor=said["cursor"], more=said["more"])
        self._declared(SourceType, request["name"]).acknowledge(self._asked(request), fetched)

    def _asked(self, request: Mapping[str, Any]) -> SourceCall:
        return SourceCall(cursor=request["cursor"], settings=request["settings"], services=self._own)

    def _health(self, request: Mapping[str, Any]) -> dict[str, Any]:
        health = checked_health(self._declared(HealthCheck, request["name"]).check(self._own))
        detail = sentence(health.detail)
        return {"ok": health.ok, "detail": None if detail is None else words(detail)}

    def _check(self, request: Mapping[str, Any]) -> None:
        with Path(request["path"]).open("rb") as file:
            self._declared(RowFormat, request["name"]).check(file)

    def _begin_rows(self, request: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.close()
        self._file = Path(request["path"]).open("rb")  # noqa: SIM115 - read on by later calls
        options = FormatOptions(encoding=request["encoding"], delimiter=request["delimiter"])
        self._rows = RowReader(iter(self._declared(RowFormat, request["name"]).read(self._file, options)))

    def _more_rows(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = [checked_row(row) for row in self._rows.some()]
        if not rows and self._file is not None:
            self._file.close()
            self._file = None
        return [_row(row) for row in rows]


def _row(row: Row) -> dict[str, Any]:
    fault = None if row.fault is None else row_fault(row.fault)
    return {"line": row.line, "cells": list(row.cells), "fault": fault}
