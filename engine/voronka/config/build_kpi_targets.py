"""Targets of KPIs: what is aimed at, in which periods, and by which teams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from voronka.config.context import Context
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.definition.kpis import Good, Target
from voronka.messages import Text

__all__ = ["amount_at", "build_targets", "days_of_period"]

_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)(%?)", re.ASCII)
_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|W(\d\d)|(\d\d)(?:-(\d\d))?))?", re.ASCII)
_ALWAYS = "always"


def amount_at(node: Node | None) -> float | None:
    """Return the number at `node`, a percentage as a fraction; what is neither the schema has refused."""
    found = _AMOUNT.fullmatch(node.text) if node is not None else None
    if found is None:
        return None
    return float(found[1]) / 100 if found[2] else float(found[1])


def days_of_period(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a period such as ``2026-Q4``; None if there is none."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    year, quarter, week, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        if year is None or day is not None:
            return (date(year or 0, month or 0, day or 0),) * 2
        if week is not None:
            return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
        first = month or (quarter * 3 - 2 if quarter else 1)
        length = 1 if month else 3 if quarter else 12
        after = first - 1 + length
        return date(year, first, 1), date(year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    except ValueError:
        return None


def build_targets(node: Node | None, good: Good | None, total: bool, context: Context) -> tuple[Target, ...]:
    """Return the targets at `node`; the wrong ones are left out and reported.

    `total`: the KPI adds up over time, so that a quarter may have another target than its months.
    """
    if node is None or context.report.broken(node.place):
        return ()
    if good is None:
        context.report.error(
            "V5506",
            node.place,
            Text("There is a target, and nobody can tell whether more is better or less."),
            Text("Write “good: up” or “good: down” beside it."),
        )
    if node.is_scalar:
        value = amount_at(node)
        return () if value is None else (Target(value=value),)
    found: list[Target] = []
    taken: list[tuple[str, Node, tuple[date, date]]] = []
    for entry in node.items():
        period = entry.key.text
        if period != _ALWAYS:
            days = days_of_period(period)
            if days is None:
                _unreadable(entry.key, context.report)
                continue
            if not total:
                _apart(entry.key, days, taken, context.report)
            taken.append((period, entry.key, days))
        found += _targets(entry.value, None if period == _ALWAYS else period, good, context)
    return tuple(found)


def _unreadable(key: Node, report: Report) -> None:
    if not report.broken(key.place):
        report.error(
            "V3901",
            key.place,
            Text("There is no period “{text}”.", text=key.text),
            Text("Write a year, a quarter, a month, a week or a day: 2026, 2026-Q4, 2026-11, 2026-W45, 2026-11-03."),
        )


def _apart(
    key: Node, days: tuple[date, date], taken: list[tuple[str, Node, tuple[date, date]]], report: Report
) -> None:
    for other, at, (first, last) in taken:
        if days[0] <= last and first <= days[1]:
            report.error(
                "V5507",
                key.place,
                Text("The targets for {period} and {other} are for the same days.", period=key.text, other=other),
                Text("Keep one of them: this KPI does not add up, so one target holds in all of a period."),
                related=at.place,
            )
            return


def _targets(node: Node, period: str | None, good: Good | None, context: Context) -> Iterator[Target]:
    value = amount_at(node if node.is_scalar else node.get("value"))
    if value is None:
        return
    warn = amount_at(node.get("warn"))
    if warn is not None and ((good is Good.UP and warn > value) or (good is Good.DOWN and warn < value)):
        context.report.error(
            "V5506",
            (node.get("warn") or node).place,
            Text("The warning lies beyond the target, so that amber would be better than green."),
            Text("Write a value on the worse side of the target, or turn “good” round."),
        )
    yield Target(value=value, warn=warn, period=period)
    teams = node.get("teams")
    for entry in teams.items() if teams is not None else ():
        team = refer(NameKind.TEAM, entry.key, context.declared.of(NameKind.TEAM), context.report)
        own = amount_at(entry.value)
        if team is not None and own is not None:
            yield Target(value=own, period=period, team=team)
