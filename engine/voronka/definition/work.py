"""Kinds of work: what a person's time goes into, how long a piece of each takes and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["MINUTES", "TaskScope", "Work"]

MINUTES = 15
"""How long a piece of work takes where nothing is declared."""


class TaskScope(StrEnum):
    """Which open tasks are pieces of work."""

    DUE = "due"
    OPEN = "open"


@frozen
class Work:
    """A kind of work: open tasks (`tasks`), the questions of a scorecard (`score`), or else the open deals themselves.

    `minutes`: how long a piece takes. `value`: what it is worth, in money; a missing value counts least. `where`: of
    which deals there are pieces. `places`: the stages, by funnel, where there can be any. `tasks`: which tasks; those
    that are `due` are due until the end of the day, or have no date.
    """

    name: str
    label: Label
    minutes: int
    value: Expression
    where: Expression | None = None
    tasks: TaskScope | None = None
    score: str | None = None
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def reads(self) -> frozenset[str]:
        """The names and columns that tell whether there is a piece, and what it is worth."""
        return self.value.reads.values | (frozenset() if self.where is None else self.where.reads.values)
