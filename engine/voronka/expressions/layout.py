"""What a decision is laid out in for a database, beside the nodes of any expression; Python calls the decision."""

from __future__ import annotations

from voronka.expressions.ir import Node
from voronka.frozen import frozen

__all__ = ["Bound", "Cases", "Let", "Total", "Weighted"]


@frozen(eq=False)
class Let(Node):
    """The `body`, in which each of `names` stands for the operand at its place, worked out once."""

    operands: tuple[Node, ...]
    names: tuple[Bound, ...]
    body: Node


@frozen(eq=False)
class Bound(Node):
    """The value of an operand of the `Let` around it."""


@frozen(eq=False)
class Cases(Node):
    """The result at the place of the first condition that is TRUE; `otherwise` if none is."""

    conditions: tuple[Node, ...]
    results: tuple[Node, ...]
    otherwise: Node


@frozen(eq=False)
class Total(Node):
    """The sum of whole numbers, none of them missing, of which no part is beyond 64 bits."""

    operands: tuple[Node, ...]


@frozen(eq=False)
class Weighted(Node):
    """The sum of `start` and of each operand so many `times`, over a `divisor`: a NUMBER.

    The operands are none of them missing. All are INTEGER, and no sum of theirs is beyond 64 bits; or all are NUMBER,
    of which the sum is made in their order. `decimals`: to so many it is rounded, a half up, with which it is from 0
    to 10^15; None: it is not rounded.
    """

    operands: tuple[Node, ...]
    times: tuple[int | float, ...]
    start: int | float
    divisor: float
    decimals: int | None = None
