"""Which files a workspace consists of."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from voronka.config.decoding import MAX_BYTES
from voronka.config.finding import Place
from voronka.config.report import Report
from voronka.errors import EnvironmentFault, refused_by_system
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = [
    "KINDS",
    "LATER_KINDS",
    "SCENARIOS",
    "TESTS",
    "WORKSPACE_FILE",
    "collect",
    "kind_of",
    "walk",
]

WORKSPACE_FILE = "voronka.yaml"
KINDS = (
    "calendars",
    "catalog",
    "fields",
    "funnels",
    "imports",
    "kpis",
    "packs",
    "people",
    "playbooks",
    "rules",
    "scenarios",
    "segments",
    "strategy",
    "templates",
)
"""The folders under ``configs/``, one for each kind of file."""

LATER_KINDS = frozenset({"campaigns", "migrations"})
"""Folders that the language names and this version does not know yet."""

SCENARIOS = "scenarios"
"""The kind of file that tests a release and is no part of it."""

TESTS = f"configs/{SCENARIOS}/"
"""Where scenarios are."""


_LITTER = frozenset({"desktop.ini", "thumbs.db"})


def collect(root: Path | Mapping[str, bytes], report: Report, *, scenarios: bool = False) -> dict[str, bytes]:
    """Return the workspace's files by path (with ``/``, sorted); what does not belong to it is reported.

    Only ``voronka.yaml`` and what lies under ``configs/`` counts; names that begin with a dot do not. The `scenarios`
    are not among the others: they are asked for by themselves. Raises `EnvironmentFault` where a file cannot be read.
    """
    files = dict(_on_disk(root, scenarios) if isinstance(root, Path) else root)
    if isinstance(root, Path) and not scenarios:
        _warn_of_strays(root, report)
        _warn_of_another_ending(root, report)
    kept = {}
    for path in sorted(files):
        if path.startswith(TESTS) is scenarios and _belongs(path, report):
            kept[path] = files[path]
    return kept


def kind_of(path: str) -> str:
    """Return the kind of a collected file: ``workspace`` or the name of its folder."""
    return "workspace" if path == WORKSPACE_FILE else PurePosixPath(path).parts[1]


def walk(folder: Path, above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[Path]:
    """Yield by name what lies under a folder, links followed; folders only if they cannot be looked through.

    Names that begin with a dot, and what systems and editors leave lying about, are left out. `above`: the folders
    around it, by device and inode.
    """
    try:
        found = folder.stat()
        own = found.st_dev, found.st_ino
        paths = None if own in above else sorted(folder.iterdir())
    except OSError:
        paths = None
    if paths is None:
        yield folder
        return
    for path in paths:
        if not _is_litter(path.name):
            yield from walk(path, above | {own}) if path.is_dir() else (path,)


def _is_litter(name: str) -> bool:
    """Tell whether a file is none of the workspace's: hidden, or left there by a system or an editor."""
    return name.startswith((".", "~$")) or name.endswith("~") or name.casefold() in _LITTER


def _on_disk(root: Path, scenarios: bool) -> Iterator[tuple[str, bytes]]:
    folder = root / (TESTS if scenarios else "configs")
    try:
        if (root / WORKSPACE_FILE).is_file() and not scenarios:
            yield WORKSPACE_FILE, _content(root / WORKSPACE_FILE)
        for path in walk(folder) if os.path.lexists(folder) else ():
            relative = path.relative_to(root).as_posix()
            if relative.startswith(TESTS) is scenarios:
                yield relative, _content(path)
    except OSError as fault:
        raise EnvironmentFault(
            Text("The file {file} cannot be read. {reason}", file=str(fault.filename), reason=refused_by_system(fault)),
            Text("Check that it exists and that you may read it."),
        ) from fault


def _warn_of_strays(root: Path, report: Report) -> None:
    """Warn of files in a folder beside configs that is called as one of those in it: nothing reads them."""
    for kind in KINDS:
        folder = root / kind
        try:
            stray = next((each for each in walk(folder) if each.suffix in (".yaml", ".yml")), None)
        except OSError:
            continue
        if stray is not None and stray != folder:
            report.warning(
                "V3001",
                Place(stray.relative_to(root).as_posix(), 1, 1),
                Text("The folder {folder} stands beside configs, so its files are not read.", folder=kind),
                Text("Move it into configs: configs/{kind}. If it is something else, give it another name.", kind=kind),
            )


def _warn_of_another_ending(root: Path, report: Report) -> None:
    """Warn of a file at the root that is called as the workspace's but for the ending: nothing reads it."""
    stray = f"{Path(WORKSPACE_FILE).stem}.yml"
    if (root / stray).is_file():
        report.warning(
            "V3003",
            Place(stray, 1, 1),
            Text("The file {file} is not read: the workspace's is called {name}.", file=stray, name=WORKSPACE_FILE),
            Text("Put what it says into {name}, or give it this name.", name=WORKSPACE_FILE),
        )


def _content(path: Path) -> bytes:
    """Return what is in a file, of one that is too long the beginning: enough to see that."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        any(path.iterdir())  # this says why it was not looked through, but for a link that leads back
    if not stat.S_ISREG(mode):
        raise EnvironmentFault(
            Text("{file} is neither a file nor a folder, or a link to a folder around it.", file=str(path)),
            Text("Take it out of the configuration, or put the file itself in its place."),
        )
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


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
