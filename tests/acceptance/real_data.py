"""The real data sets, which are not part of the repository: where they lie, and how to import them."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from voronka.bootstrap import open_workspace
from voronka.runtime.importing.keys import deal_key
from voronka.runtime.local import LocalClient
from voronka.storage.tables import keys
from voronka.testing import write_files

ROOT = Path(__file__).resolve().parents[2]


def data_folder(name: str) -> Path:
    """Return the folder of a data set; skip the test where it is absent."""
    folder = Path(os.environ.get("VORONKA_DATA") or ROOT.parent / "shared" / "data") / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not here: set VORONKA_DATA to the folder that holds it")
    return folder


def open_example(name: str, folder: Path, files: Mapping[str, str] | None = None, **options: Any) -> LocalClient:
    """Open a copy of an example workspace, with some files besides; `options`: those of `open_workspace`."""
    root = folder / name
    shutil.copytree(ROOT / "examples" / name, root, ignore=shutil.ignore_patterns(".voronka"))
    write_files(root, files or {})
    return open_workspace(root, **options)


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, compressed or not."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    """Write some rows of such a file, compressed if its name says so."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    raw = text.getvalue().encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


def names_of_deals(client: LocalClient, names: Iterable[str]) -> dict[bytes, str]:
    """Return what the files call the deals, by id; `names`: all that stand in the files."""
    engine = client.engine
    secret = engine.write(lambda work: work.secret(engine.random))
    by_key = {deal_key(secret, name): name for name in names}
    with engine.read() as reader:
        return {deal: by_key[key] for key, deal in reader.execute(select(keys.c.key, keys.c.deal))}
