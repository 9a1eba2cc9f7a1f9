"""Reports that are a KPI of a whole funnel: where it is held up, and how good its data are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from voronka.definition.due_fields import due_fields
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.kpis import Counted, Grain, Kpi, KpiKind, KpiLevel, Version
from voronka.definition.kpis.methods import Bottleneck, Hygiene, Method, RankBy
from voronka.expressions import Expression, Kind, Name, Scope, Type, compile_expression
from voronka.mart.marts import Marts
from voronka.mart.schema import kept
from voronka.messages import Label
from voronka.metrics.funnel import MIN_VISITS
from voronka.metrics.kpi.answers import asked_for, opened, to_json
from voronka.metrics.kpi.bottleneck import bottleneck_words
from voronka.metrics.kpi.computing import compute
from voronka.metrics.kpi.drill import drill
from voronka.metrics.kpi.hygiene import WorstDeal, worst_deals
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.kpi.rights import is_shown
from voronka.metrics.parameters import funnel_of, owner_of
from voronka.metrics.profit.stages import stage_gains
from voronka.runtime.queries import Asked
from voronka.runtime.viewer import hidden_of_some
from voronka.runtime.words import Json, words

__all__ = ["answer_bottleneck", "answer_hygiene"]

_DRILLED = 100


def answer_bottleneck(asked: Asked, marts: Marts) -> Json:
    """Answer with the flow of each stage of a funnel: parameters funnel, from and to.

    By the KPI that is declared for the funnel, else ranked by time; by default of the last twelve months. Instead of
    time the expected gain ranks (`rank_by`) where the profit model tells it of all stages that are ranked; `no_gain`
    says why it does not. Gains are in minor units where the result is money (`gain_unit`).
    """
    funnel = funnel_of(asked)
    declared = _declared(asked, Bottleneck, funnel)
    kpi = declared or _made(funnel, Bottleneck(funnel=funnel.name, rank_by=RankBy.TIME, least=MIN_VISITS))
    request = _whole(asked, kpi)
    with opened(marts, asked) as data:
        told = to_json(asked, kpi, request, compute(data, kpi, request))
        rows = [_stage(data, kpi, request, row) for row in told.pop("rows")]
        method = kpi.in_force(request.start).method
        if not isinstance(method, Bottleneck):
            raise TypeError(method)
        ranked = [row for row in rows if row["rank"] is not None]
        found = stage_gains(asked, data, funnel, [row["stage"] for row in ranked], request.start, request.end)
    rank_by = method.rank_by
    for row in rows:
        row["gain"] = found.gains.get(row["stage"])
    if found.gains and rank_by is RankBy.TIME:
        rank_by = RankBy.GAIN
        told["words"][0] = words(bottleneck_words(replace(method, rank_by=rank_by))[0])
        for rank, row in enumerate(sorted(ranked, key=lambda row: -row["gain"]), start=1):
            row["rank"] = rank
    return {
        **told,
        "funnel": {"name": funnel.name, "label": words(funnel.label)},
        "rank_by": rank_by.value,
        "gain_unit": found.unit,
        "no_gain": None if found.why is None else words(found.why),
        "stages": rows,
    }


def answer_hygiene(asked: Asked, marts: Marts) -> Json:
    """Answer with how complete, valid and fresh each field of a funnel's deals is now: parameter funnel.

    Of the fields of the funnel that may be shown and that its stages ask of people (`due_fields`), or that a declared
    KPI names; what is fresh, and what stands for nothing, as that KPI says. By owner, by team and by deal it is the
    share over all fields, the worst first; deals that are good are left out, and of the others open ones come first.
    """
    funnel = funnel_of(asked)
    fields = asked.workspace.fields.get(Subject.DEALS, {})
    hidden = hidden_of_some(asked.workspace, asked.viewer.rights, Subject.DEALS)
    declared = _hygiene_of_deals(asked)
    asks = {*due_fields(asked.workspace, funnel), *(declared.fields if declared is not None else ())}
    shown = tuple(
        name
        for name, field in fields.items()
        if name in funnel.fields & asks and kept(field) and field.type is not FieldType.CHOICES and name not in hidden
    )
    method = replace(declared or Hygiene(fields=()), fields=shown)
    kpi = _made(funnel, method, where=_of_funnel(funnel))
    request = _whole(asked, kpi)
    by_owner = replace(request, by=("owner",))
    with opened(marts, asked) as data:
        told = to_json(asked, kpi, request, compute(data, kpi, request))
        owners = to_json(asked, kpi, by_owner, compute(data, kpi, by_owner))["rows"]
        deals = [
            _lacking(asked, funnel, fields, each) for each in worst_deals(data, request, kpi.current, method, _DRILLED)
        ]
    of_fields = [row for row in told.pop("rows") if row["n"]]
    rows = [
        {
            "field": row["keys"]["field"]["value"],
            "label": words(fields[row["keys"]["field"]["value"]].label),
            **{name: row[name] for name in ("value", "n", "part", "whole", "low", "high", "hidden")},
            **{name: row["details"][name] for name in ("completeness", "validity", "freshness")},
        }
        for row in of_fields
    ]
    people, teams = asked.workspace.people, asked.workspace.teams

    def label(kind: str, name: str | None) -> Json:
        if kind == "owner" or name is None:
            return owner_of(asked, name)
        return words(teams[name].label)

    def team(row: Json) -> str | None:
        user = people.get(row["keys"]["owner"]["value"] or "")
        return None if user is None else user.team

    return {
        **{name: value for name, value in told.items() if name not in ("from", "to")},
        "funnel": {"name": funnel.name, "label": words(funnel.label)},
        "n": max((row["details"]["records"] for row in of_fields), default=0),
        "fields": rows,
        "owners": _shares(owners, lambda row: row["keys"]["owner"]["value"], partial(label, "owner"), fields),
        "teams": _shares(owners, team, partial(label, "team"), fields),
        "deals": deals,
    }


def _hygiene_of_deals(asked: Asked) -> Hygiene | None:
    """Return what the first declared KPI of the hygiene of deals says; None: there is none."""
    for kpi in asked.workspace.kpis.values():
        declared = kpi.current.method
        if isinstance(declared, Hygiene) and kpi.of is Counted.DEALS:
            return declared
    return None


def _lacking(asked: Asked, funnel: Funnel, fields: Mapping[str, Field], worst: WorstDeal) -> Json:
    """Return a deal with what it should have and has not."""
    stages = {name: stage for variant in funnel.variants.values() for name, stage in variant.stages.items()}
    stage = stages.get(worst.stage)
    return {
        "deal": worst.deal,
        "owner": worst.owner,
        "owner_label": owner_of(asked, worst.owner),
        "stage": worst.stage,
        "stage_label": words(Label.plain(worst.stage) if stage is None else stage.label),
        "due": worst.due,
        "good": worst.good,
        "value": worst.good / worst.due,
        "faults": [
            {"field": name, "label": words(fields[name].label), "fault": fault} for name, fault in worst.faults.items()
        ],
    }


def _shares(
    rows: Sequence[Json],
    group: Callable[[Json], str | None],
    label: Callable[[str | None], Json],
    fields: Mapping[str, Field],
) -> list[Json]:
    """Return for each group of owners its share of good values over all fields, and the field that is worst."""
    members: dict[str | None, dict[str, list[int]]] = {}
    deals: dict[str | None, dict[str | None, int]] = {}
    for row in rows:
        owner, records = row["keys"]["owner"]["value"], (row["details"] or {}).get("records") or 0
        deals.setdefault(group(row), {})[owner] = max(records, deals.get(group(row), {}).get(owner, 0))
        cell = members.setdefault(group(row), {}).setdefault(row["keys"]["field"]["value"], [0, 0])
        cell[0] += row["part"] or 0
        cell[1] += row["whole"] or 0
    found = []
    for name, every in members.items():
        cells = {field: cell for field, cell in every.items() if cell[1]}
        if not cells:
            continue
        good, whole = (sum(cell[n] for cell in cells.values()) for n in (0, 1))
        worst = min(cells, key=lambda field: cells[field][0] / cells[field][1])
        found.append(
            {
                "name": name,
                "label": label(name),
                "n": sum(deals[name].values()),
                "value": good / whole,
                "worst": words(fields[worst].label),
                "worst_value": cells[worst][0] / cells[worst][1],
            }
        )
    return sorted(found, key=lambda each: (each["value"], each["name"] or ""))


def _stage(data: Data, kpi: Kpi, request: Request, row: dict[str, Any]) -> dict[str, Any]:
    stage = row["keys"]["stage"]
    return {
        "stage": stage["value"],
        "label": stage["label"],
        **{name: row[name] for name in ("value", "n", "hidden")},
        **row["details"],
        "deals": list(drill(data, kpi, request, {"stage": stage["value"]}, None, _DRILLED)),
    }


def _whole(asked: Asked, kpi: Kpi) -> Request:
    """Return what a report asks of its KPI: the days named, by default the present month and the eleven before it."""
    request = asked_for(asked, replace(kpi, grains=(Grain.MONTH,)))
    return replace(request, grain=None, by=())


def _declared(asked: Asked, method: type[Method], funnel: Funnel) -> Kpi | None:
    for kpi in asked.workspace.kpis.values():
        current = kpi.current.method
        if isinstance(current, method) and getattr(current, "funnel", None) == funnel.name and is_shown(asked, kpi):
            return kpi
    return None


def _made(funnel: Funnel, method: Method, where: Expression | None = None) -> Kpi:
    return Kpi(
        name=funnel.name,
        label=funnel.label,
        definition=funnel.label,
        owner="",
        by=("owner",),
        level=KpiLevel.FUNNEL,
        kind=KpiKind.OUTCOME,
        of=Counted.DEALS,
        versions=(Version(number=1, method=method, where=where),),
    )


def _of_funnel(funnel: Funnel) -> Expression:
    """Return the condition that a deal is in the funnel."""
    scope = Scope({"funnel": Name(Type(Kind.CHOICE, (funnel.name,)), present=True)})
    made = compile_expression(f'funnel == "{funnel.name}"', scope)
    if not isinstance(made, Expression):
        raise TypeError(made)
    return made
