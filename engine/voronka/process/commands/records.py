"""What can be asked of accounts, contacts and the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from voronka.frozen import frozen
from voronka.process.commands.command import BY_HAND, Command, Given, Origin
from voronka.process.commands.deals import PutRow

__all__ = [
    "ActivateRelease",
    "AddUser",
    "CarryOver",
    "CarryRowOver",
    "CreateParty",
    "EndAbsence",
    "FinishImport",
    "FollowMerge",
    "HideParty",
    "LeaveUser",
    "MakeReview",
    "MarkReleaseRead",
    "MarkReview",
    "MergeParty",
    "SetAbsence",
    "SetParty",
    "StartImport",
    "UndoImport",
]


@frozen
class CreateParty(Command):
    """Make an account or a contact: the envelope's stream."""

    kind: ClassVar[str] = "party.create"
    fields: Mapping[str, Given]
    import_id: str | None = None
    origin: Origin = BY_HAND


@frozen
class SetParty(Command):
    """Set fields of an account or a contact; None clears."""

    kind: ClassVar[str] = "party.set"
    values: Mapping[str, Given]
    origin: Origin = BY_HAND


@frozen
class HideParty(Command):
    """Undo an import's account or contact."""

    kind: ClassVar[str] = "party.hide"
    import_id: str


@frozen
class MergeParty(Command):
    """Note that this record and the `other`, of the same kind, are one: it is the one that `stays`, or it goes."""

    kind: ClassVar[str] = "party.merge"
    other: bytes
    stays: bool


@frozen
class CarryOver(SetParty):
    """Take over what another record, which is this very one, was told: of a field that `by` was told of its `origin` at
    the envelope's moment. None: nobody knows; then the value alone is taken.

    What was true there needs no leave here: neither the moment nor the source is asked about.
    """

    kind: ClassVar[str] = "party.carry_over"
    by: str | None = None


@frozen
class CarryRowOver(PutRow):
    """Take over a row of another record, which is this very one: bounds that became narrower take nothing from it."""

    kind: ClassVar[str] = "row.carry_over"


@frozen
class FollowMerge(Command):
    """Name the record that `stays` wherever this one names the one that is `gone` (ids): in `fields`, and in columns of
    `rows`, by collection.
    """

    kind: ClassVar[str] = "merge.follow"
    gone: bytes
    stays: bytes
    fields: tuple[str, ...] = ()
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@frozen
class ActivateRelease(Command):
    """Put the release given to `decide` in force for the workspace."""

    kind: ClassVar[str] = "release.activate"


@frozen
class StartImport(Command):
    """Open an import under its id; `mapping` names it in the configuration, `file` as the person gave it."""

    kind: ClassVar[str] = "import.start"
    import_id: str
    mapping: str
    file: str = ""


@frozen
class FinishImport(Command):
    """Close an import with its counts (rows read, taken, refused …)."""

    kind: ClassVar[str] = "import.finish"
    import_id: str
    counts: Mapping[str, int] = field(default_factory=dict)


@frozen
class UndoImport(Command):
    """Mark an import as undone; its deals and parties are hidden by commands of their own."""

    kind: ClassVar[str] = "import.undo"
    import_id: str


@frozen
class AddUser(Command):
    """Remember somebody whom only a foreign file names, so that deals can be theirs."""

    kind: ClassVar[str] = "user.add"
    name: str
    label: str
    import_id: str | None = None


@frozen
class SetAbsence(Command):
    """Tell that a user is away from `start` to `end`, both included (ISO dates); `end` None: until told otherwise."""

    kind: ClassVar[str] = "user.absent"
    user: str
    start: str
    end: str | None = None


@frozen
class EndAbsence(Command):
    """Tell that a user is there again from `day` on (ISO date): absences told before end the day before it."""

    kind: ClassVar[str] = "user.present"
    user: str
    day: str


@frozen
class LeaveUser(Command):
    """Note that a user has left and what was handed over: so many deals, tasks and accounts.

    `to`: who got them, None: as the routing said.
    """

    kind: ClassVar[str] = "user.leave"
    user: str
    deals: int
    tasks: int
    accounts: int
    to: str | None = None


@frozen
class MakeReview(Command):
    """Note that a review was made for the moment `due_at` of its schedule, and tell those whom it is for.

    `start` and `end`: the first and the last day that it is about (ISO dates).
    """

    kind: ClassVar[str] = "review.make"
    review: str
    due_at: int
    start: str
    end: str


@frozen
class MarkReleaseRead(Command):
    """Mark what the release that came into force at `since` changes as read by the actor."""

    kind: ClassVar[str] = "release.read"
    release: str
    since: int


@frozen
class MarkReview(Command):
    """Mark the review that was made for a moment: `read` or `decided`."""

    kind: ClassVar[str] = "review.mark"
    review: str
    due_at: int
    mark: str
