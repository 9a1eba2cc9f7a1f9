"""Who asks, and what they may see: a record that they may not is told of as if there were none."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.definition.fields import Subject
from voronka.definition.guarded import guarded, guarded_names, resting_on
from voronka.definition.people import LOCAL_ACTOR
from voronka.definition.rights import ALL_RIGHTS, Rights, owners_of_deal, rights_of
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault, VoronkaError
from voronka.frozen import frozen
from voronka.messages import Sentence, Text
from voronka.process.state import DealState, PartyState, Stream, StreamKind
from voronka.storage import Reader

__all__ = [
    "LOCAL_ACTOR",
    "OPERATOR",
    "Forbidden",
    "Unseen",
    "Viewer",
    "check_changes",
    "check_everybodys",
    "hidden_names",
    "hidden_of_party",
    "hidden_of_some",
    "viewer_of",
]


class Unseen(UsageFault):
    """A record is there, and the actor may not see it: it reads as the fault of a record that is not there.

    `audited`: it stands in the audit already.
    """

    def __init__(self, fault: UsageFault, record: Stream) -> None:
        super().__init__(fault.reason, fault.remedy, place=fault.place)
        self.record: Stream | None = record
        self.code = "unseen"
        self.audited = False


class Forbidden(VoronkaError):  # noqa: N818 - an answer, not an error
    """The actor lacks the right to a piece of work as a whole. `record`: what it is about, if it is one record.

    `audited`: it stands in the audit already.
    """

    exit_code = 4

    def __init__(self, reason: Sentence, remedy: Sentence, *, record: Stream | None = None) -> None:
        super().__init__(reason, remedy)
        self.record = record
        self.code = "not_allowed"
        self.audited = False


@frozen
class Viewer:
    """An actor with the rights of the moment."""

    actor: str
    rights: Rights

    def seen(self, reader: Reader, streams: Iterable[Stream]) -> set[Stream]:
        """Return those of the records that the actor may see."""
        wanted = set(streams)
        if self.rights.owners is None or not wanted:
            return wanted
        return {stream for stream, owners in reader.owners(wanted).items() if self.rights.sees(owners)}


OPERATOR = Viewer(actor=LOCAL_ACTOR, rights=ALL_RIGHTS)
"""Whoever gives a command at this machine without saying who they are."""


def viewer_of(reader: Reader, workspace: Workspace, actor: str, now: int) -> Viewer:
    """Return an actor with the rights at the moment `now`."""
    if actor not in workspace.people:
        return Viewer(actor=actor, rights=ALL_RIGHTS)
    return Viewer(actor=actor, rights=rights_of(workspace, reader.absences(), actor, now))


_PARTIES = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}


def hidden_names(reader: Reader, workspace: Workspace, rights: Rights, deal: DealState) -> frozenset[str]:
    """Return the fields of a deal, its account and its contact, and the columns of their rows, that are hidden from
    whoever has the `rights`; those that are computed from hidden ones, too.

    They are named as a deal's expressions name them, columns with their collection: ``account.competitors.share``.
    """
    if rights.all:
        return frozenset()
    declared = guarded(workspace)
    found = set(rights.hidden(declared[Subject.DEALS], owners_of_deal(deal.owner)))
    streams = [
        Stream(kind, id_)
        for kind, id_ in ((StreamKind.ACCOUNT, deal.account), (StreamKind.CONTACT, deal.contact))
        if id_ is not None and declared[_PARTIES[kind]]
    ]
    for stream, owners in reader.owners(streams).items() if streams else ():
        names = rights.hidden(declared[_PARTIES[stream.kind]], owners)
        found |= {f"{stream.kind.value}.{name}" for name in names}
    return resting_on(workspace, Subject.DEALS, found) | found


def hidden_of_party(reader: Reader, workspace: Workspace, rights: Rights, party: PartyState) -> frozenset[str]:
    """Return what of an account or a contact, and of a contact's account, is hidden likewise."""
    if rights.all:
        return frozenset()
    linked = party.fields.get("account") if party.stream.kind is StreamKind.CONTACT else None
    streams = [party.stream]
    if isinstance(linked, str):
        streams.append(Stream(StreamKind.ACCOUNT, bytes.fromhex(linked)))
    found: set[str] = set()
    for stream, owners in reader.owners(streams).items():
        names = rights.hidden(guarded(workspace)[_PARTIES[stream.kind]], owners)
        found |= names if stream == party.stream else {f"account.{name}" for name in names}
    return resting_on(workspace, _PARTIES[party.stream.kind], found) | found


def hidden_of_some(workspace: Workspace, rights: Rights, of: Subject) -> frozenset[str]:
    """Return what is hidden, on some record at least, from whoever has the `rights`: by the names of an expression
    about `of`."""
    hidden = rights.hidden(guarded_names(workspace, of), frozenset())
    return resting_on(workspace, of, hidden) | hidden


def check_changes(viewer: Viewer, record: Stream, owners: frozenset[str]) -> None:
    """Raise `Forbidden` unless the viewer may change a record, of these owners."""
    if not viewer.rights.changes(owners):
        raise Forbidden(
            Text("This record is not yours to change."),
            Text("Ask whoever it belongs to, or who leads them."),
            record=record,
        )


def check_everybodys(viewer: Viewer) -> None:
    """Raise `Forbidden` unless the viewer may change everybody's records, as work on all of them asks for."""
    if not viewer.rights.changes_all:
        raise Forbidden(
            Text("This concerns everybody's records, and you may not change all of them."),
            Text("Ask somebody whose role has “changes: all”."),
        )
