"""Sources, and what was refused of what they gave."""

from __future__ import annotations

from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.viewer import check_everybodys
from voronka.runtime.words import Json

__all__ = ["list_refused", "list_sources"]

_ORIGIN = "source:"


@parameters()
def list_sources(asked: Asked) -> Json:
    """Answer with the declared sources, and those of which anything refused is kept, each with how much that is."""
    counts = {name.removeprefix(_ORIGIN): count for name, count in asked.reader.refused_counts().items()}
    declared = asked.workspace.sources
    return [
        {
            "source": name,
            "via": declared[name].via if name in declared else None,
            "every": declared[name].every if name in declared else None,
            "refused": counts.get(name, 0),
        }
        for name in (*declared, *sorted(counts.keys() - declared.keys()))
    ]


@parameters("source", "limit", "skip")
def list_refused(asked: Asked) -> Json:
    """Answer with the newest refused items: parameters source, limit, skip. Only for who may change everybody's
    records: nobody knows yet whose an item would have been.
    """
    check_everybodys(asked.viewer)
    source = asked.text("source")
    found = asked.reader.refused_items(
        None if source is None else _ORIGIN + source, limit=asked.limit(), skip=asked.number("skip")
    )
    return [
        {
            "source": item.source.removeprefix(_ORIGIN),
            "item": item.key,
            "at": item.at,
            "reason": dict(item.reason),
            "again": item.request is not None,
        }
        for item in found
    ]
