"""Move the fragments of changes/ into CHANGELOG.md as the section of a release.

``python tools/changelog.py 0.2.0 2026-12-01``
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("added", "changed", "fixed", "removed")


def fragments(folder: Path) -> dict[str, list[Path]]:
    """Return the fragments by kind, in the order of their names; raises `ValueError` for a name without a kind."""
    found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        kind = path.stem.rpartition(".")[2]
        if kind not in found:
            raise ValueError(f"{path.name}: name it SOMETHING.KIND.md, with KIND one of {', '.join(KINDS)}")
        found[kind].append(path)
    return found


def section(version: str, date: str, by_kind: dict[str, list[Path]]) -> str:
    """Return the text of a release: a heading for each kind that has lines, a bullet for each fragment."""
    parts = [f"## {version} ({date})\n"]
    for kind, paths in by_kind.items():
        if paths:
            bullets = [_bullet(path.read_text(encoding="utf-8")) for path in paths]
            parts.append(f"### {kind.capitalize()}\n\n" + "\n".join(bullets) + "\n")
    return "\n".join(parts)


def _bullet(text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width=120,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def collect(root: Path, version: str, date: str) -> None:
    """Write the section above the releases before it and delete the fragments."""
    by_kind = fragments(root / "changes")
    if not any(by_kind.values()):
        raise ValueError("changes/ holds no fragment: there is nothing to release")
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    if f"\n## {version} " in text:
        raise ValueError(f"CHANGELOG.md has a section {version} already")
    head, mark, rest = text.partition("\n## ")
    changelog.write_text(f"{head}\n{section(version, date, by_kind)}{mark}{rest}", encoding="utf-8")
    for paths in by_kind.values():
        for path in paths:
            path.unlink()


def main(arguments: list[str]) -> int:
    """Collect the fragments for the version and date given."""
    try:
        version, date = arguments
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            raise ValueError(f"{version} is not a version such as 0.2.0")
        collect(ROOT, version, dt.date.fromisoformat(date).isoformat())
    except ValueError as fault:
        print(f"{fault}\npython tools/changelog.py VERSION YYYY-MM-DD", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
