"""Timed stage events: what happens how long before or after what."""

from __future__ import annotations

from enum import StrEnum

from voronka.calendars import DailyWindow, Duration
from voronka.definition.actions import Action
from voronka.expressions import Expression
from voronka.frozen import frozen

__all__ = ["Anchor", "AnchorKind", "OnMissed", "Rhythm", "TimedEvent", "TimedSource", "ZoneOf"]


class AnchorKind(StrEnum):
    """What an offset counts from."""

    STAGE = "stage"
    FIELD = "field"
    LAST_INTERACTION = "last_interaction_at"
    EVENT = "event"


@frozen
class Anchor:
    """The moment an offset counts from. `name`: the field (a dotted name too) or the event; empty for the others.

    `dated`: the field is a date, not a moment. `of_row`: the field is one of the row, where the event is for each of a
    collection.
    """

    kind: AnchorKind
    name: str = ""
    dated: bool = False
    of_row: bool = False


class ZoneOf(StrEnum):
    """Whose clocks an event goes by; the workspace's where the one meant has no zone."""

    WORKSPACE = "workspace"
    CONTACT = "contact"
    ACCOUNT = "account"
    OWNER = "owner"


class Rhythm(StrEnum):
    """How the offsets are read: each once after, each once before, or one period again and again."""

    AFTER = "after"
    BEFORE = "before"
    EVERY = "every"


class TimedSource(StrEnum):
    """Where the consultant wrote it: under `timed`, as a stage's `sla`, or as `after:` of a transition."""

    TIMED = "timed"
    SLA = "sla"
    TRANSITION = "transition"


@frozen
class OnMissed:
    """What to do with an occurrence that came due while the engine was down.

    `limit` None: run it however late; otherwise skip it when later than this; a limit of 0 minutes always skips.
    """

    limit: Duration | None = None


@frozen
class TimedEvent:
    """One timed event of a funnel's variant.

    `offsets`: for AFTER and BEFORE one occurrence each; for EVERY exactly one, the period. `at`: minutes since local
    midnight; `window`: the hours into which a firing is moved; both by the clocks of `zone`. `each`: the collection of
    the deal of whose rows each has occurrences of its own. `keep`: they outlive the visit. `backfill`: what a release
    would find due already fires. `transition` names the transition to try (source TRANSITION), else `actions` are done.
    `at_most` limits the firings within a visit.
    """

    name: str
    stages: frozenset[str]
    source: TimedSource
    anchor: Anchor
    rhythm: Rhythm
    offsets: tuple[Duration, ...]
    at: int | None = None
    zone: ZoneOf = ZoneOf.WORKSPACE
    window: DailyWindow | None = None
    each: str | None = None
    keep: bool = False
    backfill: bool = False
    when: Expression | None = None
    until: Expression | None = None
    at_most: int | None = None
    on_missed: OnMissed = OnMissed()
    actions: tuple[Action, ...] = ()
    transition: str | None = None
