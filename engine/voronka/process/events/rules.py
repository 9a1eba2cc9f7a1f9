"""What rules do to a deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from voronka.frozen import frozen
from voronka.process.events.event import Event

__all__ = ["RuleFailed", "RuleFired", "RuleReset"]


@frozen
class RuleFired(Event):
    """A rule acted on the deal; what it did comes after. `shadow`: it did nothing, and `would` have done this.

    Each of `would` is an event in its encoded form, or a move: ``{"kind": "move", "to": …, "gates": [those against]}``.
    `remembered`: the rule must know of it later; `holds`: its condition must cease to hold before it acts again.
    """

    kind: ClassVar[str] = "rule.fired"
    n: int
    rule: str
    at: int
    remembered: bool = False
    holds: bool = False
    shadow: bool = False
    would: tuple[Mapping[str, object], ...] = ()


@frozen
class RuleFailed(Event):
    """A rule could not do what it is to do; nothing of it was done. `reasons`: the reason by language."""

    kind: ClassVar[str] = "rule.failed"
    n: int
    rule: str
    at: int
    reason: str
    remembered: bool = False
    holds: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)


@frozen
class RuleReset(Event):
    """The condition of a rule that had acted on the deal holds no longer: it may act again."""

    kind: ClassVar[str] = "rule.reset"
    rule: str
