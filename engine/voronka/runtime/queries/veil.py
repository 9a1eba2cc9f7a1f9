"""What of a deal's history is not for whoever asks: fields hidden from them, wherever their values stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from voronka.definition.guarded import counts_from, open_arguments
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression
from voronka.process.commands import SetParty
from voronka.process.events import ActionRequested, Event, RowPut, ScoreChanged, TimerArmed, TimerEnded
from voronka.process.state import DealState
from voronka.runtime.queries.asked import Asked
from voronka.runtime.viewer import hidden_names

__all__ = ["Veil", "veil_of"]

_WORDS = re.compile(r"[^\W\d][\w.]*")


class Veil:
    """Takes `hidden` names, as a deal's expressions write them, out of what is told, and scores on `cards` that read
    any of them. `declared`: what was in force, and the deal's `funnel`; by them it knows what else tells of the hidden:
    the times of timed events that count from it, and the arguments of actions that are made of it."""

    def __init__(
        self,
        hidden: frozenset[str],
        cards: frozenset[str] = frozenset(),
        *,
        declared: Workspace | None = None,
        funnel: str = "",
    ) -> None:
        self._hidden = hidden
        self._cards = cards
        self._declared = declared
        self._funnel = funnel

    def under(self, declared: Workspace | None) -> Veil:
        """Return the veil over what happened under another release; None: one that cannot be read."""
        return Veil(self._hidden, self._cards, declared=declared, funnel=self._funnel)

    def times(self, event: str) -> bool:
        """Tell whether the times of a timed event are not to be shown."""
        return counts_from(self._declared, self._funnel, event, self._hidden)

    def within(self, collection: str | None) -> Veil:
        """Return the veil over what is said of a row of a collection, whose columns have their bare names there; None:
        of the deal, this one."""
        if not self._hidden or collection is None:
            return self
        columns = {name.rpartition(".")[2] for name in self._hidden if name.rpartition(".")[0] == collection}
        columns |= {f"row.{name}" for name in columns}
        return Veil(self._hidden | columns, self._cards, declared=self._declared, funnel=self._funnel)

    def event(self, event: Event) -> Event | None:
        """Return an event without hidden values; None if nothing else was in it."""
        if not self._hidden:
            return event
        if isinstance(event, RowPut):
            hidden = {name for name in event.values if f"{event.collection}.{name}" in self._hidden}
            open_ = {name: value for name, value in event.values.items() if name not in hidden}
            return None if hidden and not open_ else replace(event, values=open_)
        if isinstance(event, ScoreChanged) and event.card in self._cards:
            return None
        if isinstance(event, ActionRequested):
            return replace(event, arguments=self._arguments(event.action, event.arguments))
        changed: dict[str, Any] = {}
        for part in fields(event):
            value = getattr(event, part.name)
            if isinstance(value, Mapping) and not self._hidden.isdisjoint(value):
                changed[part.name] = self._without(value)
            elif part.name == "would" and value:
                changed[part.name] = tuple(each for what in value if (each := self.would(what)))
        if not changed:
            return event
        if "new" in changed and not changed["new"]:
            return None
        return replace(event, **changed)

    def would(self, what: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what a rule did or would have done without hidden values; None if nothing else was in it."""
        open_: Mapping[str, Any] = self.data(dict(what))
        return None if "new" in what and not open_["new"] else open_

    def data(self, data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return JSON without hidden values at whatever depth; the keys of the outermost object are no names, save
        that its `collection` says of what rows its `values` are, and its `target` of whom a `command` sets fields."""
        if not self._hidden or not isinstance(data, dict):
            return data
        if isinstance(collection := data.get("collection"), str) and "values" in data:
            open_ = {
                name: value for name, value in data["values"].items() if f"{collection}.{name}" not in self._hidden
            }
            return {**data, "values": open_}
        if isinstance(command := data.get("command"), dict) and command.get("kind") == SetParty.kind:
            party = str(data.get("target")).partition(":")[0]
            given = command["values"]
            open_ = {name: value for name, value in given.items() if f"{party}.{name}" not in self._hidden}
            return {**data, "command": {**command, "values": open_}}
        match data:
            case {"kind": ActionRequested.kind, "action": str(action), "arguments": arguments}:
                return {**data, "arguments": self._arguments(action, arguments)}
            case {"kind": TimerArmed.kind, "timer": [[_, str(event), *_] as key, _, _, offset, *_]} if self.times(
                event
            ):
                return {**data, "timer": [key, None, None, offset, None, None, None]}
            case {"kind": TimerEnded.kind, "key": [_, str(event), *_]} if self.times(event):
                return {**data, "due": None, "anchor": None, "planned": None}
            case {"kind": ScoreChanged.kind, "card": str(card)} if card in self._cards:
                return {**data, **dict.fromkeys(("total", "band", "total_before", "band_before"))}
            case {"timed": {"name": str(event), "due": _} as timed} if self.times(event):
                return {**data, "timed": {**timed, "due": None}}
        if would := data.get("would"):
            return {**data, "would": [each for what in would if (each := self.would(what))]}
        return {key: self._inner(part) for key, part in data.items()}

    def _inner(self, data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        if isinstance(data, dict):
            return {key: self._inner(part) for key, part in self._without(data).items()}
        return [self._inner(part) for part in data] if isinstance(data, list) else data

    def values(self, values: Mapping[str, Any], condition: Expression | None = None) -> dict[str, Any]:
        """Return the values that a condition read, those alone that are not hidden. `condition`: if it is known, what
        stands behind the names that it reads is, too."""
        veiled = frozenset[str]() if condition is None else condition.veiled(self._hidden)
        return {text: value for text, value in values.items() if text not in veiled and not self._names(text)}

    def covers(self, text: str) -> bool:
        """Tell whether a condition, as it is written, reads something hidden."""
        return self._names(text)

    @property
    def hidden(self) -> frozenset[str]:
        """The names whose values are not shown."""
        return self._hidden

    def _arguments(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._without(open_arguments(self._declared, action, arguments, self._hidden))

    def _without(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in self._hidden}

    def _names(self, text: str) -> bool:
        if not self._hidden:
            return False
        words = {word.removeprefix("deal.") for word in _WORDS.findall(text)}
        return not words.isdisjoint(self._hidden) or any(
            collection in words and column in words
            for collection, _, column in (name.rpartition(".") for name in self._hidden)
        )


def veil_of(asked: Asked, deal: DealState) -> Veil:
    """Return the veil over a deal for whoever asks."""
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    cards = asked.workspace.scorecards.values()
    read = frozenset(card.name for card in cards if not hidden.isdisjoint(card.reads))
    return Veil(hidden, read, declared=asked.workspace, funnel=deal.funnel)
