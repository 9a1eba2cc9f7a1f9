"""What is kept beside the histories and has to agree with them: counters, and answers by which requests are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from voronka.messages import Text
from voronka.process.state import Stream
from voronka.storage import stored
from voronka.storage.counters import DEAL, REACH, REACH_STEP

__all__ = ["Answered", "answers", "numbers"]

Answered = Mapping[tuple[str, str], tuple[Stream, int, list[str]]]
"""Of requests that have made entries, by source and key: of which record, which entry, and the kinds of its events."""


def numbers(connection: Connection, *, deal: int, newest: int) -> Iterator[Text]:
    """Yield which counters the histories belie. `deal`: the highest number of one; `newest`: the last moment of all."""
    kept = dict(stored.numbers(connection))
    last, reach = kept.get(DEAL, 0), kept.get(REACH)
    if not isinstance(last, int) or last < deal:
        yield Text(
            "The counter of deals stands before the deal {number}: its number would be given again.", number=deal
        )
    if REACH in kept and (not isinstance(reach, int) or reach + REACH_STEP < newest):
        yield Text("The counter {name} stands before the newest entry.", name=REACH)


def answers(connection: Connection, answered: Answered) -> Iterator[tuple[Stream, Text]]:
    """Yield which of the answers kept for requests are not what their entries tell; a request may have none."""
    for source, key, text in stored.answers(connection, answered):
        stream, seq, kinds = answered[source, key]
        if not _fits(text, stream, seq, kinds):
            what = Text(
                "The answer to the request {key} of {source} is not what its entry tells.", key=key, source=source
            )
            yield stream, what


def _fits(text: object, stream: Stream, seq: int, kinds: list[str]) -> bool:
    try:
        answer = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return False
    if not isinstance(answer, Mapping):
        return False
    # Erasing takes personal values out of its sentences alone.
    return (answer.get("id"), answer.get("seq"), answer.get("events")) == (stream.id.hex(), seq, kinds)
