"""An import that is killed, or runs out of disk, goes on where it stopped and ends as if nothing had been."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.integration.import_workspace import deal_row, open_importing, write_table
from voronka.storage.tables import deals, imports, inbox, visits
from voronka.testing import TestWorkspace

ROOT = Path(__file__).resolve().parents[2]
ROWS = 400


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [deal_row(n, amount="?" if n % 40 == 7 else n, since="2026-01-12 10:00") for n in range(1, ROWS + 1)]
    return write_table(tmp_path / "a.csv", rows)


def _start(root: Path, file: Path, *how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.integration.import_process", str(root), "list", str(file), *how]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def _workspace(root: Path) -> TestWorkspace:
    return open_importing(root)


def _stored(workspace: TestWorkspace) -> dict[str, Any]:
    """Return what an import leaves, ids, moments of writing and the keys under the workspace's secret aside."""
    with workspace.client.engine.read() as reader:
        rows = reader.execute(
            select(deals.c.number, deals.c.stage, deals.c.entered_at, deals.c.fields).order_by(deals.c.number)
        ).all()
        return {
            "deals": [tuple(row) for row in rows],
            "visits": len(reader.execute(select(visits.c.visit)).all()),
            "keys": len(reader.execute(select(inbox.c.key).where(inbox.c.import_id.is_not(None))).all()),
            "runs": [tuple(row) for row in reader.execute(select(imports.c.id, imports.c.position, imports.c.counts))],
        }


def _expected(tmp_path: Path, file: Path) -> tuple[dict[str, Any], str]:
    with _workspace(tmp_path / "whole") as whole:
        report = whole.work("import", mapping="list", file=str(file))
        return _stored(whole), Path(report["refusals_file"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("how", [("batch", "0"), ("batch", "3"), ("commit", "1"), ("commit", "5"), ("commit", "8")])
def test_a_killed_import_goes_on_and_equals_an_uninterrupted_one(
    how: tuple[str, str], file: Path, tmp_path: Path
) -> None:
    expected, refused = _expected(tmp_path, file)
    root = tmp_path / "killed"
    _workspace(root).close()
    assert _start(root, file, *how).returncode == -signal.SIGKILL
    with _workspace(root) as workspace:
        committed = int(how[1]) * 50
        assert workspace.verify().damages == ()
        with workspace.client.engine.read() as reader:
            assert [run.position for run in reader.imports()] == ([committed] if committed else [])
        report = workspace.work("import", mapping="list", file=str(file))
        assert report["resumed"] == (committed > 0)
        assert (report["rows"], report["taken"], report["refused"]) == (ROWS, ROWS - 10, 10)
        assert _stored(workspace) == expected
        assert Path(report["refusals_file"]).read_text(encoding="utf-8") == refused
        assert workspace.verify().damages == ()


def test_a_full_disk_ends_it_with_5_and_it_goes_on_once_there_is_room(file: Path, tmp_path: Path) -> None:
    expected, _ = _expected(tmp_path, file)
    root = tmp_path / "full"
    _workspace(root).close()
    ended = _start(root, file, "disk", "900000")
    assert ended.returncode == 5, ended.stderr
    assert "no room" in ended.stderr
    with _workspace(root) as workspace:
        with workspace.client.engine.read() as reader:
            positions = [run.position for run in reader.imports()]
        stored = _stored(workspace)
        assert stored["keys"] == len(stored["deals"]) < ROWS - 10
        assert all(position % 50 == 0 for position in positions)
        assert workspace.verify().damages == ()
        workspace.work("import", mapping="list", file=str(file))
        assert _stored(workspace) == expected


def test_a_run_whose_rows_were_undone_since_is_not_taken_up(file: Path, tmp_path: Path) -> None:
    root = tmp_path / "undone"
    _workspace(root).close()
    _start(root, file, "commit", "4")
    with _workspace(root) as workspace:
        workspace.work("import.undo", **{"import": "list-1"})
        report = workspace.work("import", mapping="list", file=str(file))
        assert (report["import"], report["resumed"], report["deals"]) == ("list-2", False, ROWS - 10)
