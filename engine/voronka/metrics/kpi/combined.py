"""KPIs that are computed from others: formulas with offsets, spreads, and what contributed to a change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import isclose, prod
from statistics import fmean, stdev

from voronka.calendars import Duration
from voronka.definition.kpis import Grain
from voronka.definition.kpis.methods import Decomposition, Derived, Shares, Spread
from voronka.definition.kpis.relations import divides, divisor, linear
from voronka.expressions import Env, Kind, Value
from voronka.expressions.ir import Read, walk
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.cells import Cell, Cells, Keys
from voronka.metrics.kpi.periods import Period, before, period_before
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.statistics.contributions import lmdi, shapley
from voronka.metrics.statistics.ranks import spearman

__all__ = ["Others", "decomposed", "derived", "spread"]

_NEARLY = 1e-6

Others = Callable[[str, Request, Sequence[Period]], Cells]
"""Computes another KPI, by its name, for a request and periods."""


def derived(data: Data, method: Derived, request: Request, spans: Sequence[Period], others: Others) -> Cells:
    """Return a formula over other KPIs, of all groups that one of them has; what a group has not is missing there.

    Where one of them hides its number, so does the formula: it would tell what is not to be told.
    """
    zone, digits = data.workspace.timezone, data.workspace.currency.digits
    uses: dict[str, Cells] = {}
    for name, used in method.uses.items():
        moved = spans if used.offset is None else [_earlier(span, used.offset, request.grain, zone) for span in spans]
        uses[name] = others(used.kpi, request, moved)
    node, env = method.formula.node, request.env(data.workspace)
    kinds = {each.name: each.kind for each in walk(node) if isinstance(each, Read)}
    resting = {each.name for each in walk(divisor(node)) if isinstance(each, Read)} or set(uses)

    def value_of(parts: Mapping[str, Value | None]) -> Value | None:
        values = {name: _as(value, uses[name].kind, kinds.get(name), digits) for name, value in parts.items()}
        return method.formula.evaluate(Env(values=values, now=env.now, zone=env.zone, calendar=env.calendar))

    rows: dict[Keys, dict[int, Cell]] = {}
    for keys in dict.fromkeys(keys for cells in uses.values() for keys in cells.rows):
        # Of periods in which a group has nothing it is told as of no rows, so that they depend on no others asked for.
        for place in sorted({place for cells in uses.values() for place in cells.rows.get(keys, ())}):
            parts = {name: cells.at(keys, place) for name, cells in uses.items()}
            hidden = _hidden(parts.values())
            value = value_of({name: cell.value for name, cell in parts.items()}) if hidden is None else None
            # That there are none is known, and no reason to hide what follows from it.
            some = [parts[name] for name in resting if parts[name].n or not uses[name].counts]
            n, known = (min((getattr(each, of) for each in some), default=0) for of in ("n", "known"))
            rows.setdefault(keys, {})[place] = Cell(value=value, n=n, known=known, hidden=hidden)
    plain = linear(node, lambda part: isinstance(part, Read))
    return Cells(
        rows=rows,
        kind=method.formula.type.kind,
        empty=value_of({name: cells.empty for name, cells in uses.items()}),
        unknown=frozenset().union(*(cells.unknown for cells in uses.values())),
        counts=not divides(node) and all(cells.counts for cells in uses.values()),
        adds_up=plain and all(cells.adds_up for cells in uses.values()),
        summed=plain and all(cells.summed for cells in uses.values()),
    )


def spread(data: Data, method: Spread, request: Request, spans: Sequence[Period], others: Others) -> Cells:
    """Return the standard deviation of a KPI among members, with its mean and, beside another KPI, rank correlation.

    The members of a period are those who have rows in it, whatever other periods are asked for; those of whom there is
    no data are left out, and `n` counts the others.
    """
    asked = replace(request, by=(*request.by, method.over))
    cells = others(method.kpi, asked, spans)
    against = None if method.against is None else others(method.against, asked, spans)
    scale = 10**data.workspace.currency.digits if cells.kind is Kind.MONEY else 1
    members: dict[Keys, list[Keys]] = {}
    for keys in cells.rows:
        if keys[-1] is not None:
            members.setdefault(keys[:-1], []).append(keys)
    rows: dict[Keys, dict[int, Cell]] = {}
    for group, found in members.items():
        for place in range(len(spans)):
            there = [keys for keys in found if place in cells.rows[keys]]
            known = [keys for keys in there if cells.at(keys, place).value is not None]
            values = [float(cells.at(keys, place).value) / scale for keys in known]
            cell = _spread(values, len(there), _paired(cells, against, known, place))
            hidden = None if cell.value is not None else _hidden(cells.at(keys, place) for keys in there)
            rows.setdefault(group, {})[place] = replace(cell, hidden=hidden)
    return Cells(rows=rows)


def decomposed(data: Data, method: Decomposition, request: Request, spans: Sequence[Period], others: Others) -> Cells:
    """Return what each factor contributed to the change of the KPI since the period before, in its own unit."""
    zone = data.workspace.timezone
    earlier = [_before(span, zone) for span in spans]
    cells = others(method.kpi, request, spans)
    scale = 10**data.workspace.currency.digits if cells.kind is Kind.MONEY else 1
    then, now = others(method.kpi, request, earlier), cells
    factors = {name: (others(name, request, earlier), others(name, request, spans)) for name in method.factors}
    rows: dict[Keys, dict[int, Cell]] = {}
    product = True
    for keys in dict.fromkeys((*then.rows, *now.rows)):
        for place in range(len(spans)):
            first = {name: _major(data, pair[0], keys, place) for name, pair in factors.items()}
            last = {name: _major(data, pair[1], keys, place) for name, pair in factors.items()}
            shares = _shares(method.by, first, last)
            change = [each.at(keys, place).value for each in (then, now)]
            told = None if None in change else (float(change[1]) - float(change[0])) / scale
            rest = None if told is None or shares is None else told - sum(shares.values())
            product = product and all(
                _is_product(each.values(), None if value is None else float(value) / scale)
                for each, value in zip((first, last), change, strict=True)
            )
            parts = [(each.at(keys, place), each.counts) for pair in factors.values() for each in pair]
            n = min((cell.n for cell, counts in parts if cell.n or not counts), default=0)
            hidden = _hidden(cell for cell, _ in parts)
            for name in method.factors:
                value = None if shares is None else shares[name]
                details = {"before": first[name], "after": last[name], "change": told, "rest": rest}
                rows.setdefault((*keys, name), {})[place] = Cell(
                    value=value, n=n, known=n, details=details, hidden=hidden
                )
    words = (
        Text(
            "{kpi} is not the product of {factors} everywhere: what they do not explain is the “rest”.",
            kpi=method.kpi,
            factors=", ".join(method.factors),
        ),
    )
    return Cells(rows=rows, extra=("factor",), order=method.factors, words=() if product else words)


def _hidden(cells: Iterable[Cell]) -> Sentence | None:
    """Return why the first of some numbers that are hidden is."""
    return next((cell.hidden for cell in cells if cell.hidden is not None), None)


def _is_product(factors: Collection[float | None], value: float | None) -> bool:
    """Tell whether a value is the product of its factors, as far as they are known."""
    known = [each for each in factors if each is not None]
    if value is None or len(known) < len(factors):
        return True
    return isclose(prod(known), value, rel_tol=_NEARLY, abs_tol=_NEARLY)


def _shares(
    by: Shares, first: Mapping[str, float | None], last: Mapping[str, float | None]
) -> Mapping[str, float] | None:
    """Return the contributions; where logarithms say nothing (a factor of 0 or below) those of Shapley."""
    known = {name: value for name, value in first.items() if value is not None}
    then = {name: value for name, value in last.items() if value is not None}
    if len(known) < len(first) or len(then) < len(last):
        return None
    return (lmdi(known, then) if by is Shares.LMDI else None) or shapley(known, then)


def _spread(values: Sequence[float], members: int, pairs: Sequence[tuple[float, float]]) -> Cell:
    several = len(values) > 1
    rank = spearman([one for one, _ in pairs], [other for _, other in pairs]) if len(pairs) > 1 else None
    mean = fmean(values) if values else None
    deviation = stdev(values) if several else None
    details = {
        "mean": mean,
        "low": min(values, default=None),
        "high": max(values, default=None),
        "relative": deviation / mean if deviation is not None and mean else None,
        "rank_correlation": None if rank is None else rank.value,
    }
    return Cell(value=deviation, n=len(values), known=members, details=details)


def _paired(cells: Cells, against: Cells | None, members: Sequence[Keys], place: int) -> list[tuple[float, float]]:
    if against is None:
        return []
    both = ((cells.at(keys, place).value, against.at(keys, place).value) for keys in members)
    return [(float(one), float(other)) for one, other in both if other is not None]


def _major(data: Data, cells: Cells, keys: Keys, place: int) -> float | None:
    value = cells.at(keys, place).value
    scale = 10**data.workspace.currency.digits if cells.kind is Kind.MONEY else 1
    return None if value is None else float(value) / scale


def _before(span: Period, zone: str) -> Period:
    return Period.of(period_before(span.first, span.after), span.first, zone)


def _earlier(span: Period, offset: Duration, grain: Grain | None, zone: str) -> Period:
    first = before(span.first, offset)
    whole = grain in (None, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
    # A whole month is asked for beside a whole one, however long each is; some days at the end of a long month may
    # have none beside them in a shorter one.
    after = before(span.after, offset) if whole else first
    return Period.of(first, after if after > first else first + (span.after - span.first), zone)


def _as(value: Value | None, given: Kind | None, wanted: Kind | None, digits: int) -> Value | None:
    """Return a number in the form in which a formula reads it."""
    if value is None or isinstance(value, (bool, str, tuple)):
        return None
    major = value / 10**digits if given is Kind.MONEY else value
    match wanted:
        case Kind.MONEY:
            return int(value) if given is Kind.MONEY else round(major * 10**digits)
        case Kind.INTEGER:
            return int(major)
    return float(major)
