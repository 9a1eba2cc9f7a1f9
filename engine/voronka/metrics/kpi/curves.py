"""Kaplan–Meier curves and Aalen–Johansen incidences of many groups at once, in SQL.

Lengths are whole minutes, so that a million stays make a few thousand steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, func, select

from voronka.calendars import MINUTE, Duration, Unit
from voronka.metrics.kpi.marks import grouped
from voronka.sql.backend import BIGINT, DOUBLE, Backend
from voronka.sql.element import Sql

__all__ = ["MINUTES_A_DAY", "curve", "mean", "minutes", "minutes_of", "quantile"]

MINUTES_A_DAY = 1440
_MINUTES = {
    Unit.MINUTES: 1,
    Unit.HOURS: 60,
    Unit.DAYS: MINUTES_A_DAY,
    Unit.WEEKS: 7 * MINUTES_A_DAY,
    Unit.MONTHS: 43_830,  # a twelfth of 365.25 days
}


def minutes_of(length: Duration) -> int:
    """Return how long a duration is on a curve whose days have 1440 minutes; a month is a twelfth of a year. `KeyError`
    for working time."""
    return length.count * _MINUTES[length.unit]


def minutes(backend: Backend, start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the whole minutes between two moments, none if they lie the other way round."""
    return backend.divided(Sql(BIGINT, "greatest({1} - {0}, 0)", start, end), MINUTE)


def curve(lives: FromClause, keys: Sequence[str], causes: Sequence[str] = ("ended",)) -> Subquery:
    """Return the steps of the curve of each group of `lives`.

    `lives` has the keys, ``length``, and for each cause a column of 1 and 0; where all are 0 the end is censored. Steps
    have the keys, ``length``, ``lives`` (that long), the causes as counts, ``at_risk``, ``previous`` length, and the
    shares that last ``before`` and after (``share``) the step.
    """
    columns = [lives.c[key] for key in keys]
    counts = [Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", lives.c[cause]).label(cause) for cause in causes]
    steps = grouped(select(*columns, lives.c.length, func.count().label("lives"), *counts), len(keys) + 1).subquery()
    group = [steps.c[key] for key in keys]
    at_risk = func.sum(steps.c.lives).over(partition_by=group, order_by=steps.c.length.desc(), rows=(None, 0))
    risky = select(*steps.c, Sql(DOUBLE, "CAST({0} AS DOUBLE PRECISION)", at_risk).label("at_risk")).subquery()
    group = [risky.c[key] for key in keys]
    places = " + ".join(f"{{{n}}}" for n in range(1, len(causes) + 1))
    ends = [risky.c[cause] for cause in causes]
    # Of a step at which all end nothing is left: a logarithm so small that what comes after it is 0.
    logarithm = f"(CASE WHEN {places} >= {{0}} THEN -1e4 ELSE ln(1 - ({places}) / {{0}}) END)"
    left = Sql(DOUBLE, logarithm, risky.c.at_risk, *ends)
    before = func.sum(left).over(partition_by=group, order_by=risky.c.length, rows=(None, -1))
    previous = func.lag(risky.c.length).over(partition_by=group, order_by=risky.c.length)
    told = select(
        *risky.c,
        Sql(DOUBLE, "exp(coalesce({0}, 0))", before).label("before"),
        Sql(BIGINT, "coalesce({0}, 0)", previous).label("previous"),
    ).subquery()
    ends = [told.c[cause] for cause in causes]
    after = f"({{0}} * (1 - ({places}) / {{{len(causes) + 1}}}))"
    share = Sql(DOUBLE, after, told.c.before, *ends, told.c.at_risk)
    return select(*told.c, share.label("share")).subquery("curve")


def quantile(steps: FromClause, share: float) -> ColumnElement[Any]:
    """Return the aggregate that gives the first length by which `share` has ended; NULL where it never has."""
    return Sql(BIGINT, f"min({{0}}) FILTER (WHERE {{1}} <= {1 - share + 1e-9!r})", steps.c.length, steps.c.share)


def mean(steps: FromClause, reach: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
    """Return the aggregate that gives the mean length up to the longest that was seen: the area below the curve.

    `reach`: no further than that, in minutes.
    """
    until = "{1}" if reach is None else "greatest(least({1}, {3}), {2})"
    parts = (steps.c.before, steps.c.length, steps.c.previous, *(() if reach is None else (reach,)))
    return Sql(DOUBLE, f"sum({{0}} * ({until} - {{2}}))", *parts)
