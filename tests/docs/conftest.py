"""A server for the pages that show PostgreSQL."""

from __future__ import annotations

from tests.contract.conftest import postgresql

__all__ = ["postgresql"]
