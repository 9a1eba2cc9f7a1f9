"""One entry of a history, as the runtime hands it over and as it is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from voronka.frozen import frozen
from voronka.process.events import Event
from voronka.process.state import State, Stream
from voronka.process.step import Link

__all__ = ["Entry", "Recorded"]


@frozen
class Entry:
    """A decided command on its way into the history of `stream`, as number `seq`: it must follow the last one there.

    `actor`, `source`: who and through what. `cause`: what asked for it, JSON-able (the command's kind, its key, of a
    move where to and the names of what was set with it, and what else explains it). `occurred_at`: when it happened in
    the world, `recorded_at`: when it was decided; UTC microseconds. `links` explain the events. `state_after`: what
    `evolve_entry` made of the events. `read`: the versions of other streams that the decision rests on, 0 for one that
    is not there.
    """

    stream: Stream
    seq: int
    release: str
    actor: str
    source: str
    cause: Mapping[str, Any]
    occurred_at: int
    recorded_at: int
    events: tuple[Event, ...]
    state_after: State
    links: tuple[Link, ...] = ()
    read: Mapping[Stream, int] = field(default_factory=dict)


@frozen
class Recorded:
    """An entry as it stands in the history. `links` in their JSON form (`process.step.Link`, encoded)."""

    stream: Stream
    seq: int
    release: str
    actor: str
    source: str
    cause: Mapping[str, Any]
    occurred_at: int
    recorded_at: int
    events: tuple[Event, ...]
    links: tuple[Mapping[str, Any], ...]
    hash: bytes
