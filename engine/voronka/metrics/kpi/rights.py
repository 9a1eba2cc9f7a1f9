"""Which KPIs may be shown: one that rests on fields which are hidden from whoever asks tells something of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from voronka.definition.fields import Subject
from voronka.definition.kpis import Counted, Kpi
from voronka.definition.kpis.methods import Hygiene, Spread
from voronka.definition.kpis.relations import used_by
from voronka.errors import UsageFault
from voronka.expressions import Expression
from voronka.messages import Text
from voronka.runtime.queries import Asked
from voronka.runtime.viewer import hidden_of_some

__all__ = ["check_shown", "is_shown"]

_SUBJECTS = {Counted.ACCOUNTS: Subject.ACCOUNTS, Counted.CONTACTS: Subject.CONTACTS}


def check_shown(asked: Asked, kpi: Kpi) -> None:
    """Raise `UsageFault` unless the numbers of a KPI may be shown to whoever asks."""
    if not is_shown(asked, kpi):
        raise UsageFault(
            Text("{kpi} rests on fields that are not shown to you.", kpi=kpi.name),
            Text("Ask somebody whose role sees them."),
        )


def is_shown(asked: Asked, kpi: Kpi) -> bool:
    """Tell whether nothing that a KPI, or one that it is computed from, reads is hidden from whoever asks."""
    rights = asked.viewer.rights
    return all(
        names.isdisjoint(hidden_of_some(asked.workspace, rights, of)) for of, names in _reads(asked, kpi, {kpi.name})
    )


def _reads(asked: Asked, kpi: Kpi, seen: set[str]) -> Iterator[tuple[Subject, set[str]]]:
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
        yield from _reads(asked, asked.workspace.kpis[other], seen)
