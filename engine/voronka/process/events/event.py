"""The base of all events, and what their values are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.process.commands import Sealed
from voronka.process.state import VaultRef

__all__ = [
    "Event",
    "HandedOver",
    "Kept",
]

Kept = Value | Sealed | VaultRef | None
HandedOver = VaultRef | Value | tuple[Any, ...] | Mapping[str, Any] | None
"""An argument of an action: JSON, with references to the vault anywhere in it."""


@frozen
class Event:
    """Base of all events. `version` is the payload's; older ones are read through upcasters."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1
