"""Column types that mean the same on SQLite and PostgreSQL, and cost nothing on SQLite.

What SQLAlchemy has for PostgreSQL is imported where it is used: that is a tenth of the start of a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["Id", "Json", "Micros"]

Processor = Callable[[Any], Any] | None


_LARGE = re.compile(r"\de\+?\d")
_TEXT_OR_LARGE = re.compile(r'"(?:[^"\\]|\\.)*"|(-?[\d.]+e\+?\d+)')


def _with_fractions(document: str | None) -> str | None:
    """Return a JSON document whose large floats are written with a fraction, "10000000000000000.0" for "1e+16".

    A jsonb keeps how many digits a number has after the point, but no exponent: "1e+16" comes back as a whole number.
    """
    if document is None or _LARGE.search(document) is None:
        return document
    return _TEXT_OR_LARGE.sub(lambda found: f"{Decimal(found[1]):f}.0" if found[1] else found[0], document)


def _native(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class Id(TypeDecorator[bytes]):
    """A record's id: 16 raw bytes in Python, a BLOB on SQLite, a native uuid on PostgreSQL."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the database at hand."""
        if not _native(dialect):
            return dialect.type_descriptor(LargeBinary(16))
        from sqlalchemy.dialects.postgresql import UUID as NATIVE

        return dialect.type_descriptor(NATIVE())

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return how bytes go in; None: as they are."""
        return (lambda raw: None if raw is None else UUID(bytes=raw)) if _native(dialect) else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return how bytes come out; None: as they are."""
        return (lambda value: None if value is None else value.bytes) if _native(dialect) else None


class Json(TypeDecorator[str]):
    """A JSON document as text in Python; the caller dumps and loads. Text on SQLite, jsonb on PostgreSQL.

    What a hash is taken over is kept in a plain `Text` column instead: jsonb does not keep the writing.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the database at hand."""
        if not _native(dialect):
            return dialect.type_descriptor(Text())
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB())

    def bind_processor(self, dialect: Dialect) -> Processor:
        """Return how text goes in: on SQLite as it is, on PostgreSQL such that a float stays one."""
        return _with_fractions if _native(dialect) else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return how text comes out; the engine for PostgreSQL is told not to decode jsonb (`dialects.py`)."""
        return (lambda raw: raw.decode() if isinstance(raw, bytes) else raw) if _native(dialect) else None


class Micros(TypeDecorator[int]):
    """A moment: microseconds since 1970 UTC, 64 bits."""

    impl = BigInteger
    cache_ok = True
