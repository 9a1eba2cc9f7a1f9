"""A YAML document as a tree in which every value keeps its place and stays as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from voronka.config.finding import Place
from voronka.frozen import frozen

__all__ = ["Entry", "Node", "NodeKind"]

_NULLS = frozenset({"null", "Null", "NULL", "~"})


class NodeKind(StrEnum):
    """What a node is."""

    SCALAR = "scalar"
    SEQUENCE = "sequence"
    MAPPING = "mapping"


class Entry(NamedTuple):
    """A key of a mapping (a scalar node) and its value."""

    key: Node
    value: Node


@frozen(kw_only=False)
class Node:
    """A scalar, a sequence or a mapping, with its place.

    Whoever walks the tree need not ask for the kind first: `get` of a scalar finds nothing, `elements` of a
    mapping are none, `text` of a list is empty. So a tree of the wrong shape can still be walked.
    """

    place: Place
    kind: NodeKind
    text: str = ""
    """A scalar as written (unquoted, unfolded), never retyped: ``10:00``, ``NO``, ``0077``."""
    style: str = ""
    """How a scalar was written: empty for plain, else ``'``, ``"``, ``|`` or ``>``."""
    elements: tuple[Node, ...] = ()
    """The members of a sequence."""
    entries: Mapping[str, Entry] = field(default_factory=dict, hash=False)
    """The keys and values of a mapping by the text of the key, in the order written."""
    repeated: tuple[Entry, ...] = ()
    """Keys and values of a mapping whose key stands there before: a fault, and no part of the content."""

    @property
    def is_scalar(self) -> bool:
        """Whether this is a scalar."""
        return self.kind is NodeKind.SCALAR

    @property
    def is_sequence(self) -> bool:
        """Whether this is a sequence."""
        return self.kind is NodeKind.SEQUENCE

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return self.kind is NodeKind.MAPPING

    @property
    def is_null(self) -> bool:
        """Whether ``null`` or ``~`` stands here, unquoted."""
        return self.kind is NodeKind.SCALAR and not self.style and self.text in _NULLS

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands here: ``key:`` and the end of the line."""
        return self.kind is NodeKind.SCALAR and not self.style and not self.text

    def get(self, key: str) -> Node | None:
        """Return the value under `key`, or None."""
        entry = self.entries.get(key)
        return entry.value if entry else None

    def key(self, key: str) -> Node | None:
        """Return the node of the key itself, or None."""
        entry = self.entries.get(key)
        return entry.key if entry else None

    def items(self) -> Iterable[Entry]:
        """Return the keys and values of a mapping in the order written."""
        return self.entries.values()

    def at(self, *path: str | int) -> Node | None:
        """Return the node that keys and indexes lead to, or None where the path ends early."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            if isinstance(step, str):
                node = node.get(step)
            else:
                node = node.elements[step] if step < len(node.elements) else None
        return node
