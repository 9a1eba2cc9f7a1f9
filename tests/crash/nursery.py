"""A process that has loaded Voronka and makes others of it: each is `voronka` with the arguments it is given.

A kill takes less time to recover from than Python takes to load the program; so a thousand fit into minutes. What runs
in a child is the program's own entry, with the clock of the machine set ahead where that is asked for.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.crash.planted import BUGS

__all__ = ["Nursery", "Program"]

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """A running `voronka`. `folder` holds what it has said."""

    def __init__(self, pid: int, folder: Path) -> None:
        self.pid = pid
        self._folder = folder
        try:
            self._file: int | None = os.pidfd_open(pid)
        except ProcessLookupError:  # it has ended already
            self._file = None

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, at most so many seconds; return whether it has."""
        if self._file is None:
            return True
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        if not poll.poll(max(seconds, 0.0) * 1000):
            return False
        os.close(self._file)
        self._file = None
        return True

    @property
    def ended(self) -> bool:
        return self.wait(0.0)

    def send(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self._file is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._file, number)

    def kill(self) -> None:
        """End it as the system would, wherever it is."""
        self.send(signal.SIGKILL)
        self.wait(30.0)

    @property
    def code(self) -> int | None:
        """What it ended with; None if it runs, or was killed."""
        path = self._folder / "code"
        return int(path.read_text()) if path.exists() else None

    def said(self) -> str:
        """Return what stands on its stdout."""
        return (self._folder / "stdout").read_text(encoding="utf-8", errors="replace")

    def log(self) -> str:
        """Return what stands on its stderr."""
        return (self._folder / "stderr").read_text(encoding="utf-8", errors="replace")


class Nursery:
    """Starts programs; a context manager. `folder`: where they write what they say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._turn = threading.Lock()

    def __enter__(self) -> Nursery:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start(
        self,
        arguments: Sequence[str],
        *,
        ahead: int = 0,
        environment: Mapping[str, str] | None = None,
        bug: str | None = None,
    ) -> Program:
        """Start `voronka` with arguments. `ahead`: microseconds by which its clock is ahead; `bug`: one of `BUGS`."""
        with self._turn:
            self._count += 1
            folder = self._folder / str(self._count)
            folder.mkdir()
            job = {
                "arguments": list(arguments),
                "ahead": ahead,
                "environment": dict(environment or {}),
                "bug": bug,
                "folder": str(folder),
            }
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            return Program(int(self._process.stdout.readline()), folder)

    def logs(self) -> str:
        """Return everything that all programs have said."""
        return "".join(
            path.read_text(encoding="utf-8", errors="replace") for path in sorted(self._folder.glob("*/std*"))
        )


def _shifted(ahead: int) -> Callable[[], int]:
    return lambda: time.time_ns() + ahead * 1000


def _run(job: Mapping[str, Any]) -> None:
    """Be the program that a job asks for, and end."""
    from voronka.__main__ import main
    from voronka.runtime.clock import SystemClock

    folder = Path(job["folder"])
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        file = os.open(os.devnull if name == "stdin" else folder / name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(job["environment"])
    SystemClock.__init__.__defaults__ = (_shifted(job["ahead"]),)  # type: ignore[attr-defined] # a method has them
    if job["bug"] is not None:
        BUGS[job["bug"]]()
    sys.argv = ["voronka", *job["arguments"]]
    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        with contextlib.suppress(OSError):
            (folder / "code").write_text(str(int(code) if isinstance(code, int) else 1))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _load() -> None:
    """Load what a program loads, by running it: a service that is told to end, and the commands that are used."""
    from tests.crash.workspace import SECRET, write_workspace
    from voronka.bootstrap import open_workspace
    from voronka.cli import deal, run, verify  # noqa: F401 - loaded for the children
    from voronka.runtime.service import Service
    from voronka.runtime.state import state_folder

    os.environ["SINK_SECRET"] = SECRET
    if importlib.util.find_spec("psycopg") is not None:
        importlib.import_module("sqlalchemy.dialects.postgresql.psycopg")
        importlib.import_module("psycopg")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_workspace(root, "http://127.0.0.1:1/")
        client = open_workspace(root)
        service = Service(client, state_folder(root))
        service.start()
        client.execute({"command": "deal.create", "funnel": "sales", "fields": {"steps": 1}})
        service.drain()
    deadline = time.monotonic() + 5
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.01)


def _serve() -> None:
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes the dead away
    answers = os.fdopen(os.dup(1), "w")
    print("loaded", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            answers.close()
            _run(json.loads(line))
        answers.write(f"{pid}\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
