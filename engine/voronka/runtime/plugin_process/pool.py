"""The processes of one plugin: one as a rule, more where its calls overlap, none for what keeps on breaking them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voronka.errors import PluginFault
from voronka.hooks.discovery import Program
from voronka.messages import Sentence, Text
from voronka.runtime.plugin_process.faults import Busy, Late, ProcessEnded, Unavailable, raise_error
from voronka.runtime.plugin_process.process import Limits, PluginProcess

__all__ = ["Ask", "Pool"]

_SOON = 1.0
_LATER = 5.0
_PATIENCE = 2
"""So many processes in a row may break before the next one waits."""
_START = ""
"""What breaks a process that has not been asked for anything yet."""

Ask = Callable[[Mapping[str, Any], float], Any]
"""Returns what a process answers to a request within so many seconds; raises what the plugin has raised."""


class _Breaks:
    """How often in a row something has broken its process, and until which moment it waits for that."""

    def __init__(self) -> None:
        self.number = 0
        self.until = 0.0

    def check(self) -> None:
        """Raise `Unavailable` while it waits."""
        wait = self.until - time.monotonic()
        if wait > 0:
            raise Unavailable(
                Text("its process has broken {n} times in a row; it is started again soon", n=self.number), wait
            )


class Pool:
    """Gives a plugin's calls processes. Safe to use from several threads.

    What hangs or breaks its processes delays no other call: each kind of call, such as an action, gets a process of its
    own if it has none while all are at work for others, and waits for its own breaks alone.

    `told`: is told why a process broke, and None once one has done its work again. `broken`: how many have broken.
    """

    def __init__(
        self,
        plugin: str,
        program: Program,
        *,
        limits: Limits,
        log: logging.Logger,
        told: Callable[[Sentence | None], None],
    ) -> None:
        self.plugin = plugin
        self.broken = 0
        self._program = program
        self._limits = limits
        self._log = log
        self._told = told
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._waiting: list[object] = []
        self._idle: list[PluginProcess] = []
        self._busy: dict[PluginProcess, str] = {}
        self._breaks: dict[str, _Breaks] = {}
        self._closed = False

    @property
    def running(self) -> tuple[int, ...]:
        """The numbers of its processes."""
        with self._lock:
            return tuple(each.number for each in (*self._busy, *self._idle) if each.runs)

    def call(self, request: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 - any JSON
        """Return what the plugin answers to a request.

        Raises `Unavailable`, such as `Busy`, or `PluginFault` if the call was not begun, `Late` and `ProcessEnded` if
        it was not ended, and what the plugin raises.
        """
        with self.lent(f"{request['call']} {request['name']}") as ask:
            return ask(request, seconds)

    @contextmanager
    def lent(self, what: str) -> Iterator[Ask]:
        """Give `what` is called a process that does nothing else meanwhile. Raises as `call` does."""
        until = time.monotonic() + self._limits.start
        process = self._taken(what)
        try:
            fault = self._loaded(process, until)
            if fault is not None:
                process.finish()
                raise PluginFault(self.plugin, fault)
            yield lambda request, seconds: self._answer(what, process, request, seconds)
        except (Late, ProcessEnded) as error:
            self._break(what, error)
            raise
        finally:
            self._given_back(process)

    def _answer(self, what: str, process: PluginProcess, request: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 - any JSON
        answer = process.call(request, seconds)
        with self._lock:
            broke = [each for each in (what, _START) if self._breaks.pop(each, None) is not None]
            well = not self._breaks
        if broke and well:
            self._told(None)
        if answer.get("last") is True:
            process.finish()
        if isinstance(answer.get("error"), dict):
            raise_error(answer["error"])
        return answer.get("answer")

    def _loaded(self, process: PluginProcess, until: float) -> Sentence | None:
        """Return why a process cannot work, once it has loaded the plugin."""
        try:
            return process.loaded(until - time.monotonic())
        except TimeoutError:
            seconds = f"{self._limits.start:g}"
            reason = Text("its process has not loaded it within {seconds} s", seconds=seconds)
            raise Unavailable(reason, _SOON) from None
        except ProcessEnded as error:
            self._break(_START, error)
            raise Unavailable(error.reason, self._limits.pause) from None

    def _taken(self, what: str) -> PluginProcess:
        """Return a process that was idle, else a new one; who has waited longer comes first."""
        until = time.monotonic() + self._limits.wait
        with self._freed:
            me = object()
            self._waiting.append(me)
            try:
                while True:
                    if self._closed:
                        raise Unavailable(Text("the service ends"), _SOON)
                    if what in self._breaks:
                        self._breaks[what].check()
                    process = self._free(me is self._waiting[0])
                    left = until - time.monotonic()
                    if process is None and left <= 0:
                        if what in self._busy.values():
                            raise Busy(Text("all its {n} processes are at work", n=len(self._busy)), _LATER)
                        process = self._new()
                    if process is not None:
                        self._busy[process] = what
                        return process
                    self._freed.wait(left)
            finally:
                self._waiting.remove(me)
                self._freed.notify_all()

    def _free(self, first: bool) -> PluginProcess | None:
        """Return a process for whoever is the `first` to wait; None if all are at work."""
        if not first:
            return None
        while self._idle:
            process = self._idle.pop()
            if process.runs:
                return process
            process.kill()
        return self._new() if len(self._busy) < self._limits.processes else None

    def _new(self) -> PluginProcess:
        if _START in self._breaks:
            self._breaks[_START].check()
        return PluginProcess(self.plugin, self._program, self._limits, self._log)

    def _given_back(self, process: PluginProcess) -> None:
        now = time.monotonic()
        with self._freed:
            del self._busy[process]
            keep = process.asks and process.runs and not self._closed
            if keep:
                self._idle.append(process)
            surplus = [each for each in self._idle[:-1] if now - each.used > self._limits.rest]
            self._idle = [each for each in self._idle if each not in surplus]
            self._freed.notify_all()
        for each in surplus if keep else (*surplus, process):
            each.end(now + self._limits.close)

    def _break(self, what: str, error: Late | ProcessEnded) -> None:
        reason = error.reason if isinstance(error, ProcessEnded) else _late(error)
        with self._lock:
            self.broken += 1
            breaks = self._breaks.setdefault(what, _Breaks())
            breaks.number += 1
            if breaks.number >= _PATIENCE:
                pause = self._limits.pause * 2.0 ** (breaks.number - _PATIENCE)
                breaks.until = time.monotonic() + min(pause, self._limits.longest_pause)
        self._told(reason)

    def close(self) -> None:
        """End all: those at work at once, for what they did is done again; the others once they have closed."""
        with self._lock:
            self._closed = True
            self._freed.notify_all()
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        until = time.monotonic() + self._limits.close
        for process in idle:
            process.finish()
        for process in busy:
            process.abort()
        for process in idle:
            process.end(until)


def _late(error: Late) -> Sentence:
    return Text("its process was ended: no answer within {seconds} s", seconds=f"{error.seconds:g}")
