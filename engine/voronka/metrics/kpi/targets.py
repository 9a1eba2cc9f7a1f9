"""How a number stands to its target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from voronka.definition.kpis import Good, Grain, Kpi, Target
from voronka.metrics.kpi.periods import next_day, written_period
from voronka.metrics.kpi.request import Key, Light

__all__ = ["light"]

_TEAM = ("owner.team", "deal.owner.team", "team")


def light(
    kpi: Kpi, value: float | None, keys: Mapping[str, Key], first: date, grain: Grain | None, *, total: bool
) -> Light | None:
    """Return how a value stands to the target for its period and team; None without one.

    `total`: the KPI adds up over time, so that a target for a year is none for its months.
    """
    if value is None or kpi.good is None or (target := _target(kpi, keys, first, grain, total=total)) is None:
        return None
    sign = 1 if kpi.good is Good.UP else -1
    if sign * value >= sign * target.value:
        return Light.GREEN
    amber = target.warn is not None and sign * value >= sign * target.warn
    return Light.AMBER if amber else Light.RED


def _target(kpi: Kpi, keys: Mapping[str, Key], first: date, grain: Grain | None, *, total: bool) -> Target | None:
    """Return the target that says the most of this number: of its team before all, of the shortest period."""
    team = next((keys[name].value for name in _TEAM if name in keys), None)
    others = [name for name in keys if name not in _TEAM]
    found: list[tuple[bool, int, Target]] = []
    for target in kpi.targets:
        # A target of all is none of one owner, unless it is about something that does not add up.
        if target.team != team if target.team is not None else (total and (others or team is not None)):
            continue
        length = 10**6
        if target.period is not None:
            days = written_period(target.period)
            if days is None or grain is None:
                continue
            after = next_day(first, grain)
            fits = days == (first, after) if total else days[0] <= first and after <= days[1]
            if not fits:
                continue
            length = (days[1] - days[0]).days
        found.append((target.team is None, length, target))
    return min(found, key=lambda each: each[:2])[2] if found else None
