"""Sub-commands of the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from voronka.frozen import frozen
from voronka.hooks.plugin import check_name
from voronka.messages import Label

if TYPE_CHECKING:
    from typer import Typer

__all__ = ["OWN_COMMANDS", "CommandGroup"]

OWN_COMMANDS = frozenset({
    "init", "check", "schema", "test", "record", "demo", "run", "worker", "reload", "status", "deal", "row",
    "check-item", "account", "contact", "queue", "task", "timers", "outbox", "report", "source", "review", "rules",
    "segment", "table", "why", "people", "person", "audit", "import", "funnel", "mart", "graph", "plugins",
    "doctor", "effects", "backup", "restore", "deploy", "verify",
})  # fmt: skip
"""The commands of Voronka itself: no plugin's has the name of one."""


@frozen
class CommandGroup:
    """Commands below ``voronka NAME``, where the name is the plugin's. `make` builds them when they are called."""

    name: str
    label: Label
    make: Callable[[], Typer]

    def __post_init__(self) -> None:
        check_name(self.name)
