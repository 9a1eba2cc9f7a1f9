"""The report on managers as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, String, cast

from voronka.definition.fields import FieldType, Subject
from voronka.definition.funnels import Funnel
from voronka.mart.schema import field_column
from voronka.metrics.managers.comparison import Member
from voronka.metrics.managers.report import ManagersReport, Wanted, definitions, managers_report
from voronka.metrics.managers.rows import closed_deals, cohort_deals, quiet_deals
from voronka.metrics.parameters import (
    amount_field,
    first_of_month,
    funnel_of,
    later_month,
    month_edges,
    owner_of,
    shown_fields,
)
from voronka.metrics.path import merged_path
from voronka.metrics.plain import plain
from voronka.metrics.reports.asking import DRILLED
from voronka.metrics.slices import Slice
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_managers", "owned"]

_MONTHS = 12
_WITHIN = 90
_LEAST = 5


def answer_managers(asked: Asked, part: Slice) -> Json:
    """Answer with the report on managers: parameters funnel, from, to (days), mix (a choice of deals, or variant: what
    splits them into strata), stage and amount (of the average cheque), within (days of a cohort), fewer (interactions
    of a silent sale) and least (cases for a rate).
    """
    funnel = funnel_of(asked)
    wanted = _wanted(asked, part, funnel)
    report = managers_report(part, wanted)
    behind, begun = closed_deals(part, DRILLED), cohort_deals(part, wanted.edges, DRILLED)
    silent = quiet_deals(part, wanted.fewer, DRILLED, wanted.kinds)
    path, mix = merged_path(funnel), asked.text("mix") or "variant"
    return {
        "funnel": {"name": funnel.name, "label": words(funnel.label)},
        "from": part.start,
        "to": part.end,
        "n": report.results.counts.trials,
        "coverage": owned(report.results.members),
        "rate": report.results.rate,
        "interval": plain(report.results.interval),
        "overall": plain(report.results.overall),
        "stage": None
        if wanted.stage is None
        else {"name": wanted.stage, "label": words(path[wanted.stage].label) if wanted.stage in path else None},
        "mix": mix,
        "mix_label": None if mix == "variant" else words(asked.workspace.fields[Subject.DEALS][mix].label),
        "strata": report.results.strata,
        "within": wanted.within,
        "months": len(wanted.edges) - 1,
        "fewer": wanted.fewer,
        "managers": [_manager(asked, report, member.name, behind) for member in report.results.members],
        "activity": [
            {"user": user, "label": owner_of(asked, user), "kinds": dict(kinds)}
            for user, kinds in sorted(report.activity.items(), key=lambda item: item[0] or "")
        ],
        "cohorts": [
            {**plain(each), "label": owner_of(asked, each.owner), "deals": begun.get((each.owner, each.start), [])}
            for each in report.cohorts
        ],
        "silent": [
            {**plain(each), "label": owner_of(asked, each.owner), "deals": silent.get(each.owner, [])}
            for each in report.silent
        ],
        "arrivals": [
            {"owner": owner, "label": owner_of(asked, owner), "counts": plain(counts)}
            for owner, counts in report.arrivals.items()
        ],
        "warnings": plain(report.warnings),
        "definitions": plain(definitions(days=wanted.within, fewer=wanted.fewer, months=len(wanted.edges) - 1)),
    }


def owned(members: Iterable[Member]) -> float | None:
    """Return the share of closed deals that have an owner; None without such deals."""
    every = list(members)
    closed = sum(member.counts.trials for member in every)
    return sum(member.counts.trials for member in every if member.name is not None) / closed if closed else None


def _manager(asked: Asked, report: ManagersReport, owner: Any, behind: dict[str | None, list[int]]) -> Json:  # noqa: ANN401
    member = next(each for each in report.results.members if each.name == owner)
    cheque, effort = report.cheques.get(owner), report.effort.get(owner)
    return {
        **plain(member),
        "name": owner,
        "label": owner_of(asked, owner),
        "verdict_told": words(report.results.told(member.verdict)),
        "cheque": plain(cheque),
        "effort": plain(effort),
        "per_won": None if effort is None or not effort.won else effort.on_won / effort.won,
        "per_won_of_closed": None if effort is None or not effort.won else effort.on_closed / effort.won,
        "deals": behind.get(owner, []),
    }


def _wanted(asked: Asked, part: Slice, funnel: Funnel) -> Wanted:
    path = merged_path(funnel)
    open_stages = [stage.name for stage in path.values() if stage.outcome is None]
    amount = amount_field(asked)
    zone = asked.workspace.timezone
    last = first_of_month(asked.now if part.end is None else min(part.end - 1, asked.now), zone)
    first = later_month(last, 1 - _MONTHS)
    if part.start is not None:
        first = max(later_month(last, -5 * _MONTHS), first_of_month(part.start, zone))
    months = max(1, (last.year - first.year) * 12 + last.month - first.month + 1)
    return Wanted(
        now=asked.now,
        mix=_mix(asked, part),
        stage=asked.known("stage", path) or (open_stages[-1] if open_stages else None),
        amount=None if amount is None else field_column(amount),
        edges=month_edges(first, months, zone),
        within=asked.number("within") or _WITHIN,
        fewer=asked.number("fewer") or 1,
        first=tuple({variant.first.name for variant in funnel.variants.values()}),
        least=asked.number("least") or _LEAST,
    )


def _mix(asked: Asked, part: Slice) -> ColumnElement[str]:
    choices = [field.name for field in shown_fields(asked) if field.type in (FieldType.CHOICE, FieldType.BOOL)]
    name = asked.known("mix", ["variant", *choices])
    deals = part.deals
    return deals.c.variant if name in (None, "variant") else cast(deals.c[field_column(name)], String)
