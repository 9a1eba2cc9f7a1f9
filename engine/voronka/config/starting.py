"""What a new workspace may begin with: the reference workspace, or one of the smaller ones beside it.

A template is a folder of ``voronka/starting``: its ``template.yaml`` says in a sentence what it is for and which files
it takes from elsewhere as they are; every other file in the folder is its own. Nothing is merged and nothing generated:
what lies in a new workspace is what somebody wrote, and what several templates share is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from voronka.errors import UsageFault
from voronka.expressions.suggestion import one_of
from voronka.frozen import frozen
from voronka.messages import Label, Text

__all__ = ["Template", "template_named", "template_names"]

_REFERENCE = "reference"
_MANIFEST = "template.yaml"


@frozen
class Template:
    """A workspace to begin with.

    `label`: what it is for, in a sentence of each language. `funnel`: the one to look at first. `files`: where each of
    its files lies, by its path in the new workspace.
    """

    name: str
    label: Label
    funnel: str
    files: Mapping[str, Path]


def template_names() -> list[str]:
    """Return the names of the templates: the largest first, then those for a role of the seller, then the others."""
    manifests = {path.parent.name: _manifest(path.parent) for path in _home().glob(f"*/{_MANIFEST}")}
    return sorted(manifests, key=lambda name: manifests[name]["order"])


def template_named(name: str, reference: Path) -> Template:
    """Return a template; `reference` is the folder of the reference workspace.

    Raises `UsageFault` if there is none of this name.
    """
    known = template_names()
    if name not in known:
        raise UsageFault(
            Text("There is no template {name}.", name=name),
            one_of(name, known),
        )
    folder = _home() / name
    manifest = _manifest(folder)
    return Template(
        name=name, label=Label(manifest["label"]), funnel=manifest["funnel"], files=_files(folder, reference)
    )


def _home() -> Path:
    return Path(__file__).resolve().parents[1] / "starting"


def _manifest(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((folder / _MANIFEST).read_text(encoding="utf-8"))
    return read


def _files(folder: Path, reference: Path) -> dict[str, Path]:
    found = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.name != _MANIFEST
    }
    for source, taken in _manifest(folder).get("takes", {}).items():
        root = reference if source == _REFERENCE else _home() / source
        for name in taken:
            whole = root / name
            paths = (path for path in whole.rglob("*") if path.is_file()) if whole.is_dir() else (whole,)
            found |= {path.relative_to(root).as_posix(): path for path in paths}
    return found
