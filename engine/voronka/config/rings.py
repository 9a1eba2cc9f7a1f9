"""Circles among things that lead to one another."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

__all__ = ["drawn", "rings"]

_Thing = TypeVar("_Thing", bound=Hashable)


def rings(things: Iterable[_Thing], ways: Mapping[_Thing, Collection[_Thing]]) -> Iterator[tuple[_Thing, ...]]:
    """Yield for each of the things the shortest circle through it, the thing first; one circle is told once.

    `ways`: to which others each leads.
    """
    told: set[frozenset[_Thing]] = set()
    for thing in things:
        ring = _through(thing, ways)
        if ring and frozenset(ring) not in told:
            told.add(frozenset(ring))
            yield ring


def drawn(ring: Sequence[str]) -> str:
    """Return a circle as it is shown: ``a → b → a``."""
    return " → ".join((*ring, ring[0]))


def _through(start: _Thing, ways: Mapping[_Thing, Collection[_Thing]]) -> tuple[_Thing, ...]:
    """Return the shortest circle through `start`, `start` first; empty if there is none."""
    paths: list[tuple[_Thing, ...]] = [(start,)]
    seen: set[_Thing] = set()
    while paths:
        longer = []
        for path in paths:
            for target in ways.get(path[-1], ()):
                if target == start:
                    return path
                if target not in seen:
                    seen.add(target)
                    longer.append((*path, target))
        paths = longer
    return ()
