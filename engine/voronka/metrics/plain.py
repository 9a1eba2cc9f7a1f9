"""Results of computations as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from math import isfinite
from typing import Any

from voronka.messages import Label, Text
from voronka.metrics.statistics.counts import Interval
from voronka.runtime.words import Json, words

__all__ = ["plain"]


def plain(value: Any) -> Json:  # noqa: ANN401 - any result
    """Return a result as JSON: its parts by name, an interval as its two ends, a sentence in every language.

    A number that is not finite is told as nothing.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Text | Label):
        return words(value)
    if isinstance(value, Interval):
        return [value.low, value.high]
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(part) for name, part in value._asdict().items()}
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, Iterable):
        return [plain(part) for part in value]
    raise TypeError(f"{type(value).__name__} is not told in JSON")
