"""Health checks: what `voronka status` asks plugins."""

from __future__ import annotations

from collections.abc import Callable

from voronka.frozen import frozen
from voronka.hooks.plugin import Services, check_name
from voronka.messages import Label, Sentence

__all__ = ["LONGEST_CHECK", "Health", "HealthCheck"]

LONGEST_CHECK = 2.0
"""Seconds that a check has at most, whatever limit it declares: a person waits for the answer."""


@frozen
class Health:
    """How something stands. `detail`: one line for a person, without secrets."""

    ok: bool
    detail: Sentence | str = ""


@frozen
class HealthCheck:
    """A question about something the plugin needs, such as a server. `time_limit`: seconds for it, at most 2."""

    name: str
    label: Label
    check: Callable[[Services], Health]
    time_limit: float = 2.0

    def __post_init__(self) -> None:
        check_name(self.name, dotted=True)
