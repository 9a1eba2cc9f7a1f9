"""Which files a workspace consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from voronka.config.finding import Place
from voronka.config.report import Report
from voronka.errors import EnvironmentFault, refused_by_system
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["KINDS", "LATER_KINDS", "SCENARIOS", "TESTS", "WORKSPACE_FILE", "collect", "kind_of"]

WORKSPACE_FILE = "voronka.yaml"
KINDS = ("calendars", "fields", "funnels", "imports", "people", "rules", "scenarios", "templates")
"""The folders under ``configs/``, one for each kind of file."""

LATER_KINDS = frozenset({"campaigns", "catalog", "kpis", "migrations", "packs", "playbooks", "strategy"})
"""Folders that the language names and this version does not know yet."""


SCENARIOS = "scenarios"
"""The kind of file that tests a release and is no part of it."""

TESTS = f"configs/{SCENARIOS}/"
"""Where scenarios are."""


def collect(root: Path | Mapping[str, bytes], report: Report, *, scenarios: bool = False) -> dict[str, bytes]:
    """Return the workspace's files by path (with ``/``, sorted); what does not belong to it is reported.

    Only ``voronka.yaml`` and what lies under ``configs/`` counts; names that begin with a dot do not. The `scenarios`
    are not among the others: they are asked for by themselves. Raises `EnvironmentFault` where a file cannot be read.
    """
    files = dict(_on_disk(root, scenarios) if isinstance(root, Path) else root)
    kept = {}
    for path in sorted(files):
        if path.startswith(TESTS) is scenarios and _belongs(path, report):
            kept[path] = files[path]
    return kept


def kind_of(path: str) -> str:
    """Return the kind of a collected file: ``workspace`` or the name of its folder."""
    return "workspace" if path == WORKSPACE_FILE else PurePosixPath(path).parts[1]


def _on_disk(root: Path, scenarios: bool) -> Iterator[tuple[str, bytes]]:
    try:
        if (root / WORKSPACE_FILE).is_file() and not scenarios:
            yield WORKSPACE_FILE, (root / WORKSPACE_FILE).read_bytes()
        for path in sorted((root / (TESTS if scenarios else "configs")).rglob("*")):
            relative = path.relative_to(root)
            if relative.as_posix().startswith(TESTS) is not scenarios:
                continue
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                yield relative.as_posix(), path.read_bytes()
    except OSError as fault:
        raise EnvironmentFault(
            Text("The file {file} cannot be read. {reason}", file=str(fault.filename), reason=refused_by_system(fault)),
            Text("Check that it exists and that you may read it."),
        ) from fault


def _belongs(path: str, report: Report) -> bool:
    """Tell whether `path` is a file of the configuration, reporting where it only looks like one."""
    if path == WORKSPACE_FILE:
        return True
    place = Place(path, 1, 1)
    parts = PurePosixPath(path).parts
    if len(parts) < 3:
        report.error(
            "V3001",
            place,
            Text("The file {file} lies in no folder of a kind, so it would be ignored.", file=path),
            Text("Move it into one of the folders {folders} under configs.", folders=", ".join(KINDS)),
        )
        return False
    kind = parts[1]
    if kind in LATER_KINDS:
        report.error(
            "V3002",
            place,
            Text("Files of the kind “{kind}” are not known yet.", kind=kind),
            Text("Take the file out; a later version will read it."),
        )
        return False
    if kind not in KINDS:
        meant = suggest(kind, KINDS)
        report.error(
            "V3001",
            place,
            Text("There is no kind of file called “{kind}”.", kind=kind),
            Text("Move the file into one of the folders {folders} under configs.", folders=", ".join(KINDS)),
            suggestion=f"configs/{meant}" if meant else None,
        )
        return False
    ending = ".md" if kind == "templates" else ".yaml"
    if len(parts) > 3 or not path.endswith(ending):
        report.error(
            "V3003",
            place,
            Text("The file {file} is not one that is read: its place or its name's ending is another.", file=path),
            Text("Put it directly into configs/{kind} with a name that ends in {ending}.", kind=kind, ending=ending),
        )
        return False
    return True
