"""Where values come from: the sources that a workspace knows, and how what they say becomes one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["KNOWN_AT", "STALE", "DataClass", "DataSource", "Merge", "of_systems"]

KNOWN_AT, STALE = "known_at", "stale"
"""What expressions ask of a field of which that is followed: ``turnover.known_at``, ``stale(turnover)``."""


class DataClass(StrEnum):
    """Of which kind the data of a source are."""

    TRANSACTIONAL = "transactional"
    CLIENT = "client"
    OPERATIONAL = "operational"
    EMPLOYEE = "employee"


class Merge(StrEnum):
    """What the value is when several sources gave one: that of the first of them, the newest, the greatest, the sum."""

    PRIORITY = "priority"
    LATEST = "latest"
    MAX = "max"
    SUM = "sum"


@frozen
class DataSource:
    """A source of values. `confidence`: from 0 to 1; `owner`: the role or the user who answers for it."""

    name: str
    label: Label
    data_class: DataClass
    confidence: float | None = None
    owner: str | None = None


def of_systems(names: Iterable[str], sources: Mapping[str, DataSource]) -> bool:
    """Tell whether, of the sources of a field, all are systems that keep transactions: people do not fill it in."""
    return {sources[name].data_class for name in names if name in sources} == {DataClass.TRANSACTIONAL}
