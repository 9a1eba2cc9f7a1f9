"""What runs in a plugin's process: loads the plugin, and does one call after the other as it is told.

    python -m voronka.runtime.plugin_process.worker REQUESTS ANSWERS

It ends with the engine: as its requests end, and on Linux also while the plugin keeps the interpreter to itself.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from voronka.hooks.discovery import Origin, Program
from voronka.hooks.host import Host
from voronka.messages import words
from voronka.runtime.plugin_process.calls import Calls
from voronka.runtime.plugin_process.faults import error_to_json
from voronka.runtime.plugin_process.frames import BadFrame, FrameReader, packed, send_all

__all__ = ["main"]

_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class _Line:
    """The pipes to the engine, which only this process uses: what it forks has none of them."""

    def __init__(self, requests: int, answers: int) -> None:
        self.requests = FrameReader(requests)
        self._pipe = requests
        self._answers = answers
        self._home = os.getpid()
        self._lock = threading.RLock()

    def say(self, value: object) -> None:
        """Tell the engine something. Raises `BadFrame`."""
        frame = packed(value)
        if os.getpid() != self._home:
            os._exit(0)  # a copy that the plugin has forked, and that has come back from it
        with self._lock:
            send_all(self._answers, frame)

    def end_with_requests(self, seconds: float) -> None:
        """End this process so many seconds after the engine has closed its end, whatever is at work."""

        def watch() -> None:
            poll = select.poll()
            poll.register(self._pipe, 0)  # only that it is closed
            poll.poll()
            time.sleep(seconds)
            os._exit(0)

        threading.Thread(target=watch, name="end", daemon=True).start()


class _Logged(logging.Handler):
    """Hands what is logged over to the engine, which masks it and writes it."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(BadFrame, OSError):
            said = self.format(record).encode("utf-8", "backslashreplace").decode()
            self._line.say({"log": said[:20_000], "level": record.levelno})


def main(requests: int, answers: int) -> None:
    """Serve until the requests end."""
    parent = os.getppid()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        return
    for pipe in (requests, answers):
        os.set_inheritable(pipe, False)
    # A terminal and a service manager tell every process to end; the engine lets this one end when it has done.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)
    line = _Line(requests, answers)
    with suppress(EOFError, BrokenPipeError):
        hello = line.requests.next()
        line.end_with_requests(hello["close"])
        _serve(line, hello)


def _serve(line: _Line, hello: Mapping[str, Any]) -> None:
    name, memory = hello["plugin"], hello["memory"]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.getLogger().addHandler(_Logged(line))
    logging.getLogger(f"voronka.plugin.{name}").setLevel(hello["level"])
    program = Program(**hello["program"])
    host = Host([Origin(name=name, place=program.file or program.point, load=program.load)])
    state = host.plugin(name)
    fault = None if state is None else state.fault
    line.say({"number": 0, "fault": None if fault is None else words(fault)})
    if fault is not None:
        return
    calls = Calls(name, host)
    last = False
    try:
        while not last:
            request = line.requests.next()
            answer, last = _answered(calls, request)
            last = last or _largest() > memory // 2
            _tell(line, {"number": request["number"], "last": last, **answer})
    finally:
        calls.close()


def _answered(calls: Calls, request: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return what a call gave or raised, and whether it is better to begin anew after it."""
    try:
        return {"answer": calls.do(request)}, False
    except BaseException as error:
        return {"error": error_to_json(error)}, not isinstance(error, Exception) or isinstance(error, MemoryError)


def _tell(line: _Line, answer: dict[str, Any]) -> None:
    try:
        line.say(answer)
    except BadFrame as fault:
        line.say({"number": answer["number"], "last": True, "error": error_to_json(fault)})


def _largest() -> int:
    """Return the bytes of memory that this process has had at most."""
    # On Linux what is counted for `getrusage` begins with the size of the process that started this one.
    try:
        told = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        told = ""
    for line in told.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
