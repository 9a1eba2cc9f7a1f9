"""Write requirements.lock: the exact version of every package that running and developing Voronka needs.

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
HEAD = "# Exact versions for running and developing Voronka. Written by: python dev.py lock\n"


def wanted(pyproject: Path) -> list[Requirement]:
    """Return what the project itself asks for: to run, and for development."""
    data = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    return [Requirement(text) for text in data["project"]["dependencies"] + data["dependency-groups"]["dev"]]


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
    """Write the lock beside pyproject.toml."""
    try:
        versions = closure(wanted(ROOT / "pyproject.toml"))
    except (metadata.PackageNotFoundError, ValueError) as fault:
        print(f"{fault}\nInstall it into .venv with pip, then run the command again.", file=sys.stderr)
        return 1
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items())]
    (ROOT / "requirements.lock").write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"requirements.lock: {len(lines)} packages", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
