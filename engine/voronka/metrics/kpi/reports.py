"""Reports that are a KPI of a whole funnel: where it is held up, and how good its data are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from voronka.definition.fields import FieldType, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.kpis import Counted, Grain, Kpi, KpiKind, KpiLevel, Version
from voronka.definition.kpis.methods import Bottleneck, Hygiene, Method, RankBy
from voronka.expressions import Expression, Kind, Name, Scope, Type, compile_expression
from voronka.mart.marts import Marts
from voronka.mart.schema import kept
from voronka.metrics.funnel import MIN_VISITS
from voronka.metrics.kpi.answers import asked_for, opened, to_json
from voronka.metrics.kpi.computing import compute
from voronka.metrics.kpi.drill import drill
from voronka.metrics.kpi.request import Data, Request
from voronka.metrics.parameters import funnel_of
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_bottleneck", "answer_hygiene"]

_DRILLED = 100


def answer_bottleneck(asked: Asked, marts: Marts) -> Json:
    """Answer with the flow of each stage of a funnel: parameters funnel, from and to.

    By the KPI that is declared for the funnel, else ranked by time.
    """
    funnel = funnel_of(asked)
    declared = _declared(asked, Bottleneck, funnel)
    kpi = declared or _made(funnel, Bottleneck(funnel=funnel.name, rank_by=RankBy.TIME, least=MIN_VISITS))
    request = _whole(asked, kpi)
    with opened(marts, asked) as data:
        told = to_json(asked, kpi, request, compute(data, kpi, request))
        rows = [_stage(data, kpi, request, row) for row in told.pop("rows")]
    return {**told, "funnel": {"name": funnel.name, "label": words(funnel.label)}, "stages": rows}


def answer_hygiene(asked: Asked, marts: Marts) -> Json:
    """Answer with how complete, valid and fresh each field of a funnel's deals is: parameters funnel, from and to.

    By the KPI that is declared, else of all fields of the funnel that may be shown.
    """
    funnel = funnel_of(asked)
    fields = asked.workspace.fields.get(Subject.DEALS, {})
    shown = tuple(
        name
        for name, field in fields.items()
        if name in funnel.fields
        and kept(field)
        and field.type is not FieldType.CHOICES
        and asked.viewer.rights.shows(field, frozenset())
    )
    kpi = _made(funnel, Hygiene(fields=shown), where=_of_funnel(funnel))
    request = _whole(asked, kpi)
    with opened(marts, asked) as data:
        told = to_json(asked, kpi, request, compute(data, kpi, request))
    rows = [
        {
            "field": row["keys"]["field"]["value"],
            "label": words(fields[row["keys"]["field"]["value"]].label),
            **{name: row[name] for name in ("value", "n", "part", "whole", "low", "high", "hidden")},
            **row["details"],
        }
        for row in told.pop("rows")
    ]
    return {**told, "funnel": {"name": funnel.name, "label": words(funnel.label)}, "fields": rows}


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
    request = asked_for(asked, replace(kpi, grains=tuple(Grain)))
    return replace(request, grain=None, by=())


def _declared(asked: Asked, method: type[Method], funnel: Funnel) -> Kpi | None:
    for kpi in asked.workspace.kpis.values():
        current = kpi.current.method
        if isinstance(current, method) and getattr(current, "funnel", None) == funnel.name:
            return kpi
    return None


def _made(funnel: Funnel, method: Method, where: Expression | None = None) -> Kpi:
    return Kpi(
        name=funnel.name,
        label=funnel.label,
        definition=funnel.label,
        owner="",
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
