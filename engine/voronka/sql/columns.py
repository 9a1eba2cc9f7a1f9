"""Where the values lie: what a compiled expression reads instead of an environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause

from voronka.expressions.ir import Node, Read
from voronka.frozen import frozen

__all__ = ["Columns", "RowColumns", "TypedColumns"]


@frozen
class RowColumns:
    """The rows of a collection: `source` narrowed to those of the subject by `owned`, in their `order`.

    `read` gives a column of the row, in the form that `voronka.sql.backend` tells for its kind.
    """

    source: FromClause
    owned: ColumnElement[bool]
    order: tuple[ColumnElement[Any], ...]
    read: Callable[[Read], ColumnElement[Any]]


class Columns(Protocol):
    """The names of a subject and its collections as SQL."""

    def formula(self, node: Read) -> Node | None:
        """Return what a name is worked out from by the clock; None for one that is kept."""
        ...

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return a name of the subject; of a personal one anything that is NULL where it is missing."""
        ...

    def rows(self, collection: str) -> RowColumns:
        """Return the rows of a collection."""
        ...

    def visits(self, stage: str) -> ColumnElement[Any]:
        """Return how often the subject entered the stage, as an integer that is never NULL."""
        ...


@frozen
class TypedColumns:
    """Columns that have their types already, by name; collections likewise. `stays`: the number of stays by stage."""

    names: Mapping[str, ColumnElement[Any]]
    collections: Mapping[str, RowColumns] = field(default_factory=dict)
    stays: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)

    def formula(self, node: Read) -> Node | None:
        """Return None: every column is kept."""
        return None

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return the column of a name."""
        return self.names[node.name]

    def rows(self, collection: str) -> RowColumns:
        """Return the rows of a collection."""
        return self.collections[collection]

    def visits(self, stage: str) -> ColumnElement[Any]:
        """Return the column that counts the stays in a stage."""
        return self.stays[stage]
