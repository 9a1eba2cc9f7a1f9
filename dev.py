#!/usr/bin/env python3
"""The developer's one entry: sets up ``.venv`` once, then runs the command that is asked for.

Needs only Python 3.11 or newer and git. Arguments after the command are passed on:
``python dev.py test -k timers``, ``python dev.py demo --json``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
APART = {  # for some tests, and not to be had on every platform; what is done without one
    ROOT / "requirements.postgresql.lock": "no PostgreSQL for this machine: the storage is tested on SQLite alone",
    ROOT / "requirements.temporal.lock": "no Temporal for this machine: no deal is led in one of its workflows",
    ROOT / "requirements.pandas.lock": "no pandas for this machine: KPIs of public data are not compared with it",
}
STAMP = VENV / "voronka.stamp"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
OLDEST = (3, 11)
# What of the caller's environment would make the programs find other modules, or compile ours at every start.
NOT_OURS = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
NO_ENVIRONMENT = 5


def say(text: str) -> None:
    """Print a step on stderr, so that stdout stays the command's own."""
    print(text, file=sys.stderr, flush=True)


def fail(reason: str, remedy: str) -> int:
    """Say what is wrong with this machine and what to do, and return the exit code for it."""
    say(f"dev.py: {reason}\n{remedy}")
    return NO_ENVIRONMENT


def run(*command: str | Path, out: IO[bytes] | None = None) -> int:
    """Run a program at the root of the repository and return its exit code. `out` takes all that it prints."""
    environment = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
    environment["PYTHONUTF8"] = "1"
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=ROOT, env=environment, stdout=out, stderr=out).returncode


def tool(name: str) -> Path:
    """Return the program `name` of the virtual environment."""
    return BIN / f"{name}{EXE}"


def fingerprint() -> str:
    """Return a hash of everything the installed environment depends on."""
    parts = [path.read_bytes() for path in (ROOT / "pyproject.toml", LOCK, *APART)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def set_up() -> int:
    """Make the virtual environment and install the locked versions, once a state of pyproject and lock."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        return fail(f"Python {found} is too old", "Run it with Python 3.11 or newer: python3.11 dev.py …")
    wanted = fingerprint()
    if tool("python").exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return 0
    if not (tool("python").exists() and tool("pip").exists()):  # absent, or left half made
        if importlib.util.find_spec("ensurepip") is None:
            return fail(
                "this Python has no ensurepip, so it cannot make a virtual environment",
                "On Debian and Ubuntu: apt install python3-venv",
            )
        say("== making .venv")
        if code := run(sys.executable, "-m", "venv", "--clear", VENV):
            return fail(f"python -m venv ended with {code}", "Its message above says why.")
    pip = (tool("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    say("== installing the locked versions")
    if run(*pip, "--requirement", LOCK, out=sys.stderr.buffer):
        return fail("the packages could not be installed", "pip's message above says why; is the network there?")
    if run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT, out=sys.stderr.buffer):
        return fail("the project could not be installed", "pip's message above says why.")
    for lock, without in APART.items():
        if run(*pip, "--only-binary", ":all:", "--requirement", lock, out=sys.stderr.buffer):
            say(f"   {without}")
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


def demo(arguments: list[str]) -> int:
    """Run the main job on a made-up year of deals, in the folder voronka-demo unless one is named first."""
    folder = [] if arguments and not arguments[0].startswith("-") else ["voronka-demo"]
    return run(tool("voronka"), "demo", *folder, *arguments)


def test(arguments: list[str]) -> int:
    """Run every check of the project; arguments go to pytest."""
    first: dict[str, list[str | Path]] = {
        "ruff check": [tool("ruff"), "check"],
        "ruff format": [tool("ruff"), "format", "--check"],
    }
    beside: dict[str, list[str | Path]] = {
        "mypy": [tool("mypy")],
        "import-linter": [tool("lint-imports")],
        "messages": [tool("python"), ROOT / "tools" / "catalogue.py", "--check"],
    }
    workers = str(2 * (os.cpu_count() or 1))  # a test waits for disks, servers and processes more than half its time
    spread = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    tests: list[str | Path] = [tool("pytest"), *spread, *arguments]
    failed = [name for name, command in first.items() if told(name, *timed(*command))]
    with ThreadPoolExecutor(1) as aside:  # one core is often idle while tests wait
        checks = {name: aside.submit(kept, *command) for name, command in beside.items()}
        if told("pytest", *timed(*tests)):
            failed.append("pytest")
        for name, check in checks.items():
            code, seconds, output = check.result()
            if told(name, code, seconds):
                failed.append(name)
            sys.stderr.write(output)
    say(f"== failed: {', '.join(failed)}" if failed else "== everything holds")
    return 1 if failed else 0


def timed(*command: str | Path, out: IO[bytes] | None = None) -> tuple[int, float]:
    """Run a program; return its exit code and the seconds that it took."""
    started = time.monotonic()
    return run(*command, out=out), time.monotonic() - started


def kept(*command: str | Path) -> tuple[int, float, str]:
    """Run a program; return its exit code, the seconds that it took and what it printed."""
    with tempfile.TemporaryFile() as out:
        code, seconds = timed(*command, out=out)
        out.seek(0)
        return code, seconds, out.read().decode(errors="replace")


def told(name: str, code: int, seconds: float) -> int:
    """Say how a step has ended, and return its exit code."""
    say(f"== {name}: {'ok' if code == 0 else f'failed ({code})'}, {seconds:.0f} s")
    return code


def messages(arguments: list[str]) -> int:
    """Compile the Russian catalogue and report what lacks a translation."""
    return run(tool("python"), ROOT / "tools" / "catalogue.py", *arguments)


def lock(arguments: list[str]) -> int:
    """Write the exact versions of the virtual environment into requirements.lock."""
    return run(tool("python"), ROOT / "tools" / "lock.py", *arguments)


def bench(arguments: list[str]) -> int:
    """Run one benchmark; without a name, list them."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))
    name = f"bench_{arguments[0].removeprefix('bench_')}" if arguments else ""
    if name not in names:
        short = ", ".join(each.removeprefix("bench_") for each in names)
        say(f"python dev.py bench NAME, where NAME is one of: {short}")
        return 2
    return run(tool("python"), ROOT / "benchmarks" / f"{name}.py", *arguments[1:])


def experiment(arguments: list[str]) -> int:
    """Run one of the experiments beyond one machine; without a name, list them (docs/adr/0016)."""
    folder = ROOT / "benchmarks" / "experiments"
    names = sorted(path.stem for path in folder.glob("[!_]*.py"))
    if not arguments or arguments[0] not in names:
        say(f"python dev.py experiment NAME, where NAME is one of: {', '.join(names)}")
        return 2
    return run(tool("python"), folder / f"{arguments[0]}.py", *arguments[1:])


def crash(arguments: list[str]) -> int:
    """Kill a service at random moments and look into what it leaves; --herd: a day's work due at once."""
    return run(tool("python"), "-m", "tests.crash", *arguments)


def docs(arguments: list[str]) -> int:
    """Write the pages that are generated from the code."""
    pages = ("reference.py", "commands.py")
    return max(run(tool("python"), ROOT / "tools" / page, *arguments) for page in pages)


COMMANDS = {
    "demo": demo,
    "test": test,
    "messages": messages,
    "lock": lock,
    "bench": bench,
    "experiment": experiment,
    "crash": crash,
    "docs": docs,
}


def main(arguments: list[str]) -> int:
    """Set up, run the command, return its exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        say("python dev.py COMMAND [ARGUMENT…]\n")
        for name, command in COMMANDS.items():
            say(f"  {name:<11} {(command.__doc__ or '').strip()}")
        return 0 if arguments in (["-h"], ["--help"]) else 2
    return set_up() or COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
