"""Where a section belongs that stands in a file of another kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from voronka.config.files import KINDS, LATER_KINDS, WORKSPACE_FILE
from voronka.config.schema import published
from voronka.messages import Text

__all__ = ["of_another_file", "to_its_file"]


def of_another_file(section: str, meant: str | None) -> tuple[str, Text, Text] | None:
    """Return code, reason and remedy for a `section` that belongs into a file of another kind; None for other words.

    `meant`: which section of this kind of file was probably meant.
    """
    if section in LATER_KINDS:
        return (
            "V2010",
            Text("`{name}` is not known yet.", name=section),
            Text("Remove it; a later version will know it."),
        )
    remedy = to_its_file(section) if meant is None else None
    return None if remedy is None else ("V2002", Text("`{key}` is not a key of this place.", key=section), remedy)


def to_its_file(section: str) -> Text | None:
    """Return the remedy that tells in which file the section belongs; None if there is no such section."""
    home = _homes().get(section)
    if home is None:
        return None
    if home == WORKSPACE_FILE:
        return Text("Write it in {file}.", file=home)
    return Text("Write it in a file of the folder {folder}.", folder=home)


@cache
def _homes() -> Mapping[str, str]:
    found: dict[str, list[str]] = {}
    for kind in ("workspace", *KINDS):
        if kind == "packs":  # what a pack holds is of funnels
            continue
        for name, schema in published(kind).get("properties", {}).items():
            if schema.get("type") in ("object", "array") and not schema.get("x-later"):
                found.setdefault(name, []).append(WORKSPACE_FILE if kind == "workspace" else f"configs/{kind}")
    return {name: homes[0] for name, homes in found.items() if len(homes) == 1}
