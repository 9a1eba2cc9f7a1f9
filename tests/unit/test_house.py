"""The rules of the house that a machine can hold: layers, sizes, words, marks of typing."""

import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "engine" / "voronka"
LONGEST = 500


@cache
def tracked(*patterns: str) -> list[Path]:
    """The files git knows of, and new ones it does not ignore; text only."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file() and not name.endswith(".mo")]


@cache
def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def lines_with(pattern: str, *files: str) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked(*files)
        if path != Path(__file__).resolve()
        for number, line in enumerate(lines_of(path), 1)
        if found.search(line)
    ]


def test_the_layers_import_only_downwards():
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_module_is_too_long_to_read():
    long = {str(path.relative_to(ROOT)): size for path in tracked("*.py") if (size := len(lines_of(path))) > LONGEST}
    assert not long


def test_the_package_is_marked_as_typed():
    assert (PACKAGE / "py.typed").is_file()


def test_every_package_has_an_init():
    # Alembic loads its scripts by path: they are no package.
    folders = {path.parent for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_there_is_no_drawer_for_everything():
    drawers = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    assert [str(path) for path in tracked("*.py") if path.name in drawers] == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(TODO|FIXME)\b|NotImplementedError",
        r"# type: ignore(?!\[[\w, -]+\]\s+# \S)",
        r"# noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*( |$))",
        r"^\s*(from|import) engine\b",
    ],
    ids=["unfinished", "unexplained type: ignore", "blanket noqa", "second copy of the package"],
)
def test_code_holds_none_of(pattern):
    assert lines_with(pattern, "*.py") == []


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        (r"(?<![\w.])/(root|home|work|Users)/\w", []),
        (r"(?i)index-url|pypi\.org|registry\.npmjs", []),
        (r"(?i)\bissue #?\d", []),
        (r"[\U0001F000-\U0001FAFF\u2705\u2728\u274C\uFE0F]", [":!tests"]),  # there they are hostile input
    ],
    ids=["path of one machine", "registry host", "number of an issue", "emoji"],
)
def test_files_hold_none_of(pattern, files):
    assert lines_with(pattern, *files) == []


def test_frozen_values_are_made_by_the_one_mechanism():
    """`voronka.frozen`: an ordinary frozen dataclass costs each start its compiling. Typer's own bases are ordinary."""
    assert lines_with(r"@dataclass\(.*frozen=True", "engine/**.py", ":!engine/voronka/cli/coercion.py") == []


def test_what_derives_from_a_frozen_class_is_frozen_itself():
    """Else its instances would be made as those of the base."""
    script = (
        "import pkgutil, sys, voronka\n"
        "from importlib import import_module\n"
        "from voronka.frozen import frozen\n"
        "for each in pkgutil.walk_packages(voronka.__path__, 'voronka.'):\n"
        "    if '.migrations' not in each.name and not each.name.endswith('__main__'): import_module(each.name)\n"
        "refuse = frozen(type('Any', (), {})).__setattr__\n"
        "modules = [module for name, module in sys.modules.items() if name.startswith('voronka.')]\n"
        "named = {each for module in modules for each in vars(module).values() if isinstance(each, type)}\n"
        "classes = [each for each in named if each.__setattr__ is refuse]\n"
        "derived = [each.__qualname__ for each in classes if '__setattr__' not in each.__dict__]\n"
        "sys.exit(', '.join(derived) or (0 if len(classes) > 200 else 'too few'))"
    )
    result = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_pure_parts_are_importable_without_heavy_libraries():
    script = (
        "import sys, voronka.calendars, voronka.expressions, voronka.definition, voronka.process\n"
        "heavy = {'sqlalchemy', 'holidays', 'jsonschema', 'yaml', 'typer', 'rich'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    result = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_suite_runs_against_this_working_tree():
    spec = find_spec("voronka")
    assert spec is not None
    assert spec.origin == str(PACKAGE / "__init__.py")
