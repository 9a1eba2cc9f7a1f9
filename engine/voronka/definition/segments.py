"""Segments: sets of deals with a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Segment"]


@frozen
class Segment:
    """The deals, open and closed, for which `where` is true. `places`: the stages, by funnel, where it can be."""

    name: str
    label: Label
    where: Expression
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
