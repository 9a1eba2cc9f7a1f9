"""The processes of one plugin: one as a rule, more where its calls overlap, none while it keeps on breaking."""

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
_PATIENCE = 2
"""So many processes in a row may break before the next one waits."""

Ask = Callable[[Mapping[str, Any], float], Any]
"""Returns what a process answers to a request within so many seconds; raises what the plugin has raised."""


class Pool:
    """Gives a plugin's calls processes. Safe to use from several threads.

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
        self._idle: list[PluginProcess] = []
        self._busy: list[PluginProcess] = []
        self._in_a_row = 0
        self._not_before = 0.0
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
        with self.lent() as ask:
            return ask(request, seconds)

    @contextmanager
    def lent(self) -> Iterator[Ask]:
        """Give a process that does nothing else meanwhile. Raises as `call` does."""
        process = self._taken()
        try:
            fault = self._loaded(process)
            if fault is not None:
                process.finish()
                raise PluginFault(self.plugin, fault)
            yield lambda request, seconds: self._answer(process, request, seconds)
        except (Late, ProcessEnded) as error:
            self._break(error)
            raise
        finally:
            self._given_back(process)

    def _answer(self, process: PluginProcess, request: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 - JSON
        answer = process.call(request, seconds)
        if request["call"] != "health":  # to be well is not to work again
            with self._lock:
                well, self._in_a_row = self._in_a_row == 0, 0
            if not well:
                self._told(None)
        if answer.get("last") is True:
            process.finish()
        if isinstance(answer.get("error"), dict):
            raise_error(answer["error"])
        return answer.get("answer")

    def _loaded(self, process: PluginProcess) -> Sentence | None:
        """Return why a process cannot work, once it has loaded the plugin."""
        try:
            return process.loaded(self._limits.start)
        except TimeoutError:
            seconds = f"{self._limits.start:g}"
            reason = Text("its process has not loaded it within {seconds} s", seconds=seconds)
            raise Unavailable(reason, _SOON) from None
        except ProcessEnded as error:
            # It has not been asked for anything yet.
            self._break(error)
            raise Unavailable(error.reason, self._limits.pause) from None

    def _taken(self) -> PluginProcess:
        """Return a process that was idle, else a new one."""
        with self._lock:
            if self._closed:
                raise Unavailable(Text("the service ends"), _SOON)
            while self._idle:
                process = self._idle.pop()
                if process.runs:
                    self._busy.append(process)
                    return process
                process.kill()
            wait = self._not_before - time.monotonic()
            if wait > 0:
                raise Unavailable(
                    Text("its process has broken {n} times in a row; it is started again soon", n=self._in_a_row), wait
                )
            if len(self._busy) >= self._limits.processes:
                raise Busy(Text("all its {n} processes are at work", n=len(self._busy)), _SOON)
            process = PluginProcess(self.plugin, self._program, self._limits, self._log)
            self._busy.append(process)
            return process

    def _given_back(self, process: PluginProcess) -> None:
        now = time.monotonic()
        with self._lock:
            self._busy.remove(process)
            keep = process.asks and process.runs and not self._closed
            if keep:
                self._idle.append(process)
            surplus = [each for each in self._idle[:-1] if now - each.used > self._limits.rest]
            self._idle = [each for each in self._idle if each not in surplus]
        for each in surplus if keep else (*surplus, process):
            each.end(now + self._limits.close)

    def _break(self, error: Late | ProcessEnded) -> None:
        reason = error.reason if isinstance(error, ProcessEnded) else _late(error)
        with self._lock:
            self.broken += 1
            self._in_a_row += 1
            if self._in_a_row >= _PATIENCE:
                pause = self._limits.pause * 2.0 ** (self._in_a_row - _PATIENCE)
                self._not_before = time.monotonic() + min(pause, self._limits.longest_pause)
        self._told(reason)

    def close(self) -> None:
        """End all: those at work at once, for what they did is done again; the others once they have closed."""
        with self._lock:
            self._closed = True
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
