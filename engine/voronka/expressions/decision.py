"""Decisions: functions of a subject's values that are laid out as tables, not written as expressions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from voronka.expressions.values import Value
from voronka.frozen import frozen

if TYPE_CHECKING:
    from voronka.expressions.ir import Node

__all__ = ["Deciding", "Decision"]


class Decision(ABC):
    """A pure function of values, of which each may be missing. It can be copied and pickled.

    `name`: under which expressions read it, such as ``tables.discount.limit``.
    """

    name: str

    @property
    @abstractmethod
    def function(self) -> Callable[..., Value | None]:
        """The decision as a function of its inputs, by position; None is a missing value."""

    @property
    def bounds(self) -> tuple[Value | None, Value | None]:
        """The least and the greatest of what it may give, if that is ordered; None: there is no bound."""
        return None, None

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        """Return the decision over `operands` as a database is asked for it; None if it has no such form.

        What it makes of each operand is in proportion to the decision, not to the operand: that stands in it once.
        """
        return None


@frozen
class Deciding:
    """What a computed name stands for: a decision over the expressions `inputs`, and `why` it gave what it gave.

    `event`: the kind of the event by which a change of it is told; empty: none tells it.
    """

    inputs: tuple[str, ...]
    decision: Decision
    why: Decision | None = None
    event: str = ""
