"""What happens to accounts, contacts and the workspace, and whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from voronka.definition.people import Absence
from voronka.frozen import frozen
from voronka.process.commands import Chain
from voronka.process.events.event import Event, Kept
from voronka.process.state import Held, Stream

__all__ = [
    "AbsencesChanged",
    "DealsConcerned",
    "ImportFinished",
    "ImportStarted",
    "ImportUndone",
    "PartyChanged",
    "PartyCreated",
    "PartyHidden",
    "PartyMerged",
    "ReleaseActivated",
    "ReleaseRead",
    "ReviewMade",
    "ReviewMarked",
    "UserAdded",
    "UserLeft",
]


@frozen
class DealsConcerned(Event):
    """Something that deals of this account or contact read has changed: each of them gets `FactsChanged`.

    `funnels`: whose definitions read one of `names` (as a deal's expressions write them), for the open deals; `closed`:
    the funnels and outcomes where closed deals read them; `old`: values before. The key of each queued command is
    (party id, seq, n, deal id).
    """

    kind: ClassVar[str] = "deals.concerned"
    n: int
    funnels: tuple[str, ...]
    names: tuple[str, ...]
    old: Mapping[str, Held | None]
    chain: Chain
    closed: tuple[tuple[str, str], ...] = ()


@frozen
class PartyCreated(Event):
    """An account or a contact came to be."""

    kind: ClassVar[str] = "party.created"
    stream: Stream
    at: int
    fields: Mapping[str, Kept] = field(default_factory=dict)
    import_id: str | None = None


@frozen
class PartyChanged(Event):
    """Fields of an account or a contact got values."""

    kind: ClassVar[str] = "party.changed"
    new: Mapping[str, Kept]
    old: Mapping[str, Held | None]
    at: int


@frozen
class PartyHidden(Event):
    """The import that made the record was undone."""

    kind: ClassVar[str] = "party.hidden"
    import_id: str


@frozen
class PartyMerged(Event):
    """The record and the `other`, of the same kind, turned out to be one. The one that does not stay is hidden."""

    kind: ClassVar[str] = "party.merged"
    other: bytes
    stays: bool
    at: int


@frozen
class ReleaseActivated(Event):
    """The workspace runs another release."""

    kind: ClassVar[str] = "release.activated"
    release: str
    at: int


@frozen
class ImportStarted(Event):
    """An import began."""

    kind: ClassVar[str] = "import.started"
    import_id: str
    mapping: str
    file: str
    at: int


@frozen
class ImportFinished(Event):
    """An import came to its end, with its counts."""

    kind: ClassVar[str] = "import.finished"
    import_id: str
    counts: Mapping[str, int]
    at: int


@frozen
class ImportUndone(Event):
    """An import was taken back."""

    kind: ClassVar[str] = "import.undone"
    import_id: str
    at: int


@frozen
class UserAdded(Event):
    """Somebody known only from a foreign file."""

    kind: ClassVar[str] = "user.added"
    name: str
    label: str
    at: int
    import_id: str | None = None


@frozen
class AbsencesChanged(Event):
    """When a user is away, as told by commands: all absences, the earlier ones too."""

    kind: ClassVar[str] = "absences.changed"
    user: str
    absences: tuple[Absence, ...]
    at: int


@frozen
class ReleaseRead(Event):
    """Somebody has read what the release that came into force at `since` changes; the actor of the entry is who."""

    kind: ClassVar[str] = "release.read"
    release: str
    since: int
    at: int


@frozen
class ReviewMade(Event):
    """A review was made for the moment `due_at` of its schedule; what it says is kept beside the history."""

    kind: ClassVar[str] = "review.made"
    review: str
    due_at: int
    at: int


@frozen
class ReviewMarked(Event):
    """Somebody has `read` a review, or `decided` by it; the actor of the entry is who."""

    kind: ClassVar[str] = "review.marked"
    review: str
    due_at: int
    mark: str
    at: int


@frozen
class UserLeft(Event):
    """A user has left: so many deals, tasks and accounts were handed over; `to`: to whom, None: as the routing said."""

    kind: ClassVar[str] = "user.left"
    user: str
    to: str | None
    deals: int
    tasks: int
    accounts: int
    at: int
