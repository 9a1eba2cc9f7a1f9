"""The wheel is whole: it holds everything the code reads, and works in an environment without the repository."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email import message_from_bytes
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VORONKA"))}
    return subprocess.run([str(word) for word in command], cwd=cwd, env=clean, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the source distribution, as an installer without a wheel would do it."""
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("voronka-*.whl"))


def needed(wheel: Path) -> set[str]:
    """Return the distributions that a wheel says it needs, and all that these need; nothing of extras and groups."""
    archive = zipfile.ZipFile(wheel)
    metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    waiting = message_from_bytes(archive.read(metadata)).get_all("Requires-Dist", [])
    found: set[str] = set()
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonicalize_name(wanted.name)
        if name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += distribution(name).requires or ()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `voronka` program of an environment that has the wheel, and of this one what the wheel says that it needs."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)}, scheme="venv")
    purelib = Path(paths["purelib"])
    python = Path(paths["scripts"], "python")
    pip = (sys.executable, "-P", "-m", "pip", "--python", python, "--disable-pip-version-check")
    done = run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    for name in needed(wheel):
        found = distribution(name)
        for top in {Path(file).parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            link = purelib / top
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))))
    return python.with_name("voronka")


def test_the_wheel_holds_every_file_of_the_package(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT / "engine", ROOT / "plugins")
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(ROOT).parts)
    }
    assert sorted(ours - names) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "voronka/config/schemas/*.json",
        "voronka/storage/migrations/versions/*.py",
        "voronka/locale/ru/LC_MESSAGES/voronka.mo",
        "voronka/py.typed",
        "voronka/reference/voronka.yaml",
        "voronka/reference/configs/funnels/react.yaml",
        "voronka/reference/configs/templates/*.ru.md",
        "voronka/starting/b2b-4r/template.yaml",
        "voronka/starting/simple/configs/funnels/sales.yaml",
    ],
)
def test_the_wheel_holds(wheel: Path, pattern: str):
    assert any(Path(name).match(pattern) for name in zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_nothing_but_the_packages(wheel: Path):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "voronka",
        "voronka_smtp",
        "voronka_telegram",
        "voronka_webhook",
    }


def test_the_bundled_plugins_of_the_wheel_are_found(installed: Path):
    told = run(installed, "plugins", "list", cwd=installed.parent)

    assert told.returncode == 0, told.stderr
    assert all(name in told.stdout for name in ("smtp", "telegram", "webhook"))


def test_the_reference_workspace_of_the_wheel_is_the_one_of_the_repository(wheel: Path):
    archive = zipfile.ZipFile(wheel)
    prefix = "voronka/reference/"
    packed = {name.removeprefix(prefix): archive.read(name) for name in archive.namelist() if prefix in name}
    files = [ROOT / "voronka.yaml", *(path for path in (ROOT / "configs").rglob("*") if path.is_file())]
    assert packed == {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}


def test_a_workspace_can_be_started_from_the_installed_wheel(installed: Path, tmp_path: Path):
    started = run(installed, "init", "acme", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    assert (tmp_path / "acme" / "configs" / "funnels" / "react.yaml").is_file()
    checked = run(installed, "check", "acme", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_template_of_the_installed_wheel_takes_files_of_its_reference(installed: Path, tmp_path: Path):
    started = run(installed, "init", "kits", "--template", "kits", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    taken = tmp_path / "kits" / "configs" / "packs" / "tender.yaml"
    assert taken.read_bytes() == (ROOT / "configs" / "packs" / "tender.yaml").read_bytes()


def test_the_installed_wheel_reads_its_packaged_reference(installed: Path, tmp_path: Path):
    script = "from voronka.bootstrap import reference_workspace as r; print(r())"
    found = run(installed.with_name("python"), "-P", "-c", script, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).parts[-2:] == ("voronka", "reference")


def test_an_editable_install_reads_the_repository():
    from voronka.bootstrap import reference_workspace

    assert reference_workspace() == ROOT
