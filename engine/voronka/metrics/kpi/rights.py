"""Which KPIs may be shown: one that rests on fields which are hidden from whoever asks tells something of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from voronka.definition.fields import FieldType, Subject
from voronka.definition.kpis import Counted, Kpi
from voronka.definition.kpis.methods import Bottleneck, Hygiene, Spread
from voronka.definition.kpis.relations import used_by
from voronka.definition.rights import Rights
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.expressions import Expression
from voronka.messages import Sentence, Text
from voronka.metrics.profit.benchmarks import benchmarks
from voronka.runtime.queries import Asked
from voronka.runtime.viewer import hidden_of_some

__all__ = ["check_report", "check_shown", "is_shown", "may_read"]

_SUBJECTS = {Counted.ACCOUNTS: Subject.ACCOUNTS, Counted.CONTACTS: Subject.CONTACTS}


def check_shown(asked: Asked, kpi: Kpi) -> None:
    """Raise `UsageFault` unless the numbers of a KPI may be shown to whoever asks."""
    if not is_shown(asked, kpi):
        raise _hidden(kpi.name)


def is_shown(asked: Asked, kpi: Kpi) -> bool:
    """Tell whether nothing that a KPI, or one that it is computed from, reads is hidden from whoever asks."""
    return _is_open(asked.workspace, asked.viewer.rights, kpi)


def _is_open(workspace: Workspace, rights: Rights, kpi: Kpi) -> bool:
    return all(
        names.isdisjoint(hidden_of_some(workspace, rights, of)) for of, names in _reads(workspace, kpi, {kpi.name})
    )


def check_report(asked: Asked, report: str, named: Sequence[str], label: Sentence) -> None:
    """Raise `UsageFault` unless a report that was made for all may be shown to whoever asks.

    `report`: as a review names it; `named`: its KPIs; `label`: what it is called.
    """
    if not may_read(asked.workspace, asked.viewer.rights, report, named):
        raise _hidden(label)


def may_read(workspace: Workspace, rights: Rights, report: str, named: Sequence[str]) -> bool:
    """Tell whether a report, of the `named` KPIs if it is of any, rests on nothing that is hidden from the `rights`."""
    kpis, fields = list(named), workspace.fields.get(Subject.DEALS, {})
    hidden = hidden_of_some(workspace, rights, Subject.DEALS) & fields.keys()
    model = workspace.profit_model
    if model is not None and (report == "profit" or (report == "bottleneck" and benchmarks(workspace, model))):
        kpis += [each.kpi for each in model.parameters.values() if each.kpi is not None]
    if report == "bottleneck":
        kpis += [kpi.name for kpi in workspace.kpis.values() if isinstance(kpi.current.method, Bottleneck)]
    amounts = report in ("managers", "forecast") and any(fields[name].type is FieldType.MONEY for name in hidden)
    every = report in ("winloss", "hygiene") and bool(hidden)
    if amounts or every:
        return False
    return all(_is_open(workspace, rights, workspace.kpis[name]) for name in kpis if name in workspace.kpis)


def _hidden(label: Sentence | str) -> UsageFault:
    return UsageFault(
        Text("{kpi} rests on fields that are not shown to you.", kpi=label), Text("Ask somebody whose role sees them.")
    )


def _reads(workspace: Workspace, kpi: Kpi, seen: set[str]) -> Iterator[tuple[Subject, set[str]]]:
    """Yield the names that a KPI and those it is computed from read, with the records whose they are."""
    found = set(kpi.by)
    for version in kpi.versions:
        method = version.method
        for part in (version.where, *(getattr(method, each.name) for each in fields(method))):
            if isinstance(part, Expression):
                found |= part.reads.values
        if version.time is not None:
            found.add(version.time)
        if isinstance(method, Hygiene):
            found |= set(method.fields)
        if isinstance(method, Spread):
            found.add(method.over)
    yield _SUBJECTS.get(kpi.of, Subject.DEALS), {name.removeprefix("deal.") for name in found}
    for other in {name for version in kpi.versions for name in used_by(version.method)} - seen:
        seen.add(other)
        yield from _reads(workspace, workspace.kpis[other], seen)
