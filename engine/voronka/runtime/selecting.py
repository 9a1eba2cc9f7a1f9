"""What a condition needs for the database to find the deals of which it is true."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.people import Absences, User
from voronka.definition.workspace import Workspace
from voronka.expressions import Env, Expression
from voronka.process.environment import user_value
from voronka.storage import Selection

__all__ = ["selection_of"]


def selection_of(
    where: Expression,
    workspace: Workspace,
    now: int,
    *,
    users: Mapping[str, User],
    absences: Absences,
    acted: str | None = None,
) -> Selection:
    """Return the deals for which `where` is true at the moment `now`, and those on which the rule `acted` has acted.

    `users`: those known from imports only; `absences`: those told by command.
    """
    owners = {
        name: {
            user: user_value(known, user, name.partition(".")[2], workspace, absences, now)
            for user, known in {**users, **workspace.people}.items()
        }
        for name in where.reads.names
        if name.startswith("owner.")
    }
    env = Env(values={}, now=now, zone=workspace.timezone, calendar=workspace.calendar)
    return Selection(where=where, env=env, acted=acted, owners=owners)
