"""What `decide` is given and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voronka.expressions import Value
from voronka.messages import Sentence, Text
from voronka.process.events import Event
from voronka.process.state import DealState, PartyState, VaultRef

__all__ = ["Facts", "Failure", "Judgement", "Moment", "Need", "Refusal", "Row", "Step"]

Row = Mapping[str, Value | VaultRef | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of the world: the record itself and, once asked for by `Need`, what hangs on it.

    `rows`: by collection; a collection of the account is named ``account.competitors``. A name absent from `rows`
    was not loaded; an empty sequence was, and has no rows. `loaded` tells which parties were looked up.
    """

    deal: DealState | None = None
    account: PartyState | None = None
    contact: PartyState | None = None
    party: PartyState | None = None
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    loaded: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """`decide` cannot go on without these: load them and call again. `parties`: ``account``, ``contact``."""

    collections: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When and by whom: `now` is read once a command (UTC microseconds). `occurred_at`: when it happened outside.

    `role`: the actor's role, None for what is not a declared user.
    """

    now: int
    actor: str
    role: str | None
    source: str
    occurred_at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A condition as it was: its place, its text, TRUE, FALSE or unknown (None), and the values it read."""

    name: str
    text: str
    result: bool | None
    values: Mapping[str, Value | VaultRef | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One thing in the way of a command. `gate`: its name as scenarios write it. `unblock`: who could, and how."""

    gate: str
    reason: Sentence
    unblock: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a command did not happen: all failures together. `code`: stable, for programs."""

    code: str
    failures: tuple[Failure, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A decision as data. A refused command may still leave events (the refusal itself is remembered).

    `state` is what `evolve` makes of the events; None if there are none and there was nothing.
    """

    events: tuple[Event, ...]
    state: DealState | PartyState | None
    judgements: tuple[Judgement, ...] = ()
    refusal: Refusal | None = None
