"""Every hook is documented, with its signature and an example that runs; plugins keep to the public names."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from voronka.hooks import hookspecs

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
HOOKS = [name for name in vars(hookspecs) if name.startswith("voronka_")]
PUBLIC = ("voronka.api", "voronka.testing")


def section(hook: str) -> str:
    found = re.search(rf"^## `{hook}\(.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/hooks.md has no section of {hook}"
    return found[0]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_signature(hook):
    function = getattr(hookspecs, hook)
    assert section(hook).startswith(f"## `{hook}{inspect.signature(function)}`\n".replace("'", ""))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_told_in_the_words_of_its_specification(hook):
    words = " ".join(section(hook).split())
    for sentence in inspect.getdoc(getattr(hookspecs, hook)).split(". "):
        assert " ".join(sentence.removesuffix(".").split()) in words


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_an_example(hook):
    assert f"@hookimpl\ndef {hook}(" in PAGE


def test_no_section_is_of_a_hook_that_is_not_there():
    assert re.findall(r"^## `(voronka_\w+)\(", PAGE, re.MULTILINE) == HOOKS


def imported(path: Path) -> set[str]:
    """What of Voronka a plugin imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8").replace("@NAME@", "name"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name for name in found if name.partition(".")[0] == "voronka"}


SHIPPED = [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "engine/voronka/cli/plugin_template").rglob("*.py.txt")]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_plugin_imports_the_public_names_alone(path):
    assert imported(path) <= set(PUBLIC)
