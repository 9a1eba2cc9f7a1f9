"""Names that may only seem to be undeclared, since what declares them is written wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voronka.config.node import Node
from voronka.config.report import Doubt, Report

__all__ = ["Lost", "lost_in", "lost_name"]


@dataclass(slots=True)
class Lost:
    """What a look at a tree found: names at broken places, and whether one of them cannot be guessed."""

    names: set[str]
    unguessed: bool = False

    @property
    def doubt(self) -> Doubt | None:
        """The doubt that follows; None if nothing was lost."""
        if not self.names and not self.unguessed:
            return None
        return Doubt(names=frozenset(self.names), unguessed=self.unguessed)


def lost_in(root: Node, parts: tuple[str, ...], report: Report) -> Doubt | None:
    """Return which of the names that a file declares under `parts`, or deeper, may come to light by its repair."""
    for part in parts:
        entry = root.entries.get(part)
        if entry is not None and entry.value.is_scalar and report.broken(entry.value.place):
            return Doubt(everything=True)
    lost = Lost(set())
    _look(root, report, lost)
    if any(report.broken(entry.key.place) for entry in root.items()):
        lost.names |= set(root.entries)  # names that stand too far to the left look like keys of the file
    return lost.doubt


def lost_name(node: Node | None, root: Node, fallback: str, report: Report) -> Doubt | None:
    """Return which own name a file may have, where the one at `node` is broken or absent."""
    if node is not None and not report.broken(node.place):
        return None
    lost = Lost({fallback})
    for entry in root.items():
        if report.broken(entry.key.place) and entry.value.is_scalar:
            lost.names.add(entry.value.text)
    if node is None:
        lost.unguessed = len(lost.names) == 1
    else:
        _spellings(node, report, lost)
    return lost.doubt


def _look(node: Node, report: Report, lost: Lost) -> None:
    for entry in node.items():
        key, value = entry.key, entry.value
        if report.broken(key.place):
            _spellings(key, report, lost)
            lost.names |= set(_contents(value))
        elif report.broken(value.place):
            lost.names |= {key.text, *_contents(value)}
        elif any(report.broken(each.key.place) or report.broken(each.value.place) for each in value.items()):
            lost.names.add(key.text)
        _look(value, report, lost)
    for each in node.elements:
        _look(each, report, lost)


def _spellings(node: Node, report: Report, lost: Lost) -> None:
    """Add a name as it is written and as it is meant; where that cannot be told, any name may be it."""
    meant = report.meant(node.place)
    lost.names |= {node.text, meant or node.text}
    lost.unguessed |= meant is None and report.is_no_name(node.place)


def _contents(value: Node) -> Iterator[str]:
    """Yield the names that a value of the wrong form, or under a wrong key, may have been meant to declare."""
    if value.is_scalar:
        yield value.text
    yield from value.entries
    for each in value.elements:
        yield from _contents(each)
        yield from (inner.value.text for inner in each.items() if inner.value.is_scalar)
