"""The real data sets, which are not part of the repository: where they lie, and how to import them."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
from pathlib import Path

import pytest

from voronka.bootstrap import open_workspace
from voronka.runtime.local import LocalClient

ROOT = Path(__file__).resolve().parents[2]


def data_folder(name: str) -> Path:
    """Return the folder of a data set; skip the test where it is absent."""
    folder = Path(os.environ.get("VORONKA_DATA") or ROOT.parent / "shared" / "data") / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not here: set VORONKA_DATA to the folder that holds it")
    return folder


def open_example(name: str, folder: Path) -> LocalClient:
    """Open a copy of an example workspace."""
    root = folder / name
    shutil.copytree(ROOT / "examples" / name, root, ignore=shutil.ignore_patterns(".voronka"))
    return open_workspace(root)


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, compressed or not."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))
