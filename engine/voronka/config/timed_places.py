"""Where timed events are written in a funnel, or in a case of it."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.config.finding import Place
from voronka.config.names import Declaration
from voronka.config.node import Node

__all__ = ["timed_place"]


def timed_place(declaration: Declaration, event: str, key: str) -> Place:
    """Return where a timed event of a declared funnel says `key`; the funnel's name if it is written elsewhere."""
    root = declaration.value
    cases = root.at("variants", "cases")
    for part in (root, *(entry.value for entry in (cases.items() if cases is not None else ()))):
        for timed in _timed(part):
            written = timed.at(event, key)
            if written is not None:
                return written.place
    return declaration.name.place


def _timed(part: Node) -> Iterator[Node]:
    """Yield where timed events stand in a funnel, or in a case of it."""
    insertions = part.get("insert")
    for holder in (part, *(insertions.elements if insertions is not None else ())):
        stages = holder.get("stages")
        for each in (holder, *(entry.value for entry in (stages.items() if stages is not None else ()))):
            timed = each.get("timed")
            if timed is not None:
                yield timed
