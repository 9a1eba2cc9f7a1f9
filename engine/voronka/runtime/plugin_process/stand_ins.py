"""Stand-ins: declarations of a plugin whose code runs in the plugin's process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import IO, Any, TypeVar, cast

from voronka.hooks.actions import ActionCall, ActionResult, ActionType
from voronka.hooks.channels import ChannelType, DeliveryError, Message, Pause
from voronka.hooks.declarations import Declaration
from voronka.hooks.health import Health, HealthCheck
from voronka.hooks.importers import BrokenFormat, FormatOptions, Row, RowFormat
from voronka.hooks.phrases import phrase
from voronka.hooks.plugin import Services, Settings
from voronka.hooks.sources import Fetched, Item, SourceCall, SourceType
from voronka.messages import Label
from voronka.runtime.plugin_answers import UnsoundItem
from voronka.runtime.plugin_process.faults import Busy, ProcessFault, Unavailable, read_row_fault, read_sentence
from voronka.runtime.plugin_process.pool import Pool
from voronka.runtime.services import PluginServices

__all__ = ["stand_in"]

_ROWS = 55.0
"""Seconds for the next rows of a file; whoever reads them waits a little longer."""
_SLACK = 0.5
_Result = TypeVar("_Result")


def stand_in(declared: Declaration, pool: Pool, start: float) -> Declaration:
    """Return a declaration that has its code called in a process of `pool`, within the time limit that it declares.

    The limit of the stand-in is longer by `start`, the seconds in which a process may begin. What is called as a
    decision is made, or as a configuration is read, stays as it is.
    """
    more = start + _SLACK
    match declared:
        case ActionType(run=run) if run is not None:
            action = _Action(pool, declared.name, declared.time_limit)
            return replace(declared, run=action.run, time_limit=declared.time_limit + more)
        case ChannelType():
            return replace(declared, open=_Channels(pool, declared).open, time_limit=declared.time_limit + more)
        case SourceType():
            source = _Source(pool, declared.name, declared.time_limit)
            return replace(
                declared,
                fetch=source.fetch,
                acknowledge=None if declared.acknowledge is None else source.acknowledge,
                time_limit=declared.time_limit + more,
            )
        case RowFormat():
            form = _Format(pool, declared.name)
            return replace(declared, read=form.read, check=None if declared.check is None else form.check)
        case HealthCheck():
            check = _Health(pool, declared.name, declared.time_limit)
            return replace(declared, check=check.check, time_limit=declared.time_limit + more)
        case _:
            return declared


def _services(services: Services) -> dict[str, Any]:
    return cast(PluginServices, services).to_json()  # the engine gives no others


def _carried(call: Callable[[], _Result]) -> _Result:
    """Return what a call gives; one that was not begun counts as no attempt. Raises `Busy`: there is nothing amiss."""
    try:
        return call()
    except Busy:
        raise
    except Unavailable as fault:
        raise DeliveryError(fault.reason, counts=False, retry_after=fault.retry_after, pauses=Pause.EFFECT) from None


class _Action:
    def __init__(self, pool: Pool, name: str, seconds: float) -> None:
        self._pool = pool
        self._name = name
        self._seconds = seconds

    def run(self, call: ActionCall) -> ActionResult | None:
        request = {
            "call": "action",
            "name": self._name,
            "services": _services(call.services),
            "key": call.key,
            "deal": {
                "id": call.deal.id,
                "number": call.deal.number,
                "funnel": call.deal.funnel,
                "stage": call.deal.stage,
            },
            "arguments": call.arguments,
            "at": call.at.isoformat(),
            "attempt": call.attempt,
        }
        answer = _carried(lambda: self._pool.call(request, self._seconds))
        if not isinstance(answer, dict):
            return cast(ActionResult | None, answer)  # None, or it is found to be no answer
        said: Any = answer  # its parts are judged as those of any action's answer
        return ActionResult(set=said.get("set"), move=said.get("move"), log=said.get("log"))


class _Channels:
    def __init__(self, pool: Pool, declared: ChannelType) -> None:
        self._pool = pool
        self._declared = declared

    def open(self, settings: Settings, services: Services) -> _Channel:
        return _Channel(self._pool, self._declared, settings, services)


class _Channel:
    """A channel that is opened in the process when a message is first sent there."""

    def __init__(self, pool: Pool, declared: ChannelType, settings: Settings, services: Services) -> None:
        self._pool = pool
        self._declared = declared
        self._settings = settings
        self._services = services

    def send(self, message: Message) -> None:
        request = {
            "call": "send",
            "name": self._declared.name,
            "services": _services(self._services),
            "settings": self._settings,
            "message": {
                "key": message.key,
                "channel": message.channel,
                "deal": message.deal,
                "name": message.name,
                "address": message.address,
                "locale": message.locale,
                "subject": message.subject,
                "body": message.body,
                "html": message.html,
                "once": message.once,
                "at": message.at.isoformat(),
            },
        }
        _carried(lambda: self._pool.call(request, self._declared.time_limit))

    def close(self) -> None:
        """The process closes it when it is opened with other settings, or as it ends."""


class _Source:
    def __init__(self, pool: Pool, name: str, seconds: float) -> None:
        self._pool = pool
        self._name = name
        self._seconds = seconds

    def fetch(self, call: SourceCall) -> Fetched:
        answer = self._pool.call(self._request("fetch", call), self._seconds)
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            return cast(Fetched, answer)  # it is found to be no answer
        said: Any = answer  # its parts are judged as those of any source's answer
        items = [_item(each if isinstance(each, dict) else {}) for each in said["items"]]
        return Fetched(items=cast(list[Item], items), cursor=said.get("cursor"), more=said.get("more") is True)

    def acknowledge(self, call: SourceCall, fetched: Fetched) -> None:
        given = {
            "items": [{"id": item.id, "request": item.request} for item in fetched.items],
            "cursor": fetched.cursor,
            "more": fetched.more,
        }
        self._pool.call({**self._request("acknowledge", call), "fetched": given}, self._seconds)

    def _request(self, what: str, call: SourceCall) -> dict[str, Any]:
        return {
            "call": what,
            "name": self._name,
            "services": _services(call.services),
            "cursor": call.cursor,
            "settings": call.settings,
        }


def _item(said: Mapping[str, Any]) -> Item | UnsoundItem:
    if "unsound" in said:
        return UnsoundItem(name=phrase(said["unsound"]), reason=read_sentence(said.get("reason")))
    name: Any = said.get("id")  # it is judged as that of any item
    request: Any = said.get("request")  # likewise
    return Item(id=name, request=request)


class _Format:
    def __init__(self, pool: Pool, name: str) -> None:
        self._pool = pool
        self._name = name

    def read(self, file: IO[bytes], options: FormatOptions) -> Iterator[Row]:
        begin = {
            **self._request("rows", file),
            "encoding": options.encoding,
            "delimiter": options.delimiter,
        }
        try:
            with self._pool.lent(f"rows {self._name}") as ask:
                ask(begin, _ROWS)
                while rows := ask({"call": "more"}, _ROWS):
                    yield from map(_row, rows)
        except ProcessFault as fault:
            raise BrokenFormat(fault.reason) from None

    def check(self, file: IO[bytes]) -> None:
        try:
            self._pool.call(self._request("check", file), _ROWS)
        except ProcessFault as fault:
            raise BrokenFormat(fault.reason) from None

    def _request(self, what: str, file: IO[bytes]) -> dict[str, Any]:
        return {"call": what, "name": self._name, "path": str(file.name)}


def _row(said: Any) -> Row:  # noqa: ANN401 - JSON that a process has answered
    if not isinstance(said, dict):
        return cast(Row, said)  # it is found to be no row
    fault = said.get("fault")
    line: Any = said.get("line")  # it is judged with the row
    cells: Any = said.get("cells")  # likewise
    return Row(line, cells, read_row_fault(fault) if isinstance(fault, dict) else None)


class _Health:
    def __init__(self, pool: Pool, name: str, seconds: float) -> None:
        self._pool = pool
        self._name = name
        self._seconds = seconds

    def check(self, services: Services) -> Health:
        request = {"call": "health", "name": self._name, "services": _services(services)}
        answer = self._pool.call(request, self._seconds)
        said = answer if isinstance(answer, dict) else {}
        detail = said.get("detail")
        return Health(ok=said.get("ok") is True, detail=Label(detail) if isinstance(detail, dict) and detail else "")
