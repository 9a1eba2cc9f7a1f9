"""Units of systemd: they say what the workspace needs, and systemd takes them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import FILES
from voronka.errors import UsageFault
from voronka.runtime.operations.systemd import units
from voronka.testing import write_files


def test_the_units_run_and_back_up_this_workspace(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    write_files(root, FILES)
    shown = voronka("-C", root, "deploy", "systemd", "--user", "sales")
    assert shown.code == 0
    (tmp_path / "units").mkdir()
    assert voronka("-C", root, "deploy", "systemd", tmp_path / "units", "--user", "sales").code == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "units").iterdir()}
    assert written.keys() == {"voronka-acme.service", "voronka-acme-backup.service", "voronka-acme-backup.timer"}
    assert all(text in shown.out for text in written.values())
    service = written["voronka-acme.service"]
    assert f"-C {root} run" in service
    assert "User=sales" in service
    assert "NoNewPrivileges=yes" in service
    again = voronka("-C", root, "deploy", "systemd", tmp_path / "units")
    assert (again.code, "such a file already" in again.err) == (2, True)


def test_a_workspace_on_a_server_has_no_unit_for_a_backup(tmp_path: Path) -> None:
    root = FILES["voronka.yaml"] + "database: ${env:DATABASE_URL}\n"
    write_files(tmp_path / "acme", FILES | {"voronka.yaml": root})
    (tmp_path / "units").mkdir()
    written = voronka("-C", tmp_path / "acme", "deploy", "systemd", tmp_path / "units")
    assert (written.code, [path.name for path in (tmp_path / "units").iterdir()]) == (0, ["voronka-acme.service"])
    assert "backup" not in (tmp_path / "units" / "voronka-acme.service").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["ac me", "a%i", 'a"b', "a;b", "a\nUser=root", ""])
def test_what_a_unit_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(UsageFault, match="cannot stand in a unit"):
        units(name=name, root=Path("/srv"), program=Path("/bin/voronka"), user="sales", backups=Path("/srv/b"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    found = units(name="acme", root=tmp_path, program=Path(sys.executable), user="root", backups=tmp_path)
    write_files(tmp_path, found)
    ran = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in found)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "Unknown" not in ran.stderr
