"""One process that runs the code of one plugin: started, asked for one thing at a time, ended with its children."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import Any

from voronka.frozen import frozen
from voronka.hooks.discovery import Program
from voronka.hooks.phrases import phrase
from voronka.messages import Label, Sentence, Text
from voronka.runtime.plugin_process.faults import Late, ProcessEnded
from voronka.runtime.plugin_process.frames import LARGEST, BadFrame, FrameReader, packed, send

__all__ = ["Limits", "PluginProcess"]

_WORKER = "voronka.runtime.plugin_process.worker"
_VARIABLES = (
    "HOME",
    "LANG",
    "LANGUAGE",
    "PATH",
    "PYTHONPATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
)
"""What a process finds in its environment, and the locale; secrets it gets as its settings refer to them."""

_LOGGED = 64 * 1024
"""Bytes of a call that go into the log, of what it prints and of what it logs each."""
_BLOCK = 65_536
_REAPED = 5.0
_NO_ANSWER = Text("what its process answers is no answer, or larger than {mb} MB", mb=LARGEST >> 20)


@frozen
class Limits:
    """`memory`: bytes of data that a process may hold. `start`: seconds that a call waits for a new process.

    `processes`: of a plugin at the same time, before what has none at work gets one of its own. `wait`: seconds, of
    those of `start`, that a call waits for one of them. `rest`: seconds for which a process that is one too many is
    kept. `pause`: seconds before the third call in a row of what ends its process; doubled for each more, up to
    `longest_pause`. `close`: seconds that a process has to let go of what it has opened.
    """

    memory: int = 1 << 30
    start: float = 3.5
    processes: int = 4
    wait: float = 0.5
    rest: float = 60.0
    pause: float = 1.0
    longest_pause: float = 30.0
    close: float = 2.0


class PluginProcess:
    """A process of a plugin. It is starting when it is made. Used by one thread at a time.

    `log`: takes what the plugin logs, and prints.
    """

    def __init__(self, plugin: str, program: Program, limits: Limits, log: logging.Logger) -> None:
        self.plugin = plugin
        self.used = time.monotonic()
        self._log = log
        self._limits = limits
        self._number = 0
        self._loaded = False
        ours, theirs = os.pipe()
        heard, said = os.pipe()
        try:
            self._process = _spawner().submit(_spawn, theirs_in=ours, theirs_out=said).result()
        except BaseException:
            os.close(theirs)
            os.close(heard)
            raise
        finally:
            os.close(ours)
            os.close(said)
        self._requests = theirs
        os.set_blocking(theirs, False)
        self._answers = heard
        self._reader = FrameReader(heard, lambda: self._process.poll() is None)
        self._output = _Output(self._process, plugin, log)
        with suppress(EOFError, TimeoutError):  # one that has ended at once is found so when it is asked
            hello = {
                "plugin": plugin,
                "program": program.to_json(),
                "memory": limits.memory,
                "level": log.getEffectiveLevel(),
                "close": limits.close,
            }
            send(theirs, packed(hello), time.monotonic() + limits.start)

    @property
    def number(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def asks(self) -> bool:
        """Whether it can be asked: it was not told to finish."""
        return self._requests >= 0

    def loaded(self, seconds: float) -> Sentence | None:
        """Wait until it has loaded the plugin; return why it could not, None if it has.

        Raises `TimeoutError` if it is loading still, and `ProcessEnded`.
        """
        if self._loaded:
            return None
        answer = self._answer(time.monotonic() + seconds)
        self._loaded = True
        fault = answer.get("fault")
        return Label(fault) if fault else None

    def call(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Return what it answers to a request within so many `seconds`.

        Raises `BadFrame` if the request cannot be sent; and `Late` and `ProcessEnded`, after which it runs no more.
        """
        self._number += 1
        frame = packed({"number": self._number, **request})
        self._output.allow()
        until = time.monotonic() + seconds
        try:
            send(self._requests, frame, until)
            return self._answer(until)
        except EOFError:
            raise self._ended() from None
        except TimeoutError:
            self.kill()
            raise Late(seconds) from None
        finally:
            self.used = time.monotonic()

    def _answer(self, until: float) -> dict[str, Any]:
        """Return its answer; log what it logs before that."""
        left = _LOGGED
        while True:
            try:
                answer = self._reader.next(until)
            except EOFError:
                raise self._ended() from None
            except BadFrame:
                self.kill()
                raise ProcessEnded(_NO_ANSWER) from None
            match answer:
                case {"log": str(said), "level": int(level)}:
                    if left > 0:
                        self._log.log(level, "%s", said[:left])
                    left -= len(said)
                case {"number": int(number)} if number == self._number:
                    return answer  # type: ignore[no-any-return] # a JSON object
                case _:
                    self.kill()
                    raise ProcessEnded(_NO_ANSWER)

    def _ended(self) -> ProcessEnded:
        """Return what is told of a process that has ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        code = self._process.poll()
        self.kill()
        if code is None:
            return ProcessEnded(Text("its process has closed its pipe"))
        if code < 0:
            return ProcessEnded(Text("its process was ended by {signal}", signal=_signal(-code)))
        return ProcessEnded(Text("its process has ended by itself, with the code {code}", code=code))

    def finish(self) -> None:
        """Ask it to end once it is idle; `end` waits for that."""
        if self._requests >= 0:
            os.close(self._requests)
            self._requests = -1

    def end(self, until: float) -> None:
        """Let it end by itself up to a moment of `time.monotonic`, then end it."""
        self.finish()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(until - time.monotonic(), 0.0))
        self.kill()

    def abort(self) -> None:
        """End it, with all that it has started and that is of its group; whoever waits for its answer learns of it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it as `abort` does, and let go of it."""
        self.abort()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAPED)
        self.finish()
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


@cache
def _spawner() -> ThreadPoolExecutor:
    """Return the thread that starts processes: they end with the thread that has started them, if nothing else."""
    return ThreadPoolExecutor(1, thread_name_prefix="plugin processes")


def _spawn(*, theirs_in: int, theirs_out: int) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if name in _VARIABLES or name.startswith("LC_")}
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-u", "-X", "faulthandler", "-m", _WORKER, str(theirs_in), str(theirs_out)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(theirs_in, theirs_out),
        env={**kept, "PYTHONUTF8": "1"},
        start_new_session=True,
    )


class _Output:
    """Takes what a process prints, all of it, and logs the beginning of what each call prints."""

    def __init__(self, process: subprocess.Popen[bytes], plugin: str, log: logging.Logger) -> None:
        self._process = process
        self._plugin = plugin
        self._log = log
        self._left = _LOGGED
        self._told = False
        threading.Thread(target=self._read, name=f"output of {plugin}", daemon=True).start()

    def allow(self) -> None:
        """Let the next call have its share of the log."""
        self._left, self._told = _LOGGED, False

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        rest = b""
        with pipe:
            while block := os.read(pipe.fileno(), _BLOCK):
                part = block[: max(self._left, 0)]
                self._left -= len(block)
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    self._say(line)
                if self._left <= 0 and not self._told:
                    self._told = True
                    self._log.warning(Text("{plugin} prints more than is logged of it.", plugin=self._plugin))
        self._say(rest)

    def _say(self, line: bytes) -> None:
        if said := phrase(line.decode("utf-8", "replace")):
            self._log.info("%s", said)
