"""Reports as plain JSON: what a client of a workspace may ask for beside the questions of the runtime."""

from __future__ import annotations

from typing import Any

from voronka.metrics.flow import Period, deals_by_stage
from voronka.metrics.funnel import FunnelReport, OwnerResult, StageFlow, funnel_report
from voronka.metrics.parameters import funnel_of, owner_of, period_of
from voronka.metrics.reports.asking import DRILLED
from voronka.runtime.queries import Asked, parameters
from voronka.runtime.queries.releases import FormerReleases
from voronka.runtime.words import Json, words

__all__ = ["answer_funnel", "answer_funnel_report"]


@parameters("funnel", "from", "to")
def answer_funnel(asked: Asked) -> Json:
    """Answer with a funnel's report: parameters funnel, from and to (dates of the workspace's zone, both included).

    Deals that whoever asks may not see are not counted.

    Raises `UsageFault` for an unknown funnel, a date that is none, or a period that ends before it begins.
    """
    period = Period(*period_of(asked), asked.owners)
    funnel = funnel_of(asked)
    former = (
        workspace.funnels[funnel.name]
        for workspace in FormerReleases(asked).newest_first()
        if funnel.name in workspace.funnels
    )
    report = funnel_report(asked.reader.connection, funnel, period, now=asked.now, former=former)
    slowest, leakiest = report.slowest, report.leakiest
    return {
        "funnel": {"name": report.funnel, "label": words(report.label)},
        "from": period.start,
        "to": period.end,
        "deals": report.deals,
        "open": report.open,
        "won": report.won,
        "lost": report.lost,
        "stages": [_stage(flow) for flow in report.stages],
        "owners": [_owner(asked, result) for result in report.owners],
        "total": _rates(report.total),
        "slowest": None if slowest is None else slowest.stage,
        "leakiest": None if leakiest is None else leakiest.stage,
        "definitions": _definitions(report),
    }


@parameters("funnel", "from", "to")
def answer_funnel_report(asked: Asked) -> Json:
    """Answer likewise, with the newest deals behind the number of each stage, and the share of deals with an owner."""
    answer = answer_funnel(asked)
    period = Period(answer["from"], answer["to"], asked.owners)
    behind = deals_by_stage(asked.reader.connection, answer["funnel"]["name"], period, DRILLED)
    for stage in answer["stages"]:
        stage["deals"] = behind.get(stage["stage"], [])
    without = sum(each["open"] + each["won"] + each["lost"] for each in answer["owners"] if each["owner"] is None)
    return {**answer, "coverage": 1 - without / answer["deals"] if answer["deals"] else None}


def _stage(flow: StageFlow) -> dict[str, Any]:
    return {
        "stage": flow.stage,
        "label": words(flow.label),
        "outcome": flow.outcome,
        "declared": flow.declared,
        "entered": flow.entered,
        "visits": flow.visits,
        "left": flow.left,
        "onward": flow.onward,
        "back": flow.back,
        "lost": flow.lost,
        "here": flow.here,
        "conversion": flow.conversion,
        "finished": flow.finished,
        "median_days": flow.median_days,
        "p90_days": flow.p90_days,
        "half_days": flow.half_days,
        "seen_days": flow.seen_days,
    }


def _owner(asked: Asked, result: OwnerResult) -> dict[str, Any]:
    return {"owner": result.owner, "label": owner_of(asked, result.owner), **_rates(result)}


def _rates(result: OwnerResult) -> dict[str, Any]:
    interval = result.interval
    return {
        "open": result.open,
        "won": result.won,
        "lost": result.lost,
        "win_rate": result.win_rate,
        "interval": None if interval is None else [interval.low, interval.high],
    }


def _definitions(report: FunnelReport) -> dict[str, Any]:
    return {name: words(definition) for name, definition in report.definitions.items()}
