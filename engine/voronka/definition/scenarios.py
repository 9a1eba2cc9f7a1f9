"""Scenarios: what a process is expected to do, as a consultant tells it. They are no part of a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from voronka.calendars import Duration
from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = [
    "Absent",
    "Advance",
    "AdvanceTo",
    "Complete",
    "Deed",
    "Expect",
    "Expected",
    "Given",
    "ImportRows",
    "Log",
    "Move",
    "PartyName",
    "Present",
    "PutRow",
    "RemoveRow",
    "Scenario",
    "SetValues",
    "Step",
    "Tick",
    "Values",
    "Written",
]


class PartyName(NamedTuple):
    """An account or a contact (`kind`) by its name; one that is not there yet is made."""

    kind: str
    name: str


Values = Mapping[str, Value | PartyName | None]
"""Fields with their values in the form in which they are kept, but accounts and contacts by their names.

None clears, or is expected to be missing. A dotted name (``account.turnover``) is a field of the deal's account or
contact.
"""


class Written(NamedTuple):
    """Where something is written: the file's path in the workspace, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Step:
    """Base of all steps. `written`: where its key stands."""

    written: Written


@frozen
class Absent(Step):
    """Tell that a user is away from the day `first` (None: today) to `last` (None: until told otherwise).

    Both days are included: ISO dates of the workspace's zone.
    """

    user: str
    first: str | None = None
    last: str | None = None


@frozen
class Present(Step):
    """Tell that a user is there again from the day `first` on; None: today."""

    user: str
    first: str | None = None


@frozen
class Given:
    """Where the deal stands when the scenario begins, at the moment `at` (UTC microseconds).

    `skip_gates`: nobody asks how it came there; otherwise the gates on the way must hold. `account`, `contact`: their
    fields, the name among them; None: the deal has none. `rows`: by collection (``account.competitors`` of the
    account). `checklist`: the names of the gates whose items are ticked. `absent`: who is away. `new`: the deal is
    opened at that moment, as in life, and has not been there before.
    """

    written: Written
    funnel: str
    at: int
    stage: str | None = None
    skip_gates: bool = False
    owner: str | None = None
    account: Values | None = None
    contact: Values | None = None
    fields: Values = field(default_factory=dict)
    rows: Mapping[str, tuple[Values, ...]] = field(default_factory=dict)
    checklist: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
    new: bool = False


@frozen
class Advance(Step):
    """Let so much time pass, counted as durations of timed events are."""

    duration: Duration


@frozen
class AdvanceTo(Step):
    """Let time pass until a moment (UTC microseconds); what is due at that instant happens."""

    moment: int


@frozen
class Deed(Step):
    """Base of the steps that somebody takes. `actor`: a user, or `LOCAL_ACTOR`; None: the owner of `given`."""

    actor: str | None = None


@frozen
class SetValues(Deed):
    """Set fields of the deal, or of its account and contact under dotted names."""

    values: Values


@frozen
class PutRow(Deed):
    """Make a row of a collection, or change one: that with the same key, or that which holds the values `of`."""

    collection: str
    values: Values
    of: Values | None = None


@frozen
class RemoveRow(Deed):
    """Remove the row that has this key; without one, that which holds the values `of`."""

    collection: str
    key: str | None = None
    of: Values | None = None


@frozen
class Tick(Deed):
    """Tick checklist items by the names of their gates, or untick them."""

    items: tuple[str, ...]
    done: bool = True


@frozen
class Log(Deed):
    """Write a contact with a person into the ledger; `at`: when it was, None for now."""

    values: Values
    at: int | None = None


@frozen
class Complete(Deed):
    """Complete the oldest open task of this title, in whatever language it is written."""

    title: str


@frozen
class ImportRows(Step):
    """Bring in rows of a foreign file by an import; texts by column. All of them are about the deal."""

    mapping: str
    rows: tuple[Mapping[str, str], ...]


@frozen
class Move(Deed):
    """Ask for a move; `override`: the reason with which conditions are lifted."""

    to: str
    set: Values = field(default_factory=dict)
    override: str | None = None


Expected = Mapping[str, str | tuple[str, ...]]
"""One expected thing by its attributes; only those named are compared."""


@frozen
class Expect(Step):
    """What must be so. None, or an absent key of a mapping: nothing is said of it.

    `stage`, `fields`, `rows`, `timers` are the state now; the others count since the expectation before. `timers`: when
    the occurrences of a timed event are due, none: it does not wait. `sent`, `notified`: attributes template, to and
    channel; `tasks`: title, assignee and due; `refused`: gate and unblock (roles that may lift it); `opened`: funnel,
    stage and owner. `ended`: how the occurrences of a timed event ended, in their order. `places`: where each key is
    written.
    """

    stage: str | None = None
    fields: Values = field(default_factory=dict)
    rows: Mapping[str, tuple[Values, ...]] = field(default_factory=dict)
    timers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sent: tuple[Expected, ...] | None = None
    notified: tuple[Expected, ...] | None = None
    tasks: tuple[Expected, ...] | None = None
    refused: tuple[Expected, ...] | None = None
    opened: tuple[Expected, ...] | None = None
    ended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, Written] = field(default_factory=dict)


@frozen
class Scenario:
    """One course of events. `name`: its file's, without the ending; `case`: the row of a table of cases, if it has one.

    `title` is what a person reads.
    """

    name: str
    title: Label
    written: Written
    given: Given
    steps: tuple[Step, ...]
    case: str | None = None

    @property
    def id(self) -> str:
        """The name with that of the case: ``discounts[large]``."""
        return self.name if self.case is None else f"{self.name}[{self.case}]"
