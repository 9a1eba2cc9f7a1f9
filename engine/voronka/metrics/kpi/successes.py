"""Activity for each won deal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, null, select, union_all

from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import PerSuccess, SuccessOn
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.grouping import Rows, period_of
from voronka.metrics.kpi.marks import grouped
from voronka.metrics.kpi.measures import measured
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, TEXT
from voronka.sql.element import Sql

__all__ = ["per_success_deals", "per_success_select", "per_success_words"]


def per_success_select(
    data: Data, request: Request, version: Version, method: PerSuccess, spans: Sequence[Period]
) -> Select[Any]:
    """Return keys, place, part (the activity), whole and n (won deals): of deals that closed in the period."""
    deals = data.schema.tables["dim_deal"]
    acts = Rows(data, request, Counted.INTERACTIONS)
    counted, place, which, won = _closed(data, request, version, method, spans)
    told = measured(method.activity.node, Counted.INTERACTIONS.value, acts.compiler, "a")
    keys = [f"by{n}" for n in range(len(request.by))]
    mine = [won] if method.on is SuccessOn.WON else []
    activity = grouped(
        select(*counted.by(), place.label("place"), *(column.label(name) for name, column in told.aggregates.items()))
        .select_from(acts.source)
        .where(*which, *mine),
        len(keys) + 1,
    ).subquery("activity")
    value = told.value(acts.compiler, lambda name: activity.c[name])
    wins = grouped(
        select(*counted.by(), place.label("place"), Sql(BIGINT, "count(*)").label("wins"))
        .select_from(deals)
        .where(*which, won),
        len(keys) + 1,
    ).subquery("wins")
    both = union_all(
        select(*(activity.c[key] for key in (*keys, "place")), value.label("part"), null().label("whole")),
        select(*(wins.c[key] for key in (*keys, "place")), null().label("part"), wins.c.wins.label("whole")),
    ).subquery("both")
    part, whole = Sql(value.type, "max({0})", both.c.part), Sql(BIGINT, "max({0})", both.c.whole)
    heads = (part.label("part"), whole.label("whole"), whole.label("n"))
    return grouped(select(*(both.c[key] for key in (*keys, "place")), *heads), len(keys) + 1)


def per_success_deals(data: Data, request: Request, version: Version, method: PerSuccess, span: Period) -> Select[Any]:
    """Return ``deal`` and keys of the deals that were won in a period, by which the activity is divided."""
    counted, _, which, won = _closed(data, request, version, method, [span])
    deal = data.schema.tables["dim_deal"].c.deal
    return select(deal.label("deal"), *counted.by()).select_from(counted.source).where(*which, won)


def _closed(
    data: Data, request: Request, version: Version, method: PerSuccess, spans: Sequence[Period]
) -> tuple[Rows, ColumnElement[Any], list[ColumnElement[bool]], ColumnElement[bool]]:
    """Return the rows of deals, the place of the period in which each closed, which count, and which were won."""
    deals, rows = data.schema.tables["dim_deal"], Rows(data, request, Counted.DEALS)
    place, inside = period_of(deals.c.closed_at if version.time is None else rows.name(version.time), spans)
    which = [*inside, Sql(BOOL, "({0} IS NOT NULL)", deals.c.outcome), *rows.conditions(version.where)]
    if method.funnel is not None:
        which.append(Sql(BOOL, "({0} = {1})", deals.c.funnel, data.backend.parameter(method.funnel, TEXT)))
    return rows, place, which, Sql(BOOL, "({0} = 'won')", deals.c.outcome)


def per_success_words(method: PerSuccess) -> tuple[Sentence, ...]:
    """Return what is to be told beside the number."""
    if method.on is SuccessOn.WON:
        return (Text("Activity on the won deals alone, for each of them; that on lost ones is left out."),)
    return (Text("Activity on all deals that closed, for each won one."),)
