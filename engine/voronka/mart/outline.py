"""The dimensions that come of the workspace itself: days, users, releases, stages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from voronka.calendars import date_of, day_start
from voronka.definition.workspace import Workspace
from voronka.mart.paths import Paths
from voronka.storage.tables import deals, releases, users

__all__ = ["days", "first_day", "known_releases", "last_day", "people", "stages"]

Row = tuple[Any, ...]

_AHEAD = 3
"""Years of which the days are told beyond the present one: for what is due and what is forecast."""


def first_day(connection: Connection, workspace: Workspace, now: int) -> date:
    """Return the first day of the year in which the earliest deal was made."""
    earliest = connection.execute(select(func.min(deals.c.created_at))).scalar_one()
    return date_of(min(now, now if earliest is None else earliest), workspace.timezone).replace(month=1, day=1)


def last_day(workspace: Workspace, now: int) -> date:
    """Return the last day that is told of."""
    return date(min(date_of(now, workspace.timezone).year + _AHEAD, 9998), 12, 31)


def days(workspace: Workspace, first: date, last: date) -> Iterator[Row]:
    """Yield the rows of `dim_day`."""
    zone, calendar = workspace.timezone, workspace.calendar
    day, starts = first, day_start(first, zone)
    while day <= last:
        following = day + timedelta(days=1)
        ends = day_start(following, zone)
        yield (
            starts,
            ends,
            day.isoformat(),
            (day - timedelta(days=day.weekday())).isoformat(),
            day.replace(day=1).isoformat(),
            date(day.year, day.month - (day.month - 1) % 3, 1).isoformat(),
            date(day.year, 1, 1).isoformat(),
            calendar.is_working(day),
        )
        day, starts = following, ends


def people(connection: Connection, workspace: Workspace) -> Iterator[Row]:
    """Yield the rows of `dim_user`: the declared ones, and those whom only a foreign file names."""
    for user in workspace.people.values():
        label = user.label.render(workspace.locale)
        zone = user.zone or workspace.timezone
        yield (user.name, label, user.role, user.team, user.reports_to, user.deputy, zone, True)
    for name, label in connection.execute(select(users.c.name, users.c.label).order_by(users.c.name)):
        if name not in workspace.people:
            yield (name, label, None, None, None, None, workspace.timezone, False)


def known_releases(connection: Connection) -> Iterator[Row]:
    """Yield the rows of `dim_release`."""
    for release, stored_at in connection.execute(select(releases.c.release, releases.c.stored_at)):
        yield (stored_at, release)


def stages(workspace: Workspace) -> Iterator[Row]:
    """Yield the rows of `dim_stage`."""
    return Paths(workspace).rows(workspace)
