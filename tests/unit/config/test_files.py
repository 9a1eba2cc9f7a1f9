"""Which files a workspace consists of: links are followed, and nothing is passed over in silence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from voronka.config import read_workspace
from voronka.config.decoding import MAX_BYTES
from voronka.config.finding import Severity
from voronka.errors import EnvironmentFault
from voronka.testing import write_files

FUNNEL = "funnel: sales\nfields: [base]\nstages: {new: {}}\n"
FILES = {
    "voronka.yaml": "workspace: w\ntitle: W\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/fields/base.yaml": "set: base\nfields: {amount: {type: money}}\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_files(tmp_path / "w", FILES)
    return tmp_path / "w"


def test_a_link_to_a_folder_and_one_to_a_file_are_followed(root: Path) -> None:
    (root.parent / "funnels").mkdir()
    (root.parent / "funnels/sales.yaml").write_text(FUNNEL, encoding="utf-8")
    (root.parent / "other.yaml").write_text(FUNNEL.replace("sales", "other"), encoding="utf-8")
    (root / "configs/funnels").symlink_to(root.parent / "funnels")
    (root.parent / "funnels/other.yaml").symlink_to(root.parent / "other.yaml")
    workspace = read_workspace(root).workspace
    assert workspace is not None
    assert sorted(workspace.funnels) == ["other", "sales"]


def test_a_folder_of_a_kind_beside_configs_is_told(root: Path) -> None:
    write_files(root, {"funnels/sales.yaml": FUNNEL, "rules/readme.txt": "x", "notes/any.yaml": "a: 1\n"})
    found = [(each.code, each.place.file, each.severity) for each in read_workspace(root).findings]
    assert found == [("V3001", "funnels/sales.yaml", Severity.WARNING)]


@pytest.mark.parametrize("alone", [False, True])
def test_a_file_called_as_the_workspaces_with_another_ending_is_told(root: Path, alone: bool) -> None:
    (root / "voronka.yml").write_text("workspace: other\n", encoding="utf-8")
    if alone:
        (root / "voronka.yaml").unlink()
    found = {(each.code, each.place.file, each.severity) for each in read_workspace(root).findings}
    assert ("V3003", "voronka.yml", Severity.WARNING) in found


def _broken(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


def _circle(path: Path) -> None:
    path.symlink_to(path)


def _around(path: Path) -> None:
    path.symlink_to(path.parent)


MADE: dict[str, Callable[[Path], None]] = {"broken": _broken, "pipe": os.mkfifo, "circle": _circle, "around": _around}


@pytest.mark.parametrize("made", MADE)
def test_what_is_no_file_is_told(root: Path, made: str) -> None:
    path = root / "configs/fields/odd.yaml"
    MADE[made](path)
    with pytest.raises(EnvironmentFault, match=r"odd\.yaml"):
        read_workspace(root)


@pytest.mark.parametrize("made", MADE)
def test_a_folder_of_the_configuration_that_is_none_is_told(root: Path, made: str) -> None:
    (root / "configs").rename(root / "moved")
    MADE[made](root / "configs")
    with pytest.raises(EnvironmentFault, match="configs"):
        read_workspace(root)


def test_a_file_in_place_of_the_configuration_is_told(root: Path) -> None:
    (root / "configs").rename(root / "moved")
    (root / "configs").write_text(FUNNEL, encoding="utf-8")
    assert [each.code for each in read_workspace(root).findings] == ["V3001"]


def test_what_begins_with_a_dot_is_passed_over(root: Path) -> None:
    (root / "configs/fields/.#base.yaml").symlink_to("somebody@somewhere.1234")
    assert not [finding for finding in read_workspace(root).findings if "#" in finding.place.file]


def test_of_a_file_that_is_too_long_no_more_is_read_than_shows_it(root: Path) -> None:
    with (root / "configs/fields/long.yaml").open("wb") as file:
        file.truncate(8 << 30)
    (finding,) = [each for each in read_workspace(root).findings if each.place.file.endswith("long.yaml")]
    assert finding.code == "V1001"
    assert str(MAX_BYTES) in finding.reason.render()


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", "s.yaml~", "~$s.yaml", ".DS_Store"])
def test_what_systems_and_editors_leave_lying_about_is_no_file_of_the_workspace(root: Path, name: str) -> None:
    before = read_workspace(root)
    write_files(root, {f"configs/fields/{name}": "?"})
    after = read_workspace(root)

    assert after.findings == before.findings
    assert after.release == before.release
