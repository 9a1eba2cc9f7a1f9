"""What `decide` is given and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from voronka.definition.people import Absences, User
from voronka.definition.rights import ALL_RIGHTS, Rights
from voronka.frozen import frozen
from voronka.messages import Sentence
from voronka.process.commands import Chain
from voronka.process.events import Event
from voronka.process.state import DealState, Held, PartyState, State, Stream, WorkspaceState

__all__ = [
    "Child",
    "ChildrenKey",
    "Facts",
    "Failure",
    "Judgement",
    "Link",
    "Member",
    "Moment",
    "Need",
    "Refusal",
    "Row",
    "RowsKey",
    "Step",
]

Row = Mapping[str, Held | None]
RowsKey = tuple[Stream, str]
ChildrenKey = tuple[bytes, str]
"""A deal, and the funnel in which it has opened others."""


class Member(NamedTuple):
    """A member of a segment of accounts or contacts: a contact with the account it belongs to."""

    account: bytes | None
    contact: bytes | None = None


class Child(NamedTuple):
    """A deal that another has opened, or has asked to be opened."""

    id: bytes
    account: bytes | None
    contact: bytes | None


@frozen
class Facts:
    """What is known of the world: the record itself and, once asked for by `Need`, what hangs on it.

    `parties`: accounts and contacts looked up, None where there is none; the one a command is about is among them.
    `rows`: by owner and collection, then by the row's key. A key absent from `parties` or `rows` was not loaded; an
    empty mapping was, and has no rows. `users`: people known from imports, beside those the workspace declares.
    `absences`: told by command, beside those of the configuration. `owners`: of the account or contact a command is
    about, where its actor's rights are limited; the engine's names for people. `turns`: who got a deal last, by pool; a
    pool absent was not looked up. `loads`: open deals by owner, None: not counted. `segments`: the members of segments
    of accounts or contacts, and `children`: what deals have opened, by id, as far as they were looked up.
    """

    deal: DealState | None = None
    parties: Mapping[Stream, PartyState | None] = field(default_factory=dict)
    rows: Mapping[RowsKey, Mapping[str, Row]] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    workspace: WorkspaceState | None = None
    absences: Absences = field(default_factory=dict)
    owners: frozenset[str] = frozenset()
    turns: Mapping[str, str | None] = field(default_factory=dict)
    loads: Mapping[str, int] | None = None
    segments: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    children: Mapping[ChildrenKey, Mapping[bytes, Child]] = field(default_factory=dict)


@frozen
class Need:
    """`decide` cannot go on without these: load them and call again."""

    parties: frozenset[Stream] = frozenset()
    rows: frozenset[RowsKey] = frozenset()
    pools: frozenset[str] = frozenset()
    loads: bool = False
    segments: frozenset[str] = frozenset()
    children: frozenset[ChildrenKey] = frozenset()


@frozen
class Moment:
    """When, by whom and of what: `now` is read once a command (UTC microseconds).

    `stream`: the record the command is for. `rights`: the actor's.
    `occurred_at`: when it happened outside, not after `now`. `number`: drawn for a deal that is to be opened.
    `import_id`: the import whose row the command carries out.
    """

    now: int
    actor: str
    source: str
    occurred_at: int
    stream: Stream
    chain: Chain
    rights: Rights = ALL_RIGHTS
    number: int = 0
    import_id: str | None = None


@frozen
class Judgement:
    """A condition as it was: its place, its text, TRUE, FALSE or unknown (None), and the values it read.

    `of`: the collection of whose row it was asked; None: of the deal.
    """

    name: str
    text: str
    result: bool | None
    values: Mapping[str, Held | None]
    of: str | None = None


@frozen
class Link:
    """Why events happened: who or what did it, from the event of index `first` on, and the conditions judged.

    `by`: the actor, or with ``@`` and the release's first eight digits ``timer:NAME``, ``auto:TRANSITION``,
    ``action:STAGE``, ``release``.
    """

    by: str
    first: int
    judgements: tuple[Judgement, ...] = ()


@frozen
class Failure:
    """One thing in the way of a command. `gate`: its name as scenarios write it. `unblock`: who could, and how.

    `forbidden`: the actor lacks a right; that is what the audit remembers. `evidence`: what an item that is not ticked
    wants with its tick (``link``, ``text``).
    """

    gate: str
    reason: Sentence
    unblock: Sentence
    forbidden: bool = False
    evidence: str | None = None


@frozen
class Refusal:
    """Why a command did not happen: all failures together. `code`: stable, for programs."""

    code: str
    failures: tuple[Failure, ...]


@frozen
class Step:
    """A decision as data. A refused command may still leave events (the refusal itself is remembered).

    `state` is what `evolve_entry` makes of the events; the one there was, if there are none. `links` explain the
    events in their order. `read`: the versions of other records the decision rests on, 0 for one that is not there.
    """

    events: tuple[Event, ...]
    state: State | None
    links: tuple[Link, ...] = ()
    refusal: Refusal | None = None
    read: Mapping[Stream, int] = field(default_factory=dict)
