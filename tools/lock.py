"""Write requirements.lock: the exact version of every package that running and developing Voronka needs.

Those apart hold what some tests need besides, and not every platform has.

The versions are those of the environment this runs in, so that what was tested is what is locked. A package
that only another platform needs (colorama on Windows) is left to pip, which finds it in its parents' needs.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Exact versions for {purpose} Voronka. Written by: python dev.py lock\n"
PURPOSES = {
    "requirements.lock": "running and developing",
    "requirements.postgresql.lock": "testing the storage of",
    "requirements.temporal.lock": "leading, in a workflow of Temporal, deals of",
    "requirements.pandas.lock": "comparing, with pandas, the KPIs of",
}


def wanted(pyproject: Path) -> dict[str, list[Requirement]]:
    """Return what the project itself asks for, by the lock that answers it; the first: to run, and for development."""
    data = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    groups = data["dependency-groups"]
    asked = {
        "requirements.lock": data["project"]["dependencies"] + groups["dev"],
        "requirements.postgresql.lock": groups["postgresql"],
        "requirements.temporal.lock": groups["temporal"],
        "requirements.pandas.lock": groups["pandas"],
    }
    return {name: [Requirement(text) for text in texts] for name, texts in asked.items()}


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Return name → version of the requirements and everything they need here.

    Raises `metadata.PackageNotFoundError` when one is not installed, `ValueError` when its version is unfit.
    """
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        version = metadata.version(name)
        if not requirement.specifier.contains(version, prereleases=True):
            raise ValueError(f"{name} {version} is installed, but {requirement} is asked for")
        versions[name] = version
        for wish in ("", *requirement.extras):
            if (name, wish) not in seen:
                seen.add((name, wish))
                waiting += [(Requirement(text), wish) for text in metadata.requires(name) or ()]
    return versions


def main() -> int:
    """Write the locks beside pyproject.toml."""
    try:
        locks = {name: closure(asked) for name, asked in wanted(ROOT / "pyproject.toml").items()}
    except (metadata.PackageNotFoundError, ValueError) as fault:
        print(f"{fault}\nInstall it into .venv with pip, then run the command again.", file=sys.stderr)
        return 1
    for file, versions in locks.items():
        lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
        (ROOT / file).write_text(HEAD.format(purpose=PURPOSES[file]) + "".join(lines), encoding="utf-8")
        print(f"{file}: {len(lines)} packages", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
