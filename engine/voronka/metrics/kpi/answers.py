"""KPIs as plain JSON: the questions ``kpi`` and ``kpi.drill``, answered over a mart as fresh as the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from voronka.calendars import date_of
from voronka.definition.kpis import Grain, Kpi
from voronka.definition.kpis.methods import Forecast
from voronka.errors import UsageFault
from voronka.expressions import one_of
from voronka.mart.marts import Marts
from voronka.messages import Text
from voronka.metrics.kpi.computing import check_names, compute
from voronka.metrics.kpi.drill import drill
from voronka.metrics.kpi.headings import heading
from voronka.metrics.kpi.periods import first_day, next_day
from voronka.metrics.kpi.request import Data, Freshness, KpiResult, KpiRow, Request
from voronka.metrics.kpi.rights import check_shown
from voronka.metrics.parameters import day_of
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_drill", "answer_kpi", "asked_for", "named_kpi", "opened", "to_json"]

_BACK = {Grain.DAY: 13, Grain.WEEK: 12, Grain.MONTH: 11, Grain.QUARTER: 3, Grain.YEAR: 2}
_MOST = 1_000


def answer_kpi(asked: Asked, marts: Marts) -> Json:
    """Answer with a KPI's numbers: parameters kpi, from, to, grain (or ``all``) and by (names with commas)."""
    kpi = named_kpi(asked)
    request = asked_for(asked, kpi)
    with opened(marts, asked) as data:
        return to_json(asked, kpi, request, compute(data, kpi, request))


def answer_drill(asked: Asked, marts: Marts) -> Json:
    """Answer with the deals behind a number: parameters as of ``kpi``, keys (by name, those of the row: of the names in
    ``by``, and of what the answer is told by of itself, as the stage), period (its first day) and limit.
    """
    kpi = named_kpi(asked)
    request = asked_for(asked, kpi)
    keys = asked.params.get("keys") or {}
    if not isinstance(keys, Mapping):
        raise _unreadable("keys")
    check_names(kpi, request.by, kpi.by)
    with opened(marts, asked) as data:
        found = drill(data, kpi, request, keys, day_of(asked, "period"), asked.limit())
    return {"kpi": kpi.name, "deals": list(found)}


@contextmanager
def opened(marts: Marts, asked: Asked) -> Iterator[Data]:
    """Give the mart with all that is committed, for the definition in force."""
    mart = marts.fresh(asked.workspace)
    fresh = Freshness(refreshed_at=mart.state.refreshed_at, release=mart.state.release)
    with mart.connect() as connection:
        yield Data(
            workspace=asked.workspace,
            schema=mart.schema,
            backend=mart.backend,
            connection=connection,
            freshness=fresh,
        )


def named_kpi(asked: Asked) -> Kpi:
    """Return the KPI that a question names. Raises `UsageFault` for one that there is not, or may not be shown."""
    name, kpis = asked.text("kpi") or "", asked.workspace.kpis
    if name not in kpis:
        raise UsageFault(
            Text("There is no KPI {name}.", name=name),
            one_of(name, kpis) if kpis else Text("Declare KPIs in files of configs/kpis."),
        )
    check_shown(asked, kpis[name])
    return kpis[name]


def asked_for(asked: Asked, kpi: Kpi) -> Request:
    """Return what a question asks of a KPI: by default the present period and as many before it as
    make a year or so, of a forecast those ahead."""
    today = date_of(asked.now, asked.workspace.timezone)
    written = asked.known("grain", ["all", *(grain.value for grain in Grain)]) or kpi.grains[0].value
    grain = None if written == "all" else Grain(written)
    if grain is not None and grain not in kpi.grains:
        raise UsageFault(
            Text("{kpi} is not told by {name}.", kpi=kpi.name, name=written),
            Text("Tell it by one of: {names}.", names=", ".join(each.value for each in kpi.grains)),
        )
    usual = grain or kpi.grains[0]
    method = kpi.current.method
    if isinstance(method, Forecast):
        end = day_of(asked, "to") or next_day(first_day(today, Grain.MONTH), Grain.MONTH, method.months) - timedelta(
            days=1
        )
        start = day_of(asked, "from") or first_day(today, usual)
    else:
        end = day_of(asked, "to") or today
        start = day_of(asked, "from") or next_day(first_day(end, usual), usual, -_BACK[usual])
    if start > end:
        raise UsageFault(
            Text("The period ends before it begins: from {start} to {end}.", start=str(start), end=str(end)),
            Text("Give the earlier day first, or leave one of the two out."),
        )
    days = (end - start).days + 1
    if grain is not None and days // {Grain.DAY: 1, Grain.WEEK: 7}.get(grain, 28) > _MOST:
        raise UsageFault(
            Text("From {start} to {end} there are too many periods.", start=str(start), end=str(end)),
            Text("Ask for fewer days, or for longer periods."),
        )
    by = asked.params.get("by") or ()
    names = tuple(part.strip() for part in by.split(",") if part.strip()) if isinstance(by, str) else tuple(by)
    if not all(isinstance(name, str) for name in names):
        raise _unreadable("by")
    return Request(start=start, end=end, now=asked.now, grain=grain, by=names, owners=asked.owners)


def to_json(asked: Asked, kpi: Kpi, request: Request, result: KpiResult) -> Json:
    """Return a result as JSON; money is in major units, shares are fractions, lengths are in days."""
    return {
        "kpi": kpi.name,
        "label": words(kpi.label),
        "definition": words(kpi.definition),
        "owner": kpi.owner,
        "status": kpi.status.value,
        "unit": kpi.unit,
        "good": kpi.good,
        "currency": asked.workspace.currency.code,
        "from": request.start.isoformat(),
        "to": request.end.isoformat(),
        "grain": request.grain,
        "by": list(request.by),
        "headings": {name: words(heading(asked.workspace, kpi, name)) for name in _columns(request, result)},
        "versions": {day.isoformat(): number for day, number in result.versions.items()},
        "words": [words(each) for each in result.words],
        "coverage": result.coverage,
        "dropped": result.dropped,
        "fresh_at": result.freshness.refreshed_at,
        "release": result.freshness.release,
        "rows": [_row(row) for row in result.rows],
    }


def _columns(request: Request, result: KpiResult) -> Iterator[str]:
    """Yield the names that the answer is told by, and those of what is told beside the value, each once."""
    names = (name for row in result.rows for name in (*row.keys, *row.details))
    yield from dict.fromkeys((*request.by, *names))


def _row(row: KpiRow) -> dict[str, Any]:
    return {
        "keys": {name: {"value": key.value, "label": words(key.label)} for name, key in row.keys.items()},
        "period": None if row.period is None else row.period.isoformat(),
        "value": row.value,
        "n": row.n,
        "part": row.part,
        "whole": row.whole,
        "low": row.low,
        "high": row.high,
        "hidden": None if row.hidden is None else words(row.hidden),
        "light": row.light,
        "details": {name: _plain(value) for name, value in row.details.items()},
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - a number of a database
    return value if value is None or isinstance(value, (bool, int, float)) else float(value)


def _unreadable(name: str) -> UsageFault:
    return UsageFault(
        Text("{name} cannot be read in this question.", name=name), Text("Leave it out, or look it up in the manual.")
    )
