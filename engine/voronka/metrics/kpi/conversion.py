"""Conversions: of those that began, the share that came to the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all

from voronka.definition.kpis import Version
from voronka.definition.kpis.methods import Basis, Conversion
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.grouping import period_of
from voronka.metrics.kpi.marks import Journeys, grouped
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL
from voronka.sql.element import Sql

__all__ = ["conversion_deals", "conversion_select", "conversion_words"]

_ONE = Sql(BIGINT, "1")
_NONE = Sql(BIGINT, "0")


def conversion_select(
    data: Data, request: Request, version: Version, method: Conversion, spans: Sequence[Period]
) -> Select[Any]:
    """Return keys, place, part, whole and n: of a cohort those old enough to be judged; the others lack no data."""
    journeys = Journeys(data, request, version, method.entity)
    starts = journeys.starts(method.start)
    ends = journeys.reached(starts, method.end, "ends")
    keys = [starts.c[f"by{n}"] for n in range(len(request.by))]
    source = starts.outerjoin(ends, ends.c.entity == starts.c.entity)
    converted: ColumnElement[bool] = Sql(BOOL, "({0} IS NOT NULL)", ends.c.at)
    if method.within is not None:
        in_time = journeys.later(starts.c.at, method.within, spans)
        converted = Sql(BOOL, "coalesce({0} <= {1}, FALSE)", ends.c.at, in_time)
    began, inside = period_of(starts.c.at, spans)
    if method.basis is Basis.EVENT:
        ended, ending = period_of(ends.c.at, spans)
        start = select(*keys, began.label("place"), _ONE.label("began"), _NONE.label("done")).select_from(starts)
        done = select(*keys, ended.label("place"), _NONE.label("began"), _ONE.label("done")).select_from(source)
        both = union_all(start.where(*inside), done.where(converted, *ending)).subquery("both")
        told = [both.c[f"by{n}"] for n in range(len(request.by))]
        whole = Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", both.c.began)
        part = Sql(BIGINT, "CAST(sum({0}) AS BIGINT)", both.c.done)
        query = select(*told, both.c.place, part.label("part"), whole.label("whole"), whole.label("n"))
        return grouped(query, len(told) + 1)
    mature = _mature(journeys, starts.c.at, method, request.now, spans)
    whole = Sql(BIGINT, "count(*) FILTER (WHERE {0})", mature)
    part = Sql(BIGINT, "count(*) FILTER (WHERE {0} AND {1})", mature, converted)
    heads = (part.label("part"), whole.label("whole"), whole.label("n"))
    query = select(*keys, began.label("place"), *heads).select_from(source).where(*inside)
    return grouped(query, len(keys) + 1)


def conversion_deals(data: Data, request: Request, version: Version, method: Conversion, span: Period) -> Select[Any]:
    """Return ``deal`` and keys of those who began in a period and are judged: of an account its first deal."""
    journeys = Journeys(data, request, version, method.entity)
    starts = journeys.starts(method.start)
    _, inside = period_of(starts.c.at, [span])
    if method.basis is Basis.COHORT:
        inside.append(_mature(journeys, starts.c.at, method, request.now, [span]))
    return select(starts.c.deal, *(starts.c[f"by{n}"] for n in range(len(request.by)))).where(*inside)


def _mature(
    journeys: Journeys, began: ColumnElement[Any], method: Conversion, now: int, spans: Sequence[Period]
) -> ColumnElement[bool]:
    """Return whether what began then, within `spans`, is old enough to be judged."""
    age = method.maturity or method.within
    if age is None:
        return Sql(BOOL, "(TRUE)")
    return Sql(BOOL, f"({{0}} <= {now})", journeys.later(began, age, spans))


def conversion_words(method: Conversion) -> tuple[Sentence, ...]:
    """Return what is to be told beside the number."""
    if method.basis is Basis.EVENT:
        return (Text("Basis: event. Those completed in the period, divided by those begun in it."),)
    basis = Text("Basis: cohort. Of those begun in the period, those completed by now.")
    if method.within is not None:
        basis = Text(
            "Basis: cohort. Of those begun in the period, those completed within {within}.",
            within=method.within.sentence(),
        )
    age = method.maturity or method.within
    if age is None:
        return (basis, Text("Those still under way count as not completed."))
    return (basis, Text("Those begun less than {age} ago are not judged yet.", age=age.sentence()))
