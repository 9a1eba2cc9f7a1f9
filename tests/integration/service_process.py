"""A real service in a process of its own, for tests that start, ask, end and kill it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PATIENCE = 30.0
"""Seconds until a test gives up waiting for what must come."""

_PROGRAM = """\
import logging, sys
from pathlib import Path
from voronka import bootstrap
from voronka.errors import VoronkaError
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
try:
    sys.exit(getattr(bootstrap, sys.argv[2])(Path(sys.argv[1])))
except VoronkaError as fault:
    print(fault.render(), file=sys.stderr)
    sys.exit(fault.exit_code)
"""


def start_service(root: Path) -> subprocess.Popen[str]:
    """Start a service on the workspace; it may not be ready yet."""
    return subprocess.Popen([sys.executable, "-c", _PROGRAM, str(root), "serve"], stderr=subprocess.PIPE, text=True)


def start_worker(root: Path, address: str, around: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Start a worker on the workspace, whose voronka.yaml refers to `DATABASE_URL`; its log is let go.

    `around`: the words that begin a program somewhere else.
    """
    words = [*around, sys.executable, "-c", _PROGRAM, str(root), "work"]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL, env=os.environ | {"DATABASE_URL": address})


def await_that(holds: Callable[[], bool], *, pause: float = 0.01) -> None:
    """Return as soon as `holds` does; fail if it does not in time. It is asked again after a `pause` in seconds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(pause)


def await_ready(root: Path) -> None:
    """Return as soon as the service on the workspace says where it can be reached."""
    await_that((root / ".voronka" / "control.json").exists)
