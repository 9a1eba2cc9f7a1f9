"""Names and keys that stand at the level of what they belong into: YAML reads them, but as something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from voronka.config.finding import Finding
from voronka.config.node import Entry, Node
from voronka.config.schema import Schema
from voronka.messages import Text

__all__ = ["Outdented", "outdented"]

_ID = re.compile(r"[a-z][a-z0-9_]*")
_ANYTHING: Schema = {}


class Outdented:
    """Entries that belong into the one `above` them, which stands at their level."""

    def __init__(self, above: Entry, entries: list[Entry]) -> None:
        self.above = above
        self.entries = entries

    @property
    def finding(self) -> Finding:
        """What is wrong, told where the first of them stands."""
        return Finding(
            code="V1032",
            place=self.entries[0].key.place,
            reason=Text(
                "`{key}` belongs to `{above}`, but stands at its level.",
                key=self.entries[0].key.text,
                above=self.above.key.text,
            ),
            remedy=Text("Indent what belongs to `{above}` by two spaces more than it.", above=self.above.key.text),
            related=self.above.key.place,
        )


def outdented(node: Node, schema: Schema) -> Iterator[Outdented]:
    """Yield what stands too far to the left below a mapping that `schema` describes."""
    if node.is_sequence:
        members = schema.get("items", _ANYTHING)
        for each in node.elements:
            yield from outdented(each, members)
        return
    properties: dict[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties") or _ANYTHING
    entries = list(node.items())
    for number, entry in enumerate(entries):
        inner = properties.get(entry.key.text) or others
        lost = [] if inner is _ANYTHING else _following(entry, inner, entries[number + 1 :], properties, others)
        if lost:
            yield Outdented(entry, lost)
        yield from outdented(entry.value, inner)


def _following(
    above: Entry, inner: Schema, entries: list[Entry], properties: dict[str, Any], others: Schema
) -> list[Entry]:
    """Return those of the `entries` right after the one `above` that belong into it."""
    found: list[Entry] = []
    if above.key.place.line == entries[0].key.place.line if entries else True:
        return found
    for entry in entries:
        if above.value.is_empty and not properties.get(entry.key.text) and others is _ANYTHING:
            # A section without content, and then names that the place does not know.
            mine = bool(inner.get("additionalProperties")) and _ID.fullmatch(entry.key.text) and entry.value.is_mapping
        else:
            # A named thing, and then a key of its own where the next name was expected.
            mine = (
                above.value.is_mapping
                and others is not _ANYTHING
                and entry.key.text in inner.get("properties", _ANYTHING)
                and entry.key.text not in above.value.entries
                and not entry.value.is_mapping
            )
        if not mine:
            break
        found.append(entry)
    return found
