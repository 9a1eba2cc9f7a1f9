"""A small workspace with mappings of every kind, and files for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.integration import sales_workspace
from tests.integration.sales_workspace import FILES, START, ZONE
from voronka.testing import TestWorkspace, write_files

MAPPINGS: Mapping[str, str] = {
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  new:
    leave: {require: [amount]}
    timed:
      call: {after: 1 day, do: [{task: {title: Call, due: 1 day}}]}
  offer: {}
""",
    "configs/imports/list.yaml": """\
import: list
rows: {format: csv}
mode: history
into: {funnel: sales}
key: id
deal:
  created_at: {column: opened}
  owner: {column: seller, map: {A: anna}}
  account: {column: company}
  contact: {column: person}
  amount: {column: amount}
  passport: {column: passport}
stage: {column: stage, map: {N: new, O: offer, W: won}, at: {column: since}}
""",
    "configs/imports/log.yaml": """\
import: log
rows: {format: csv.gz}
mode: history
into: {funnel: sales}
case: id
at: at
events:
  - {when: what == "offer", stage: offer}
  - {when: what == "won", stage: won}
  - when: what == "call"
    interaction: {kind: call, direction: out, outcome: {column: result, default: connected}}
    user: {column: who, unknown: add}
""",
    "configs/imports/live.yaml": """\
import: live
rows: {format: csv}
mode: live
into: {funnel: sales}
key: id
deal: {amount: {column: amount}, account: {column: company}, passport: {column: passport}}
stage: {column: stage}
""",
}
COLUMNS = ("id", "opened", "seller", "company", "person", "amount", "passport", "stage", "since")


def open_importing(root: Path, **changes: str) -> TestWorkspace:
    """Open the workspace; `changes` replace mappings by their names."""
    files = {**FILES, **MAPPINGS} | {f"configs/imports/{name}.yaml": text for name, text in changes.items()}
    del files["configs/templates/hello.en.md"]
    write_files(root, files)
    return TestWorkspace(root, start=START, zone=ZONE, database=sales_workspace.DATABASE)


def write_table(path: Path, rows: Iterable[Sequence[object]], columns: Sequence[str] = COLUMNS) -> Path:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def deal_row(number: int, **changes: object) -> list[object]:
    """Return a row of the list that is all right."""
    row: dict[str, object] = {
        "id": f"D{number}",
        "opened": "2026-01-10",
        "seller": "A",
        "company": f"Company {number % 3}",
        "person": "",
        "amount": number * 10,
        "passport": "",
        "stage": "O",
        "since": "2026-01-12 10:00",
    }
    return list((row | changes).values())
