"""What the tables are made with: how their constraints are named, and parts that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, MetaData, TextClause

from voronka.storage.dialects import bind_partial_indexes
from voronka.storage.types import Id

__all__ = ["deal_column", "index", "metadata"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
bind_partial_indexes(metadata)


def deal_column() -> Column[bytes]:
    """Return the column that says which deal a row belongs to."""
    return Column("deal", Id, ForeignKey("deals.id"), nullable=False)


def index(*columns: Column[Any], where: ColumnElement[bool] | TextClause | None = None, unique: bool = False) -> Index:
    """Return an index, partial on both databases if `where` is given."""
    return Index(None, *columns, unique=unique, sqlite_where=where, info={"where": where})
