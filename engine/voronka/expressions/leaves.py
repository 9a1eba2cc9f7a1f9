"""The leaves of an expression: what an explanation records, and the name under which each is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.expressions.ir import (
    Aggregate,
    Arithmetic,
    Call,
    Changed,
    Clock,
    Compare,
    Computed,
    DateOf,
    DaysSince,
    LastInteraction,
    LocalTime,
    Node,
    Previous,
    Read,
    Shift,
    Visits,
    children,
)
from voronka.expressions.terms import made_of
from voronka.frozen import frozen

__all__ = ["LEAVES", "Leaf", "leaves_of", "named"]

LEAVES = (
    Read, Clock, LocalTime, DateOf, Shift, DaysSince, Visits, Changed, Previous, Aggregate, LastInteraction, Call,
)  # fmt: skip
"""Nodes whose value comes from the environment: what an explanation records."""

ROW = "row"


@frozen(kw_only=False)
class Leaf:
    """The name under which the value of a leaf is recorded: as written, or the name of a field in full.

    Where leaves of one text read different things, such as a formula of the account and one of the deal, each has a
    `key` of its own; `written` is the one that all of them had in earlier histories.
    """

    key: str
    written: str

    @property
    def shared(self) -> bool:
        """Whether others are written likewise."""
        return self.key != self.written


def leaves_of(node: Node) -> Iterator[Node]:
    """Yield the leaves on which the value of `node` rests."""
    if isinstance(node, LEAVES):
        yield node
        return
    for child in children(node):
        yield from leaves_of(child)


def named(node: Node, subject: str) -> Mapping[int, Leaf]:
    """Return by their identity how all leaves of `node` are recorded, those of what is only told included.

    `subject`: the word for what its names belong to.
    """
    alike: dict[str, dict[int, tuple[Node, str]]] = {}
    for leaf, around in _placed(node, "", set()):
        alike.setdefault(_written(leaf), {})[id(leaf)] = leaf, around
    found: dict[int, Leaf] = {}
    for written, leaves in alike.items():
        made = {place: made_of(leaf) if len(leaves) > 1 else () for place, (leaf, _) in leaves.items()}
        keys: dict[object, str] = {}
        for place, (leaf, around) in leaves.items():
            if made[place] not in keys:
                key = _own(leaf, around or _whose(leaf, subject), subject)
                while key in keys.values():
                    key += "'"
                keys[made[place]] = key
        for place in leaves:
            found[place] = Leaf(keys[made[place]] if len(keys) > 1 else written, written)
    return found


def _placed(node: Node, around: str, seen: set[int]) -> Iterator[tuple[Node, str]]:
    """Yield each leaf once, with the computed name in whose formula it stands."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, LEAVES):
        yield node, around
        return
    if isinstance(node, Computed):
        around = f"{ROW}.{node.name}" if node.of_row else node.name
    told = node.why if isinstance(node, (Arithmetic, Compare)) else ()
    for child in (*children(node), *told):
        yield from _placed(child, around, seen)


def _written(leaf: Node) -> str:
    if isinstance(leaf, Read):
        return leaf.name
    return f"date({leaf.text})" if isinstance(leaf, DateOf) else leaf.text


def _own(leaf: Node, around: str, subject: str) -> str:
    """Return a name that tells where the leaf stands; of a field, whose it is."""
    if isinstance(leaf, Read):
        return f"{_whose(leaf, subject)}.{leaf.name}"
    return f"{around}: {_written(leaf)}"


def _whose(leaf: Node, subject: str) -> str:
    """Return the word for what a leaf reads, the row at hand or the subject."""
    of_row = any(isinstance(part, Read) and part.of_row for part in (leaf, *_outside(leaf)))
    return ROW if of_row else subject


def _outside(leaf: Node) -> Iterator[Node]:
    """Yield all below a leaf; nothing of an aggregate, whose rows are others."""
    for child in () if isinstance(leaf, Aggregate) else children(leaf):
        yield child
        yield from _outside(child)
