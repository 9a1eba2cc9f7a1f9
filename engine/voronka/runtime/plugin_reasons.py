"""Why plugins did not do actions, in their words: not for those from whom something is hidden that they were given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import replace

from voronka.definition.guarded import open_arguments
from voronka.definition.workspace import Workspace
from voronka.messages import Text, words
from voronka.process.events import ActionFailed, ActionRequested, EffectRequested, EffectUnknown, Event
from voronka.process.state import Stream, StreamKind
from voronka.storage import Effect, Reader, Recorded

__all__ = ["UNSAID", "PluginReasons"]

UNSAID = Text("the words of the plugin are not shown to you: it was given fields that are hidden from you")


class PluginReasons:
    """Leaves the words of plugins out of what is told of actions to which an argument was given that is made of
    something hidden. `release`: what was in force, by the name of a release; None: it cannot be read."""

    def __init__(self, reader: Reader, release: Callable[[str], Workspace | None]) -> None:
        self._reader = reader
        self._release = release

    def open_entry(self, entry: Recorded, hidden: Set[str]) -> Recorded:
        """Return an entry of a deal without them, in what it tells of actions and in the notices of that."""
        effect = _not_done(entry.events)
        if effect is None or self._are_open(entry.stream.id, effect, hidden):
            return entry
        return replace(entry, events=tuple(map(_without, entry.events)))

    def open_effect(self, effect: Effect, hidden: Set[str]) -> Effect:
        """Return an action on its way out without them, and any other effect as it is."""
        if effect.action is None or not effect.reason or self._are_open(effect.key.deal, effect.key.child, hidden):
            return effect
        return replace(effect, reason=UNSAID.render(), reasons=words(UNSAID))

    def open_notice(self, effect: Effect, hidden: Set[str]) -> Effect:
        """Return a notice on its way out without them, and any other effect as it is."""
        notice = effect.body.get("notice") or {}
        if not hidden or "reason" not in notice:
            return effect
        for entry in self._reader.history(effect.key.stream, after=effect.key.seq - 1, limit=1):
            told_of = _not_done(entry.events)
            if told_of is None or self._are_open(effect.key.deal, told_of, hidden):
                return effect
        return replace(effect, body={**effect.body, "notice": {**notice, "reason": UNSAID.render(effect.locale)}})

    def _are_open(self, deal: bytes, effect: str, hidden: Set[str]) -> bool:
        if not hidden:
            return True
        seq, n = map(int, effect.split("."))
        for entry in self._reader.history(Stream(StreamKind.DEAL, deal), after=seq - 1, limit=1):
            for event in entry.events:
                if isinstance(event, ActionRequested) and event.n == n:
                    declared = self._release(entry.release)
                    return open_arguments(declared, event.action, event.arguments, hidden) == event.arguments
        return False


def _not_done(events: Iterable[Event]) -> str | None:
    """Return the key of the action of which events tell that it was given up, or that nobody knows."""
    told = (event.effect for event in events if isinstance(event, (ActionFailed, EffectUnknown)) and event.action)
    return next(told, None)


def _without(event: Event) -> Event:
    match event:
        case ActionFailed() | EffectUnknown():
            return replace(event, reason=UNSAID.render(), reasons=words(UNSAID))
        case EffectRequested(notice={"reason": _}):
            return replace(event, notice={**(event.notice or {}), "reason": UNSAID.render(event.locale)})
    return event
