"""What a workspace's own plugins import of Voronka, and folders that are no plugins, are told without loading them."""

from __future__ import annotations

from pathlib import Path

import pytest

import voronka_smtp
from voronka.config import Severity
from voronka.config.plugin_files import check_plugin_files
from voronka.testing import write_files


def told(root: Path) -> list[tuple[str, str, int, int]]:
    found = list(check_plugin_files(root))
    assert all(each.severity is Severity.WARNING for each in found)
    return [(each.code, each.place.file, each.place.line, each.place.column) for each in found]


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("from voronka.storage import *", "voronka.storage"),
        ("import os, voronka.core", "voronka.core"),
        ("import voronka.api.more as x", "voronka.api.more"),
        ("from voronka import api, messages", "voronka.messages"),
        ("def run(call):\n    from voronka.testing.workspace import TestWorkspace", "voronka.testing.workspace"),
    ],
)
def test_an_import_of_what_is_not_for_plugins_is_told(tmp_path: Path, line: str, module: str) -> None:
    write_files(tmp_path, {"plugins/erp.py": f"raise SystemExit\n{line}\n"})
    indented = "\n" in line
    assert told(tmp_path) == [("V3147", "plugins/erp.py", 3 if indented else 2, 5 if indented else 1)]
    (finding,) = check_plugin_files(tmp_path)
    assert module in str(finding.reason)


@pytest.mark.parametrize(
    "code",
    [
        "from voronka.api import *",
        "import voronka.api as api",
        "from voronka import __version__, api, testing",
        "from voronka.testing import TestWorkspace",
        "import voronka_smtp.mail, voronka",
        "from .storage import x",
        "from voronka.storage import (",
        "\0",
    ],
)
def test_other_imports_and_files_that_cannot_be_read_are_not(tmp_path: Path, code: str) -> None:
    write_files(tmp_path, {"plugins/erp.py": code, "plugins/_own.py": "import voronka.storage"})
    assert told(tmp_path) == []


def test_a_package_in_the_folder_is_told_unless_it_is_an_installed_plugin(tmp_path: Path) -> None:
    write_files(
        tmp_path, {f"plugins/{name}": "" for name in ("erp/__init__.py", "data/x.txt", "__pycache__/__init__.py")}
    )
    (tmp_path / "plugins/voronka_smtp").symlink_to(Path(voronka_smtp.__file__).parent)
    assert told(tmp_path) == [("V3003", "plugins/erp/__init__.py", 1, 1)]
