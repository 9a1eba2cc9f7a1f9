"""Inbound sources: where commands come from without anybody typing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from voronka.frozen import frozen
from voronka.hooks.checks import Check
from voronka.hooks.plugin import Schema, Services, Settings, check_name
from voronka.messages import Label

__all__ = ["Fetched", "Item", "SourceCall", "SourceType"]


@frozen
class Item:
    """One thing that came in. `id`: its id over there, for ever: a second one of the same source is not taken again.

    `request`: the command it becomes, as the command line sends it: ``{"command": "deal.create", "funnel": …}``.
    """

    id: str
    request: Mapping[str, Any]


@frozen
class Fetched:
    """What a source gave, in order. `cursor`: from where to go on; `more`: there is more at once.

    None leaves the cursor where it is; a source that is to begin anew gives one that says so, such as an empty text.
    With `more` it is asked again at once if it gave anything, or the cursor has moved.

    The cursor is kept in the transaction that takes the items: whatever is restored, both are of one moment. An item
    that comes again is known by its id and not taken twice.
    """

    items: Sequence[Item]
    cursor: str | None = None
    more: bool = False


@frozen
class SourceCall:
    """A question to a source. `cursor`: what the last answer gave, once its items were committed; None at first."""

    cursor: str | None
    settings: Settings
    services: Services


@frozen
class SourceType:
    """What `via` of a source in voronka.yaml may name: the plugin's name, or ``plugin.kind``.

    `fetch` is asked at every tick of the source. `acknowledge` is told once the items are committed; until then they
    must be given again. `check`: what is wrong with the settings beyond the schema.
    """

    name: str
    label: Label
    fetch: Callable[[SourceCall], Fetched]
    acknowledge: Callable[[SourceCall, Fetched], None] | None = None
    settings: Schema = field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    time_limit: float = 20.0
    check: Check | None = None

    def __post_init__(self) -> None:
        check_name(self.name, dotted=True)
