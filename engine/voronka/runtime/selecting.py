"""What a condition needs for the database to find the deals of which it is true."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.fields import Subject
from voronka.definition.people import Absences, User
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression
from voronka.process.environment import user_value
from voronka.process.state import StreamKind
from voronka.storage import DealFilter, OwnerValues, Selection

__all__ = ["kind_of", "owner_values", "selection_of"]

_KINDS = {Subject.DEALS: StreamKind.DEAL, Subject.ACCOUNTS: StreamKind.ACCOUNT, Subject.CONTACTS: StreamKind.CONTACT}


def kind_of(subject: Subject) -> StreamKind:
    """Return whose histories the records of a subject have."""
    return _KINDS[subject]


def selection_of(where: Expression, workspace: Workspace, which: DealFilter, acted: str | None = None) -> Selection:
    """Return those of the deals of `which` for which `where` is true, and those on which the rule `acted` has acted."""
    return Selection(which=which, where=where, zone=workspace.timezone, calendar=workspace.calendar, acted=acted)


def owner_values(
    where: Expression, workspace: Workspace, now: int, *, users: Mapping[str, User], absences: Absences
) -> OwnerValues:
    """Return what a condition reads of the users who own records at the moment `now`.

    `users`: those known from imports only; `absences`: those told by command.
    """
    names = [name for name in where.reads.names if name.startswith("owner.")]
    people = {**users, **workspace.people} if names else {}
    return {
        name: {
            user: user_value(known, user, name.partition(".")[2], workspace, absences, now)
            for user, known in people.items()
        }
        for name in names
    }
