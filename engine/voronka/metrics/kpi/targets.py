"""How a number stands to its target."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.kpis import Good, Kpi, Target
from voronka.metrics.kpi.periods import Period, written_period
from voronka.metrics.kpi.request import Key, Light

__all__ = ["light"]

_TEAM = ("owner.team", "deal.owner.team", "team")


def light(
    kpi: Kpi, value: float | None, keys: Mapping[str, Key], span: Period, *, total: bool, summed: bool
) -> Light | None:
    """Return how a value stands to the target for its days and team; None without one.

    `total`: the KPI adds up over time, so that a target for a year is none for its months. `summed`: it adds up over
    groups, so that a target for all is none for one of them.
    """
    if value is None or kpi.good is None or (target := _target(kpi, keys, span, total=total, summed=summed)) is None:
        return None
    sign = 1 if kpi.good is Good.UP else -1
    if sign * value >= sign * target.value:
        return Light.GREEN
    amber = target.warn is not None and sign * value >= sign * target.warn
    return Light.AMBER if amber else Light.RED


def _target(kpi: Kpi, keys: Mapping[str, Key], span: Period, *, total: bool, summed: bool) -> Target | None:
    """Return the target that says the most of this number: of its team before all, of the shortest period."""
    team = next((keys[name].value for name in _TEAM if name in keys), None)
    others = [name for name in keys if name not in _TEAM]
    found: list[tuple[bool, int, Target]] = []
    for target in kpi.targets:
        if target.team != team if target.team is not None else (summed and (others or team is not None)):
            continue
        length = 10**6
        if target.period is not None:
            days = written_period(target.period)
            asked = (span.first, span.after)
            if days is None or not (days == asked if total else days[0] <= asked[0] and asked[1] <= days[1]):
                continue
            length = (days[1] - days[0]).days
        found.append((target.team is None, length, target))
    return min(found, key=lambda each: each[:2])[2] if found else None
