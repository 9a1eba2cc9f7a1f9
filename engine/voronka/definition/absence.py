"""Who is absent at a moment, and who stands in for them."""

from __future__ import annotations

from voronka.calendars import date_of
from voronka.definition.people import Absences
from voronka.definition.workspace import Workspace

__all__ = ["FOREVER", "absent", "gone", "stand_in", "stood_in_for"]

FOREVER = "9999-12-31"
"""The last day of the absence of somebody who has left; one whose end is only not known yet ends with None."""


def absent(workspace: Workspace, absences: Absences, user: str, now: int) -> bool:
    """Tell whether a user is absent on the day of `now` (UTC microseconds); somebody who is not declared never is."""
    declared = workspace.people.get(user)
    spans = (*(declared.absent if declared else ()), *absences.get(user, ()))
    if not spans:
        return False
    day = date_of(now, workspace.timezone).isoformat()
    return any(span.covers(day) for span in spans)


def gone(workspace: Workspace, absences: Absences, user: str, now: int) -> bool:
    """Tell whether a user has left by the day of `now`, or is not declared (any more): nothing new is for them."""
    if user not in workspace.people:
        return True
    spans = absences.get(user)
    if not spans:
        return False
    day = date_of(now, workspace.timezone).isoformat()
    return any(span.end == FOREVER and span.covers(day) for span in spans)


def stand_in(workspace: Workspace, absences: Absences, user: str, now: int) -> str | None:
    """Return who acts for `user` at the moment `now`: the user, else the first present one along the deputies.

    None if that leads to nobody: an absent user without a deputy, or deputies who are all absent.
    """
    met: set[str] = set()
    acting: str | None = user
    while acting is not None and acting not in met:
        if not absent(workspace, absences, acting, now):
            return acting
        met.add(acting)
        declared = workspace.people.get(acting)
        acting = None if declared is None else declared.deputy
    return None


def stood_in_for(workspace: Workspace, absences: Absences, user: str, now: int) -> tuple[str, ...]:
    """Return the absent users for whom `user` acts at the moment `now`, in the order of their declaration."""
    away = [name for name in workspace.people if name != user and absent(workspace, absences, name, now)]
    return tuple(name for name in away if stand_in(workspace, absences, name, now) == user)
