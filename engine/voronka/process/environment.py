"""A deal as expressions see it: names, rows and stays, looked up as they are asked for.

What is read of an account, a contact or a collection that was not loaded raises `NotLoaded`; `decide` makes a `Need`
of it.
"""

# ruff: noqa: ANN401 - a name stands for whatever value it has

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from voronka.calendars import date_of
from voronka.definition.absence import absent
from voronka.definition.people import Absences, User
from voronka.definition.sources import KNOWN_AT
from voronka.definition.workspace import Workspace
from voronka.expressions import RowsNotLoaded, Value
from voronka.process.events import Event
from voronka.process.evolve import DealBuilder
from voronka.process.rows import evolve_rows
from voronka.process.state import DealState, Held, PartyState, Stream, StreamKind
from voronka.process.step import Facts, Row, RowsKey

__all__ = ["NotLoaded", "Stays", "Subject", "SubjectRows", "party_stream", "rows_key", "user_value"]


class NotLoaded(Exception):  # noqa: N818 - a request for facts, not an error
    """An account or contact that nobody has looked up."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.stream = stream


def party_stream(deal: DealBuilder | DealState, kind: str) -> Stream | None:
    """Return the deal's ``account`` or ``contact``, None if it has none."""
    found = deal.account if kind == "account" else deal.contact
    return None if found is None else Stream(StreamKind(kind), found)


def rows_key(deal: DealBuilder | DealState, collection: str) -> RowsKey | None:
    """Return whose rows a collection means, as expressions name it; None if the deal has no such party."""
    kind, dot, name = collection.partition(".")
    if not dot:
        return Stream(StreamKind.DEAL, deal.id), collection
    stream = party_stream(deal, kind)
    return None if stream is None else (stream, name)


def user_value(
    user: User | None, name: str, what: str, workspace: Workspace, absences: Absences, now: int
) -> Value | None:
    """Return what is known of the user `name`, such as ``team``; `user` is None for a name that is not known."""
    if user is None:
        return name if what == "id" else None
    if what == "id":
        return user.name
    if what == "name":
        return user.label.render(workspace.locale)
    if what == "absent":
        return absent(workspace, absences, user.name, now)
    found: str | None = getattr(user, what)
    return found


class Subject(Mapping[str, Any]):
    """The names of a deal and of what it points at. An absent one is missing."""

    __slots__ = ("_deal", "_facts", "_now", "_read", "_workspace")

    def __init__(
        self, deal: DealBuilder | DealState, facts: Facts, workspace: Workspace, now: int, read: dict[Stream, int]
    ) -> None:
        self._deal = deal
        self._facts = facts
        self._workspace = workspace
        self._now = now
        self._read = read

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, None if it is missing."""
        value = self._deal.fields.get(name)
        if value is not None:
            return value
        if (built_in := _BUILT_IN.get(name)) is not None:
            value = built_in(self)
        elif "." in name:
            value = self._linked(name)
        return default if value is None else value

    def _linked(self, name: str) -> Held | None:
        head, _, rest = name.partition(".")
        if head == "owner":
            return self._of_user(self._deal.owner, rest)
        if rest == KNOWN_AT:
            return self._deal.known_at.get(head)
        if head not in ("account", "contact"):
            return None
        party = self.party(head)
        return None if party is None else self._of_party(party, rest)

    def party(self, kind: str) -> PartyState | None:
        """Return the deal's ``account`` or ``contact``; `NotLoaded` if it was not looked up."""
        stream = party_stream(self._deal, kind)
        return None if stream is None else self._loaded(stream)

    def value_of(self, stream: Stream, name: str) -> Held | None:
        """Return the value of a field of any account or contact; `NotLoaded` if it was not looked up."""
        party = self._loaded(stream)
        return None if party is None else self._of_party(party, name)

    def _loaded(self, stream: Stream) -> PartyState | None:
        if stream not in self._facts.parties:
            raise NotLoaded(stream)
        party = self._facts.parties[stream]
        self._read[stream] = 0 if party is None else party.seq
        return party

    def _of_party(self, party: PartyState, name: str) -> Held | None:
        if name == "id":
            return party.stream.id.hex()
        if name == "created_at":
            return party.created_at
        if "." in name:
            return party.known_at.get(name.removesuffix(f".{KNOWN_AT}"))
        return party.fields.get(name)

    def _of_user(self, name: str | None, what: str) -> Held | None:
        if name is None:
            return None
        return user_value(self.user(name), name, what, self._workspace, self._facts.absences, self._now)

    def user(self, name: str | None) -> User | None:
        """Return somebody on our side, None for nobody and for a name that is not known."""
        if name is None:
            return None
        return self._workspace.people.get(name) or self._facts.users.get(name)

    def __getitem__(self, name: str) -> Any:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter({**self._deal.fields, **dict.fromkeys(_BUILT_IN)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def days_in_stage(self) -> int:
        """Return how many dates lie after the one of entry, up to and including today."""
        zone = self._workspace.timezone
        return (date_of(self._now, zone) - date_of(self._deal.entered_at, zone)).days

    def next_step_at(self) -> int | None:
        """Return when the first of the open tasks that have a date is due."""
        return min((due for due in self._deal.tasks.values() if due is not None), default=None)


_BUILT_IN: Mapping[str, Callable[[Subject], Held | None]] = {
    "id": lambda s: s._deal.id.hex(),
    "number": lambda s: s._deal.number,
    "funnel": lambda s: s._deal.funnel,
    "stage": lambda s: s._deal.stage,
    "variant": lambda s: s._deal.case,
    "owner": lambda s: s._deal.owner,
    "account": lambda s: None if s._deal.account is None else s._deal.account.hex(),
    "contact": lambda s: None if s._deal.contact is None else s._deal.contact.hex(),
    "created_at": lambda s: s._deal.created_at,
    "entered_at": lambda s: s._deal.entered_at,
    "closed_at": lambda s: s._deal.closed_at,
    "open": lambda s: s._deal.outcome is None,
    "closed": lambda s: s._deal.outcome is not None,
    "won": lambda s: s._deal.outcome == "won",
    "lost": lambda s: s._deal.outcome == "lost",
    "outcome": lambda s: s._deal.outcome,
    "last_interaction_at": lambda s: s._deal.last_interaction_at or s._deal.created_at,
    "replied": lambda s: s._deal.replied,
    "contacted": lambda s: s._deal.contacted,
    "next_step_at": Subject.next_step_at,
    "days_in_stage": Subject.days_in_stage,
}


class SubjectRows(Mapping[str, Sequence[Row]]):
    """The collections of a deal and of its account and contact, by the names that expressions give them.

    The deal's own rows are as `events`, those of its entry `seq` so far, leave them; a deal that comes to be in this
    very entry (`born`) has none but these.
    """

    __slots__ = ("_born", "_deal", "_events", "_facts", "_known", "_seq")

    def __init__(self, deal: DealBuilder, facts: Facts, events: Sequence[Event], seq: int) -> None:
        self._deal = deal
        self._facts = facts
        self._events = events
        self._seq = seq
        self._born = facts.deal is None
        self._known: dict[str, tuple[int, Mapping[str, Row]]] = {}

    def forget(self) -> None:
        """Take back what is known of the events so far: some of them have been."""
        self._known.clear()

    def of(self, key: RowsKey) -> Mapping[str, Row] | None:
        """Return the rows of an owner's collection by their keys, None if they were not loaded."""
        stream, collection = key
        own = stream.id == self._deal.id
        found = self._facts.rows.get(key)
        if found is None:
            if not own or not self._born:
                return None
            found = {}
        if not own:
            return found
        seen, found = self._known.get(collection, (0, found))
        if seen < len(self._events):
            rows: Mapping[str, Mapping[str, Row]] = {collection: found}
            for event in self._events[seen:]:
                rows = evolve_rows(rows, event, self._seq)
            found = rows[collection]
            self._known[collection] = (len(self._events), found)
        return found

    def __getitem__(self, collection: str) -> Sequence[Row]:
        key = rows_key(self._deal, collection)
        if key is None:
            return ()
        found = self.of(key)
        if found is None:
            raise RowsNotLoaded(collection)
        return tuple(found.values())

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Stays(Mapping[str, int]):
    """How often the deal has been in each stage, as it stands at the moment of asking."""

    __slots__ = ("_deal",)

    def __init__(self, deal: DealBuilder) -> None:
        self._deal = deal

    def __getitem__(self, stage: str) -> int:
        return self._deal.visits[stage]

    def __iter__(self) -> Iterator[str]:
        return iter(self._deal.visits)

    def __len__(self) -> int:
        return len(self._deal.visits)
