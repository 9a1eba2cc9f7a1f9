"""What the engine gives plugins, for tests of them alone (see `voronka.api.Services`)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from voronka.api import Message

__all__ = ["AT", "LOCAL", "PlainServices", "message"]

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LOCAL = frozenset({"127.0.0.1"})
_Kept = TypeVar("_Kept")


@dataclass
class PlainServices:
    """Services over plain values: `at` is the moment until the test sets another."""

    settings: Mapping[str, Any]
    allowed_hosts: frozenset[str] = LOCAL
    at: datetime = AT
    state: Path = Path()
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("voronka.plugin.test"))
    kept: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.at

    def keep(self, name: str, make: Callable[[], _Kept]) -> _Kept:
        found: _Kept = self.kept.setdefault(name, None) or make()
        self.kept[name] = found
        return found


def message(**changed: Any) -> Message:
    made = {
        "key": "00ff-7",
        "channel": "email",
        "deal": 12,
        "name": "Ivan",
        "address": "ivan@acme.example",
        "locale": "en",
        "subject": "Offer 12",
        "body": "Dear Ivan,\nthe offer is ready.\n",
        "at": AT,
        "html": "",
    }
    return Message(**{**made, **changed})
