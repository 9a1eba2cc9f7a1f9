"""Recall: what a release keeps of its plugins' declarations, so that it can be read when one of them no longer works.

A definition is built out of files and of what plugins declare: the arguments of an action, the address of a channel,
the kinds of a function. Their code is no part of a release. So a release that was in force stays readable; whoever
then needs the code of a plugin that does not work is refused, and what it is to do waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Never

from voronka.definition.rates import Rate
from voronka.errors import PluginFault
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.values import Kind
from voronka.hooks.actions import ActionType
from voronka.hooks.calendars import CalendarSource
from voronka.hooks.channels import ChannelType
from voronka.hooks.declarations import Declaration
from voronka.hooks.host import Host, PluginState
from voronka.hooks.importers import RowFormat
from voronka.hooks.plugin import Plugin
from voronka.hooks.sources import SourceType
from voronka.messages import Label, Sentence, Text

__all__ = ["recalled", "remembered", "why_not"]

_KEPT: Mapping[type[Declaration], tuple[str, tuple[str, ...]]] = {
    ActionType: ("run", ("arguments", "at_most_once", "attempts", "destination", "rates", "time_limit")),
    ChannelType: ("open", ("address", "at_most_once", "attempts", "html", "rates", "settings", "time_limit")),
    SourceType: ("fetch", ("settings", "time_limit")),
    RowFormat: ("read", ()),
    ExpressionFunction: ("call", ("parameters", "result", "sql")),
    CalendarSource: ("year", ()),
}
"""What is kept of each kind of declaration: which part is its code, and the others that a definition is built of."""

_KINDS: Mapping[str, type[Declaration]] = {kind.__name__: kind for kind in _KEPT}


def remembered(states: Iterable[PluginState]) -> dict[str, Any]:
    """Return what plugins declare, by name, as JSON."""
    return {
        state.name: {
            "version": state.plugin.version,
            "api": state.plugin.api,
            "settings": _plain(state.plugin.settings),
            "declares": [
                {"kind": type(each).__name__, "name": each.name}
                | {part: _plain(getattr(each, part)) for part in _KEPT[type(each)][1]}
                for each in state.declarations
                if type(each) in _KEPT
            ],
        }
        for state in states
        if state.plugin is not None
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - part of a declaration
    if isinstance(value, Rate):
        return asdict(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def recalled(host: Host, memory: Mapping[str, Any]) -> Host:
    """Return a host whose plugins declare what is remembered of them (see `remembered`).

    Their code is that of `host`; where it has none, it is one that raises `PluginFault`.
    """
    return host.with_states(_state(host, name, parts) for name, parts in memory.items())


def _state(host: Host, name: str, parts: Mapping[str, Any]) -> PluginState:
    plugin = Plugin(
        name=name,
        version=parts["version"],
        api=parts["api"],
        label=Label.plain(name),
        settings=parts["settings"],
    )
    declared = tuple(_declaration(host, name, each) for each in parts["declares"])
    return PluginState(name=name, place="", plugin=plugin, declared={"": declared}, recalled=True)


def _declaration(host: Host, plugin: str, parts: Mapping[str, Any]) -> Declaration:
    kind = _KINDS[parts["kind"]]
    code = _KEPT[kind][0]
    # What was not declared yet when the release was kept is as it is by default.
    given: dict[str, Any] = {part: parts[part] for part in ("name", *_KEPT[kind][1]) if part in parts}
    if "rates" in given:
        given["rates"] = tuple(Rate(**each) for each in given["rates"])
    live = host.find(kind, parts["name"])
    given[code] = _refusing(plugin, why_not(host, plugin)) if live is None else getattr(live, code)
    if kind is ExpressionFunction:
        given["parameters"] = tuple(Kind(each) for each in parts["parameters"])
        given["result"] = Kind(parts["result"])
    else:
        given["label"] = Label.plain(parts["name"])
    return kind(**given)


def why_not(host: Host, plugin: str) -> Sentence:
    """Return why a plugin that a release uses cannot do what it did then."""
    state = host.plugin(plugin)
    if state is None:
        return Text("it is not installed, and there is no file of it in plugins/")
    return state.fault or Text("it no longer declares what the release in force uses")


def _refusing(plugin: str, reason: Sentence) -> Callable[..., Never]:
    def refuse(*arguments: object) -> Never:
        raise PluginFault(plugin, reason)

    return refuse
