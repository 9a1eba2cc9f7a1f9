"""Sub-commands of the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from voronka.frozen import frozen
from voronka.hooks.plugin import check_name
from voronka.messages import Label

if TYPE_CHECKING:
    from typer import Typer

__all__ = ["CommandGroup"]


@frozen
class CommandGroup:
    """Commands below ``voronka NAME``, where the name is the plugin's. `make` builds them when they are called."""

    name: str
    label: Label
    make: Callable[[], Typer]

    def __post_init__(self) -> None:
        check_name(self.name)
