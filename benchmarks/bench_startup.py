"""How long a person waits: `voronka --help` beside a bare Typer help, `check` beside PyYAML loading the same files.

python benchmarks/bench_startup.py

Each is a process of its own, started anew; the median of several, by the wall clock and by processor time.
Then `check` inside one process, after start-up: reading, checking and building the reference workspace, beside
PyYAML's SafeLoader (and the C one), which only parses the files.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from voronka.bootstrap import reference_workspace
from voronka.config import read_workspace

ROUNDS = 9
BARE = """
import typer
app = typer.Typer(add_completion=False)
@app.command()
def first(name: str) -> None: ...
@app.command()
def second(name: str) -> None: ...
app()
"""


def started(*command: str) -> tuple[float, float]:
    """Return the median seconds of starting a program: by the wall clock, and of the processor."""
    walls, processors = [], []
    for _ in range(ROUNDS):
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        walls.append(time.perf_counter() - start)
        after = os.times()
        processors.append(after.children_user - before.children_user + after.children_system - before.children_system)
    return statistics.median(walls), statistics.median(processors)


def repeated(action: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of doing something in this process, after doing it once."""
    action()
    walls, processors = [], []
    for _ in range(ROUNDS):
        start, spent = time.perf_counter(), time.process_time()
        action()
        walls.append(time.perf_counter() - start)
        processors.append(time.process_time() - spent)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    root = reference_workspace()
    texts = [path.read_bytes() for path in [root / "voronka.yaml", *sorted((root / "configs").rglob("*.yaml"))]]
    lines = sum(text.count(b"\n") for text in texts)

    def safe() -> None:
        for text in texts:
            yaml.safe_load(text)

    def fast() -> None:
        for text in texts:
            yaml.load(text, yaml.CSafeLoader)

    voronka = [sys.executable, "-m", "voronka"]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        python = started(sys.executable, "-c", "pass")
        typer = started(sys.executable, str(bare), "--help")
    rows = [
        ("python -c pass", python, None),
        ("a bare Typer --help", typer, None),
        ("voronka --help", started(*voronka, "--help"), typer),
        ("voronka check", started(*voronka, "check", str(root)), typer),
        (f"PyYAML SafeLoader, {lines} lines", safely := repeated(safe), None),
        ("PyYAML CSafeLoader", repeated(fast), safely),
        ("read_workspace (whole check)", repeated(lambda: read_workspace(root)), safely),
    ]
    table = Table("what", "wall, ms", "processor, ms", "processor, of its peer")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, (wall, processor), peer in rows:
        ratio = "" if peer is None else f"{processor / peer[1]:.2f}"
        table.add_row(name, f"{wall * 1000:.0f}", f"{processor * 1000:.0f}", ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
