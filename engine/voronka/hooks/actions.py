"""Actions: what a stage, a transition or a timed event does in the world outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from voronka.definition.rates import ATTEMPTS, Rate
from voronka.frozen import frozen
from voronka.hooks.checks import Check
from voronka.hooks.plugin import Schema, Services, check_name
from voronka.messages import Label

__all__ = ["ActionCall", "ActionResult", "ActionType", "DealFacts"]


@frozen
class DealFacts:
    """The deal for which an action is done, as it stands when it is. `id`: 32 hex digits."""

    id: str
    number: int
    funnel: str
    stage: str


@frozen
class ActionCall:
    """One action to be done. `key` names it for ever: a repeat carries the same, with the same arguments.

    `arguments`: what the configuration writes, its expressions worked out when the action was decided on: numbers,
    truth values, lists and texts; money as an exact decimal text, dates and moments (UTC) in ISO 8601; None: missing.
    `at`: when it was decided on, in UTC. `attempt` counts from 1.
    """

    key: str
    action: str
    deal: DealFacts
    arguments: Mapping[str, Any]
    at: datetime
    attempt: int
    services: Services


@frozen
class ActionResult:
    """What the world answered, written back to the deal by commands of their own under the action's key.

    `set`: fields of the deal; `move`: the stage it moves to with them; `log`: an interaction for its ledger. Values are
    as a person writes them, or JSON in the form the engine keeps. They pass every gate and check of a person's.
    """

    set: Mapping[str, Any] = field(default_factory=dict)
    move: str | None = None
    log: Mapping[str, Any] = field(default_factory=dict)


@frozen
class ActionType:
    """An action that configurations call by `name`: the plugin's name, or ``plugin.verb``.

    `arguments`: the schema of what stands under the action's key. `run` does it, after the commit, at least once; it
    raises `DeliveryError` where it cannot. None: the engine itself decides on it; only Voronka's own actions have that.
    `at_most_once`, `time_limit`, `rates` and `attempts`: as a `ChannelType` has them. `check`: what is wrong beyond the
    schema. `destination`: the argument, a constant text, that says where it goes. Each destination then has a lane of
    its own: one that is slow or closed holds up no other.
    """

    name: str
    label: Label
    arguments: Schema
    run: Callable[[ActionCall], ActionResult | None] | None
    at_most_once: bool = False
    time_limit: float = 20.0
    check: Check | None = None
    destination: str | None = None
    rates: tuple[Rate, ...] = ()
    attempts: int = ATTEMPTS

    def __post_init__(self) -> None:
        check_name(self.name, dotted=True)
