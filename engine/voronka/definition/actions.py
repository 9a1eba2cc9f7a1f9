"""What a stage, a transition or a timed event does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from voronka.calendars import Duration
from voronka.expressions import Expression, Value
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = [
    "Action",
    "Argument",
    "AssignAction",
    "Assigned",
    "CancelAction",
    "Distribution",
    "LogAction",
    "MoveAction",
    "NotifyAction",
    "OpenDealAction",
    "PersonalValue",
    "PluginAction",
    "SendAction",
    "SetAction",
    "TaskAction",
]

Assigned = Expression | Value | None


@frozen
class PersonalValue:
    """The value of a personal field, by its name (``contact.phone``): no decision sees it, only whom it is given to."""

    name: str


Argument = Expression | PersonalValue | Value | tuple["Argument", ...] | Mapping[str, "Argument"] | None
"""What an action of a plugin is given: a constant, or what is worked out when the action is decided on."""


@frozen
class SetAction:
    """Set fields of the deal; a name such as ``contact.status`` queues a command on that record."""

    values: Mapping[str, Assigned]


@frozen
class TaskAction:
    """Open a task. `due`: a duration from now, or ``"today"`` (the date), or None.

    `assignee`: a user, a role, ``owner`` or ``owner.reports_to``.
    """

    title: Label
    due: Duration | str | None = None
    assignee: str = "owner"


@frozen
class SendAction:
    """Send a rendered template over a channel. `to`: contact, owner, owner.reports_to, a user or a role."""

    channel: str
    to: str
    template: str


@frozen
class NotifyAction:
    """Tell somebody on our side, over the workspace's `notice` channel."""

    to: str
    template: str


@frozen
class MoveAction:
    """Move the deal to a stage, through every gate on the way."""

    to: str
    set: Mapping[str, Assigned]


@frozen
class OpenDealAction:
    """Open a child deal in another funnel. `copy` names what goes over as it is; `set` is judged on the parent.

    `funnel`: empty where the routing is to choose it. `each`: a segment of accounts or contacts, for each of whose
    members a deal is opened that has none of this parent in the funnel; empty: one deal. `follow`: what of `copy` the
    child goes on taking over whenever it changes.
    """

    funnel: str
    copy: tuple[str, ...]
    set: Mapping[str, Assigned]
    each: str = ""
    follow: tuple[str, ...] = ()


@frozen
class LogAction:
    """Write a row into the ledger of interactions (kind, channel, direction, reason, outcome)."""

    values: Mapping[str, Assigned]


@frozen
class CancelAction:
    """Cancel the waiting occurrences of a timed event of this deal."""

    event: str


class Distribution(StrEnum):
    """By what one of a group is chosen."""

    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"
    SKILL = "skill"
    TERRITORY = "territory"


@frozen
class AssignAction:
    """Give the deal to one of a group. `pool` names the group, whose turns are counted together (``team:b2b``).

    `users`: its members, in their order. `field`: whose value the chosen one must be skilled in or responsible for.
    """

    pool: str
    users: tuple[str, ...]
    by: Distribution = Distribution.ROUND_ROBIN
    field: str = ""


@frozen
class PluginAction:
    """Do something in the world outside, by the plugin that declares `name`. `arguments`: by the action's schema.

    `destination`: where it goes, if its arguments say so. `label`: what the plugin calls the action.
    """

    name: str
    arguments: Mapping[str, Argument]
    destination: str = ""
    label: Label | None = field(default=None, compare=False)


Action = (
    SetAction
    | TaskAction
    | SendAction
    | NotifyAction
    | MoveAction
    | OpenDealAction
    | LogAction
    | CancelAction
    | AssignAction
    | PluginAction
)
