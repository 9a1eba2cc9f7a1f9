"""The environment of the peers: made under the user's cache folder at the first run, apart from the project's own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["told_by_peers"]

_HERE = Path(__file__).resolve().parent


def told_by_peers(
    script: str, peers: Sequence[str], work: object, *, environment: str = "expression-peers"
) -> list[dict[str, Any]]:
    """Return what `script`, run there with the path of the `work` and the peers that are installed, says line by line.

    A peer that cannot be installed is told with a fault. `environment`: the name of that of these peers.
    """
    python = _environment(environment)
    present = [] if python is None else _installed(python, peers)
    missing = [{"peer": peer, "fault": "not installed"} for peer in peers if peer not in present]
    if python is None or not present:
        return missing
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.json"
        path.write_text(json.dumps(work), encoding="utf-8")
        done = subprocess.run([python, _HERE / script, path, *present], capture_output=True, text=True, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()] + missing


def _environment(name: str) -> Path | None:
    """Return the Python of the environment, made at the first run; None where none can be made."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "voronka" / name
    python = cache / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        if not python.exists():
            venv.create(cache, with_pip=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return python


def _installed(python: Path, peers: Sequence[str]) -> list[str]:
    """Return the peers that are there, installing those that are not."""
    found = []
    for peer in peers:
        pip = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
        shown = subprocess.run([*pip, "show", peer], capture_output=True, check=False)
        if shown.returncode != 0:
            shown = subprocess.run([*pip, "install", peer], capture_output=True, check=False)
        if shown.returncode == 0:
            found.append(peer)
    return found
