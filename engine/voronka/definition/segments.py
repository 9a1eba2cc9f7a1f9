"""Segments: sets of deals, accounts or contacts with a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from voronka.definition.fields import Subject
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Segment"]


@frozen
class Segment:
    """The records for which `where` is true; deals, open and closed, unless `of` says otherwise.

    `places`: the stages, by funnel, where it can be true of deals.
    """

    name: str
    label: Label
    where: Expression
    of: Subject = Subject.DEALS
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
