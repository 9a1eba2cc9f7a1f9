"""What the benchmarks of the runtime share: a PostgreSQL server, the peers, and a table."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _peers import told_by_peers
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from tests.contract.postgresql import serving  # noqa: E402 - the root is not on the path of a benchmark

__all__ = ["Databases", "load", "peers", "postgresql", "show"]

_NEEDED = ("sqlalchemy", "psycopg-binary")

Databases = Callable[..., str]
"""Makes a database, given its name and perhaps that of one that it is a copy of; returns its address."""


def load() -> str:
    """Return what else the machine does."""
    return f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


@contextmanager
def postgresql() -> Iterator[Databases]:
    """Give a way to make databases on a server of our own, which does not wait for its disk."""
    with serving() as address:
        engine = create_engine(address, isolation_level="AUTOCOMMIT")

        def make(name: str, *, like: str | None = None) -> str:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                connection.execute(text(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else "")))
            return make_url(address).set(database=name).render_as_string(hide_password=False)

        try:
            yield make
        finally:
            engine.dispose()


def peers(*names: str, address: str = "", **work: Any) -> dict[str, dict[str, Any]]:
    """Return what each of these peers says of this work, by its name; without an address it is done on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"jobs": 0, "spread": 0.0, "seconds": 60.0, "idle": 0.0, "folder": folder, "address": address, **work}
        told = told_by_peers("_runtime_peers.py", (*_NEEDED, *names), given, environment="runtime-peers")
    return {one["peer"]: one for one in told}


def show(title: str, rates: dict[str, float], *, beside: str, unit: str = "/s") -> None:
    """Print what was measured, each beside one of them."""
    print(title)
    for name, rate in rates.items():
        print(f"  {name:44}{rate:14,.1f}{unit}{rate / rates[beside]:9.2f}×", flush=True)
