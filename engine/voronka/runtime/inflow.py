"""Inflow: what sources give becomes commands, each once, and is acknowledged after the commit."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial

from voronka.definition.workspace import Source
from voronka.errors import PluginFault
from voronka.frozen import frozen
from voronka.hooks.limits import NoAnswer, StillAway
from voronka.hooks.phrases import error_phrase, phrase
from voronka.hooks.recall import why_not
from voronka.hooks.sources import SourceCall, SourceType
from voronka.messages import Label, Sentence, Text
from voronka.runtime.answers import Answer
from voronka.runtime.engine import Engine
from voronka.runtime.outside import Plugins
from voronka.runtime.plugin_answers import UnsoundAnswer, checked_fetched
from voronka.runtime.plugin_process.faults import Busy, Late, ProcessFault
from voronka.runtime.refused import refusal_of
from voronka.runtime.secrets import SecretFault

__all__ = ["Inflow", "Taken"]

_ROUNDS = 100
_AWAY = Text("an earlier call has not come back; until it does, or Voronka is started anew, none is made")
_log = logging.getLogger("voronka.sources")


@frozen
class Taken:
    """What one tick of a source came to. `known`: items that had come before; `fault`: why it ended early.

    `again`: seconds after which it is to be asked again, for nobody was free to ask it.
    """

    items: int = 0
    known: int = 0
    refused: int = 0
    fault: Sentence | None = None
    again: float | None = None

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            items=self.items + other.items,
            known=self.known + other.known,
            refused=self.refused + other.refused,
            fault=other.fault,
            again=other.again,
        )


class Inflow:
    """Asks the sources of a workspace. One source is asked by one thread at a time."""

    def __init__(self, engine: Engine, plugins: Plugins) -> None:
        self._engine = engine
        self._plugins = plugins
        self._taking = threading.Lock()
        self._ending = False
        self._waiting: dict[str, float] = {}

    def end(self, patience: float) -> None:
        """Take in nothing any more: what is being taken in has so many seconds to be committed."""
        self._ending = True
        if self._taking.acquire(timeout=patience):
            self._taking.release()

    def ask(self, name: str) -> Taken:
        """Ask a source of the definition in force once, and again as long as it has more; return what came in.

        Nothing is raised for what the source does wrong: it is named in the log and in the workspace's status.
        """
        source = self._engine.workspace.sources.get(name)
        kind = None if source is None else self._plugins.host.find(SourceType, source.via)
        if source is None:
            return Taken(fault=Text("it is not there"))
        if kind is None:
            plugin = source.via.partition(".")[0]
            taken = Taken(fault=PluginFault(plugin, why_not(self._plugins.host, plugin)).reason)
            self._tell(name, taken)
            return taken
        taken = Taken()
        for _ in range(_ROUNDS):
            try:
                one, more = self._round(source, kind)
            except Exception as error:
                taken += self._failed(source, kind, error)
            else:
                taken += one
                if more:
                    continue
            break
        if taken.again is None:
            self._waiting.pop(name, None)
        self._tell(name, taken)
        return taken

    def _round(self, source: Source, kind: SourceType) -> tuple[Taken, bool]:
        services = self._plugins.services(source.via.partition(".")[0])
        origin = f"source:{source.name}"
        with self._engine.read() as reader:
            cursor = reader.mark(origin)
        settings = self._plugins.secrets.resolved(source.settings)
        call = SourceCall(cursor=cursor, settings=settings, services=services)
        calls = self._plugins.calls[f"source {source.name}"]
        fetched, unsound = checked_fetched(calls.within(kind.time_limit, lambda: kind.fetch(call)))
        take = partial(self._engine.take_in, source=origin, actor=f"plugin:{services.name}")
        last = cursor if fetched.cursor is None else fetched.cursor
        # What is acknowledged after the commit is asked for again, and so acknowledged again, until that has succeeded.
        until = last if kind.acknowledge is None else cursor
        with self._taking:
            if self._ending:
                return Taken(), False
            answers = []
            if fetched.items or unsound or until != cursor:
                answers = take([(item.id, item.request) for item in fetched.items], cursor=until, unsound=unsound)
        reasons = [(item.id, refusal_of(answer)) for item, answer in zip(fetched.items, answers, strict=True)]
        refused = [(item, reason) for item, reason in reasons if reason is not None]
        refused += [(item.name, item.reason) for item in unsound]
        for item, reason in refused:
            _log.warning(
                Text(
                    "The source {source}: {item} is refused: {reason}",
                    source=source.name,
                    item=phrase(item),
                    reason=reason,
                )
            )
        known = sum(1 for answer in answers if isinstance(answer, Answer) and answer.replay)
        taken = Taken(items=len(answers) + len(unsound) - known, known=known, refused=len(refused))
        if kind.acknowledge is not None:
            acknowledge = kind.acknowledge
            try:
                calls.within(kind.time_limit, lambda: acknowledge(call, fetched))
            except Exception as error:
                return taken + self._failed(source, kind, error), False
            with self._taking:
                if last != cursor and not self._ending:
                    take([], cursor=last)
        return taken, fetched.more and (bool(fetched.items) or last != cursor)

    def _failed(self, source: Source, kind: SourceType, error: Exception) -> Taken:
        """Return what an error ends a tick with. To wait for a process is a fault once it takes a whole interval."""
        if isinstance(error, Busy):
            now = time.monotonic()
            late = now - self._waiting.setdefault(source.name, now) >= source.every
            return Taken(fault=error.reason if late else None, again=error.retry_after)
        return Taken(fault=self._why(source, kind, error))

    def _why(self, source: Source, kind: SourceType, error: Exception) -> Sentence:
        """Return what went wrong with a source."""
        match error:
            case StillAway():
                return _AWAY
            case NoAnswer():
                seconds = error.seconds if isinstance(error, Late) else kind.time_limit
                return Text("no answer within {seconds} s", seconds=f"{seconds:g}")
            case SecretFault() | UnsoundAnswer():
                return error.reason
            case ProcessFault():
                return self._plugins.secrets.mask_sentence(error.reason) or error.reason
        _log.debug(Text("The source {source} failed.", source=source.name), exc_info=error)
        return Label.plain(error_phrase(error, self._plugins.secrets.mask))

    def _tell(self, name: str, taken: Taken) -> None:
        troubles = self._plugins.troubles
        if taken.fault is not None:
            if troubles.get(f"source {name}") != taken.fault:
                _log.error(Text("The source {source} failed: {reason}", source=name, reason=taken.fault))
            troubles[f"source {name}"] = taken.fault
        elif taken.again is None:
            troubles.pop(f"source {name}", None)
        if taken.items:
            _log.info(
                Text(
                    "The source {source} gave {n}, of which refused: {refused}.",
                    source=name,
                    n=taken.items,
                    refused=taken.refused,
                )
            )
