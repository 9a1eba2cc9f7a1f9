"""Users, the roles they hold, the teams they are in, and when they are absent."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from voronka.frozen import frozen
from voronka.messages import Label

__all__ = [
    "ENGINE_ACTORS",
    "LOCAL_ACTOR",
    "OUTBOX_ACTOR",
    "OWNER",
    "QUEUE_ACTOR",
    "RELEASE_ACTOR",
    "SCENARIO_ACTOR",
    "Absence",
    "Absences",
    "Reach",
    "Role",
    "Team",
    "User",
    "called_so",
    "folded",
]

OWNER = "owner"
"""Among roles in `visible_to` and `set_by`: whoever owns the record."""
LOCAL_ACTOR = "local"
"""Who acts when nobody says who: the operator at this machine, with all rights and without a role."""
OUTBOX_ACTOR, QUEUE_ACTOR, RELEASE_ACTOR, SCENARIO_ACTOR = "outbox", "queue", "release", "scenario"
"""Who acts where the engine itself does: the dispatch of messages, the queue of commands, a configuration that comes
into force, and what a scenario begins with."""
ENGINE_ACTORS = frozenset({LOCAL_ACTOR, OUTBOX_ACTOR, QUEUE_ACTOR, RELEASE_ACTOR, SCENARIO_ACTOR})
"""Names that no user may have: their rights would be the engine's, and the engine's theirs."""


class Reach(StrEnum):
    """Whose records a right is about: nobody's, one's own, those of one's team, all."""

    NONE = "none"
    OWN = "own"
    TEAM = "team"
    ALL = "all"

    @property
    def width(self) -> int:
        """Return how far it reaches, for comparison."""
        return list(Reach).index(self)


@frozen
class Role:
    """A role, as `by`, `override` and `owner` of a funnel name it.

    `sees` and `changes`: whose records its holders may see and change.
    """

    name: str
    label: Label
    sees: Reach = Reach.ALL
    changes: Reach = Reach.ALL


@frozen
class Team:
    """A team. `lead`: the user who sees its records as their own team's."""

    name: str
    label: Label
    lead: str | None = None


class Absence(NamedTuple):
    """Days on which somebody is away, both included: ISO dates of the workspace's zone. `end` None: not known yet."""

    start: str
    end: str | None = None

    def covers(self, day: str) -> bool:
        """Tell whether a day (ISO) is one of them."""
        return self.start <= day and (self.end is None or day <= self.end)


Absences = Mapping[str, tuple[Absence, ...]]
"""Absences told of by command, by user; those of the configuration stand with the users themselves."""


@frozen
class User:
    """Somebody on our side. `reports_to` and `deputy` are user names. `addresses`: where channels reach them, by kind
    (``email``). `skills` and `territories`: by which deals are assigned. `zone`: an IANA time zone, None: the
    workspace's."""

    name: str
    label: Label
    role: str
    team: str | None = None
    reports_to: str | None = None
    deputy: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[Absence, ...] = ()
    skills: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    zone: str | None = None


def called_so(people: Iterable[User], name: str) -> tuple[str, ...]:
    """Return the ids of the users whom people see under `name` in any language, whatever the case of letters."""
    wanted = folded(name)
    return tuple(each.name for each in people if wanted in map(folded, each.label.texts.values()))


def folded(text: str) -> str:
    """Return a text so that two are the same which differ in the case of letters or in white space alone."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
