"""What the experiments share: the benchmarks beside them, and packages that are not the project's own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT)]

__all__ = ["borrowed"]


def borrowed(name: str, *packages: str) -> Path:
    """Make packages importable from an environment of their own, made at the first run; return its programs' folder."""
    home = Path.home() / ".cache" / "voronka" / name
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    if subprocess.run([*pip, "show", *packages], capture_output=True, check=False).returncode:
        subprocess.run([*pip, "install", *packages], check=True)
    (found,) = home.glob("lib/python*/site-packages")
    sys.path.append(str(found))
    return python.parent
