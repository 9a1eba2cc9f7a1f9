"""The deals behind a number: those on which it rests, by the select of the number itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.types import BigInteger, Boolean

from voronka.definition.fields import Subject
from voronka.definition.kpis import Counted, Kpi, Version
from voronka.definition.kpis.methods import (
    Bottleneck,
    Conversion,
    Cumulative,
    Forecast,
    FunnelSteps,
    Hygiene,
    Measure,
    PerSuccess,
    Ratio,
    Stock,
    Survival,
    TimeInStage,
)
from voronka.definition.kpis.relations import used_by
from voronka.errors import UsageFault
from voronka.expressions import Value, suggest
from voronka.messages import Text
from voronka.metrics.kpi.bottleneck import bottleneck_deals
from voronka.metrics.kpi.computing import check_names, looked_at, reaching
from voronka.metrics.kpi.conversion import conversion_deals
from voronka.metrics.kpi.counting import counted_deals, stock_deals
from voronka.metrics.kpi.dwell import dwell_deals, open_stages
from voronka.metrics.kpi.foresight import foreseen_deals
from voronka.metrics.kpi.hygiene import hygiene_deals
from voronka.metrics.kpi.periods import Period, periods
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.kpi.steps import funnel_deals
from voronka.metrics.kpi.successes import per_success_deals
from voronka.metrics.kpi.survival import called, survival_deals
from voronka.sql.backend import BIGINT, BOOL, TEXT
from voronka.sql.element import Sql

__all__ = ["drill"]

_NAMED = 20
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def drill(
    data: Data, kpi: Kpi, request: Request, keys: Mapping[str, Value | None], first: date | None, limit: int
) -> tuple[int, ...]:
    """Return the numbers of the deals on which a number rests, the newest first, at most `limit`.

    Of a quotient they are those of its divisor, of a conversion those who began, of a bottleneck all that stood in a
    stage. `keys`: by name, those of the row, as text or as they are; `first`: the first day of its period, None: all
    that is asked for. Raises `UsageFault` for keys and periods that the KPI has not, and for one without deals.
    """
    grain = None if first is None else request.grain
    spans = periods(request.start, request.end, grain, data.workspace.timezone)
    span = next((each for each in spans if first is None or each.first == first), None)
    if span is None:
        raise UsageFault(
            Text("No period that is asked for begins on {day}.", day=str(first)),
            Text("Give the first day of a period of the KPI, and the grain by which it is told."),
        )
    version = kpi.in_force(span.first)
    own = _own_names(data, version)
    check_names(kpi, keys, (*kpi.by, *own))
    for name, known in own.items():
        if name in keys and keys[name] not in known:
            raise _no_value(name, keys[name], known)
    if isinstance(version.method, Hygiene) and span is not spans[looked_at(spans, request.now)]:
        return ()
    if isinstance(version.method, Forecast) and span.end <= request.now:
        return ()
    by = tuple(name for name in keys if name not in own)
    found = _behind(data, kpi, version, replace(request, by=by), span, keys).subquery("behind")
    same = [_equal(data, name, found.c[f"by{n}"], keys[name]) for n, name in enumerate(by)]
    if "stage" in found.c and "stage" in keys:
        same.append(_equal(data, "stage", found.c.stage, keys["stage"]))
    query = select(found.c.deal).where(*same).distinct().order_by(found.c.deal.desc()).limit(limit)
    numbers = tuple(data.connection.execute(query).scalars())
    if not numbers:
        _check_known(data, {name: keys[name] for name in by})
    return numbers


def _check_known(data: Data, keys: Mapping[str, Value | None]) -> None:
    """Raise `UsageFault` for a person, a team or an option that there is not: there are no deals of it for that."""
    workspace, users = data.workspace, data.schema.tables["dim_user"]
    declared = workspace.fields.get(Subject.DEALS, {})
    for name, value in keys.items():
        last = name.rpartition(".")[2]
        known: Sequence[str] = ()
        if last in ("owner", "user", "assignee"):
            known = data.connection.execute(select(users.c.user).order_by(users.c.user)).scalars().all()
        elif last in ("team", "role", "funnel"):
            known = tuple({"team": workspace.teams, "role": workspace.roles, "funnel": workspace.funnels}[last])
        elif name in declared:
            known = tuple(declared[name].options)
        if known and value is not None and str(value) not in known:
            raise _no_value(name, value, known)


def _own_names(data: Data, version: Version) -> Mapping[str, Sequence[str]]:
    """Return the names by which a way of computing tells its numbers of itself, with their values."""
    match version.method:
        case FunnelSteps(steps=steps):
            return {"stage": steps}
        case TimeInStage(funnel=funnel, stages=stages, stats=stats):
            return {"stage": stages or open_stages(data.workspace.funnels[funnel]), "stat": stats}
        case Bottleneck(funnel=funnel):
            return {"stage": open_stages(data.workspace.funnels[funnel])}
        case Survival(event=event, competing=competing, at=at):
            return {"cause": [called(mark) for mark in (event, *competing)], "at": [str(time) for time in at]}
        case Hygiene(fields=fields):
            return {"field": fields}
    return {}


def _behind(  # noqa: C901 - one line for each way of computing
    data: Data, kpi: Kpi, version: Version, request: Request, span: Period, keys: Mapping[str, Value | None]
) -> Select[Any]:
    """Return ``deal``, the keys of the request as ``by0`` and so on, and where stays are looked at their ``stage``."""
    if kpi.of in (Counted.ACCOUNTS, Counted.CONTACTS):
        raise UsageFault(
            Text("{kpi} counts {counted}: no deals are behind it.", kpi=kpi.name, counted=kpi.of.value),
            Text("Ask for its numbers, or for the deals behind a KPI that counts deals."),
        )
    match version.method:
        case Measure() | Ratio() as method:
            return counted_deals(data, request, kpi.of, version, method, span)
        case Stock() as method:
            return stock_deals(data, request, version, method, span)
        case Cumulative(kpi=name) as method:
            base = data.workspace.kpis[name]
            return _behind(data, base, base.in_force(span.first), request, reaching(data, method, span), keys)
        case PerSuccess() as method:
            return per_success_deals(data, request, version, method, span)
        case Conversion() as method:
            return conversion_deals(data, request, version, method, span)
        case Survival() as method:
            return survival_deals(data, request, version, method, span)
        case FunnelSteps() as method:
            stage = keys.get("stage")
            return funnel_deals(data, request, version, method, span, None if stage is None else str(stage))
        case TimeInStage() as method:
            return dwell_deals(data, request, version, method, span)
        case Bottleneck() as method:
            return bottleneck_deals(data, request, version, method, span)
        case Hygiene() as method:
            field = keys.get("field")
            return hygiene_deals(data, request, version, method, None if field is None else str(field))
        case Forecast() as method:
            return foreseen_deals(data, request, method)
    raise UsageFault(
        Text("{kpi} is computed from other KPIs: {names}.", kpi=kpi.name, names=", ".join(used_by(version.method))),
        Text("Ask for the deals behind one of them."),
    )


def _equal(data: Data, name: str, column: ColumnElement[Any], value: Value | None) -> ColumnElement[bool]:
    if value is None:
        return Sql(BOOL, "({0} IS NULL)", column)
    if isinstance(column.type, Boolean):
        flag = _FLAGS.get(str(value).casefold())
        if flag is None:
            raise _no_value(name, value, ("true", "false"))
        return Sql(BOOL, f"({{0}} IS {'TRUE' if flag else 'FALSE'})", column)
    if isinstance(column.type, BigInteger):
        number = str(value)
        if not (number.removeprefix("-").isdecimal() and number.isascii() and len(number) < 19):
            raise _no_value(name, value, ("1", "2", "3"))
        return Sql(BOOL, "({0} = {1})", column, data.backend.parameter(int(number), BIGINT))
    return Sql(BOOL, "({0} = {1})", column, data.backend.parameter(str(value), TEXT))


def _no_value(name: str, value: Value | None, known: Sequence[str]) -> UsageFault:
    return UsageFault(
        Text("{name} has no value {value}.", name=name, value=str(value)),
        Text("Did you mean {meant}?", meant=meant)
        if (meant := suggest(str(value), known))
        else Text("Give one such as: {names}.", names=", ".join(known[:_NAMED])),
    )
