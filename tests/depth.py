"""How much a run of the tests tries: a sample, or with ``VORONKA_DEEP=1`` many times as much."""

from __future__ import annotations

import os

__all__ = ["DEEP"]

DEEP = bool(os.environ.get("VORONKA_DEEP"))
