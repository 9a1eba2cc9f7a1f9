"""Snapshots: what `evolve` makes of a stream's events. Values only; a definition is not needed to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from voronka.expressions import Value

__all__ = ["DealState", "PartyState", "Stream", "StreamKind", "Timer", "TimerKey", "VaultRef"]


class StreamKind(StrEnum):
    """Whose history a stream is."""

    DEAL = "deal"
    ACCOUNT = "account"
    CONTACT = "contact"
    WORKSPACE = "workspace"


class Stream(NamedTuple):
    """One history. `id` is the record's 16 bytes; of the workspace's one stream, 16 zero bytes."""

    kind: StreamKind
    id: bytes


class VaultRef(NamedTuple):
    """Where a personal value is kept, and the keyed hash that proves it; stands in fields instead of the value."""

    ref: str
    hmac: str


class TimerKey(NamedTuple):
    """What names an occurrence within its deal, for ever."""

    visit: int
    event: str
    generation: int
    row: str
    occurrence: int


class Timer(NamedTuple):
    """An armed occurrence. Times in UTC microseconds. `due` is when it is to fire; `anchor` what it was counted from."""

    key: TimerKey
    anchor: int
    due: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DealState:
    """A deal as of `seq`. Times in UTC microseconds; ids 16 bytes; users by name.

    `visit` numbers the stay in the present stage, from 1. `visits`: stays so far by stage, the present one included.
    `ticks`: checklist items ticked, by name. `timers`: those still waiting. `fired`: firings by timed event within the
    present visit (what `at_most` limits); `generations`: times a timed event's anchor has moved.
    `tasks`: open tasks by key (``seq.n``) with their due moment. `stopped`: automatic transitions that a gate stopped,
    with the names whose change tries them again. `release`: the one under which the last entry was decided.
    """

    id: bytes
    number: int
    seq: int
    release: str
    funnel: str
    case: str | None
    stage: str
    visit: int
    created_at: int
    entered_at: int
    owner: str | None = None
    account: bytes | None = None
    contact: bytes | None = None
    closed_at: int | None = None
    outcome: str | None = None
    last_interaction_at: int | None = None
    replied: bool = False
    contacted: bool = False
    hidden: bool = False
    parent: bytes | None = None
    fields: Mapping[str, Value | VaultRef] = field(default_factory=dict)
    ticks: frozenset[str] = frozenset()
    visits: Mapping[str, int] = field(default_factory=dict)
    timers: Mapping[TimerKey, Timer] = field(default_factory=dict)
    fired: Mapping[str, int] = field(default_factory=dict)
    generations: Mapping[str, int] = field(default_factory=dict)
    tasks: Mapping[str, int | None] = field(default_factory=dict)
    stopped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyState:
    """An account or a contact as of `seq`. Built-in columns stand in `fields` beside the declared ones."""

    stream: Stream
    seq: int
    created_at: int
    fields: Mapping[str, Value | VaultRef] = field(default_factory=dict)
    hidden: bool = False
