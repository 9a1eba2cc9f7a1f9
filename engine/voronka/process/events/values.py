"""Where the values of a record come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from voronka.frozen import frozen
from voronka.process.commands import Sealed
from voronka.process.events.event import Event, Kept
from voronka.process.state import VaultRef

__all__ = ["Observed", "ValuesObserved"]


class Observed(NamedTuple):
    """What a source said of a field; without a `value` it takes back what it said, or with `all`, all that was said.

    `known_at`: since when the value that stands after it is known; None: there is none.
    """

    source: str
    value: Kept
    known_at: int | None
    evidence: str | Sealed | VaultRef | None = None
    all: bool = False


@frozen
class ValuesObserved(Event):
    """Sources gave values, by field, at a moment in the world; `by`: who told it. What changes by that comes after."""

    kind: ClassVar[str] = "value.observed"
    values: Mapping[str, Observed]
    at: int
    by: str
