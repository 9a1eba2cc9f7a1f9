"""KPIs that tell several numbers at once where one is needed, and those that tell nothing of another time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.config.context import Context
from voronka.config.finding import Place
from voronka.config.names import Declaration
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.definition.kpis import Kpi, Method, methods
from voronka.definition.kpis.relations import several, used_by
from voronka.messages import Text

__all__ = ["check_own", "check_parameter", "check_used"]

_SEPARATE = {
    methods.TimeInStage: Text("Name a KPI of one stage: “stages” with one name, and one “stat”."),
    methods.FunnelSteps: Text("Name a “conversion” from one step to another, or a “funnel” of one step."),
    methods.Survival: Text(
        "Name a “conversion” within one of these times, or a “survival” with one time and without “competing”."
    ),
    methods.Hygiene: Text("Name a KPI of one field: “fields” with one name."),
    methods.Bottleneck: Text("Name a KPI of the time in one stage: “time_in_stage” with one stage and one “stat”."),
    methods.Decomposition: Text("Name the KPI that it divides, or one of its factors."),
}
_OF_ONE_KIND = {methods.TimeInStage: "stage", methods.Bottleneck: "stage", methods.Hygiene: "field"}
"""By this name the numbers of a way of computing are of one kind, so that one target can hold for each."""


def check_used(kpi: Kpi, known: Mapping[str, Kpi], declaration: Declaration, context: Context) -> None:
    """Report KPIs that one uses, in any version, and that tell several numbers, or nothing of the time it needs."""
    written = [*many(declaration.value.get("former")), declaration.value]
    # A version that could not be read is left out: then no place but that of the KPI is sure.
    nodes: list[Node | None] = [*written] if len(written) == len(kpi.versions) else [None] * len(kpi.versions)
    for version, node in zip(kpi.versions, nodes, strict=True):
        for name, place in dict(_named(version.method, node, declaration, context)).items():
            if name in known:
                _check_one(known[name], place, context.report)
        _check_times(version.method, known, node, declaration, context.report)


def check_parameter(node: Node | None, known: Mapping[str, Kpi], report: Report) -> None:
    """Report the KPI that measures a parameter at `node` if it tells several numbers, or none of days that passed."""
    kpi = None if node is None or not node.is_scalar else known.get(node.text)
    if node is None or kpi is None:
        return
    _check_one(kpi, node.place, report)
    if _foresees(kpi.current.method, known):
        report.error(
            "V5520",
            node.place,
            Text("{kpi} tells of days to come, and a parameter is measured over those that passed.", kpi=kpi.name),
            Text("Name a KPI of what came to pass, or give the parameter a “value”."),
        )


def check_own(kpi: Kpi, node: Node, report: Report) -> None:
    """Report a target or examples of a KPI that tells several numbers: one value cannot be meant for all of them."""
    names = _several(kpi)
    kinds = tuple(name for name in names if name != _OF_ONE_KIND.get(type(kpi.current.method)))
    target, examples = node.get("target"), node.get("examples")
    remedy = Text("Declare a KPI of its own for the number that is meant, and write it there.")
    if target is not None and kinds and not report.broken(target.place):
        report.error(
            "V5526",
            target.place,
            Text(
                "{name} tells several numbers (by {names}), and one target cannot hold for all of them.",
                name=kpi.name,
                names=", ".join(kinds),
            ),
            remedy,
        )
    if examples is not None and names and not report.broken(examples.place):
        report.error(
            "V5526",
            examples.place,
            Text(
                "{name} tells several numbers (by {names}), and an example says one.",
                name=kpi.name,
                names=", ".join(names),
            ),
            remedy,
        )


def _several(kpi: Kpi) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for version in kpi.versions for name in several(version.method)))


def _check_one(kpi: Kpi, place: Place, report: Report) -> None:
    names = _several(kpi)
    if names:
        report.error(
            "V5526",
            place,
            Text(
                "{kpi} tells several numbers (by {names}), and one is needed here.",
                kpi=kpi.name,
                names=", ".join(names),
            ),
            _SEPARATE[type(kpi.current.method)],
        )


def _named(
    method: Method, node: Node | None, declaration: Declaration, context: Context
) -> Iterator[tuple[str, Place]]:
    """Yield the KPIs that a way of computing uses, each with the place where `node` names it."""

    def place(*path: str | int) -> Place:
        at = None if node is None else node.at(*path)
        return (declaration.name if at is None else at).place

    match method:
        case methods.Derived(uses=uses):
            formula = None if node is None else node.at("derived", "formula")
            for name, used in uses.items():
                written = None if node is None else node.at("derived", "uses", name, "kpi")
                at_formula = place() if formula is None else context.expressions.part(formula, name)
                yield used.kpi, at_formula if written is None else written.place
        case methods.Decomposition(kpi=kpi, factors=factors):
            for number, name in enumerate(factors):
                yield name, place("decomposition", "factors", number)
            yield kpi, place("decomposition", "kpi")
        case methods.Spread(kpi=kpi, against=against):
            yield kpi, place("spread", "kpi")
            if against is not None:
                yield against, place("spread", "against")


def _check_times(
    method: Method, known: Mapping[str, Kpi], node: Node | None, declaration: Declaration, report: Report
) -> None:
    """Report a change of what is the same at any other time, as it is known of now alone, or is still to come."""
    changes: list[tuple[str, tuple[str | int, ...]]]
    match method:
        case methods.Derived(uses=uses):
            changes = [(used.kpi, ("derived", "uses", name, "offset")) for name, used in uses.items() if used.offset]
        case methods.Decomposition(kpi=kpi, factors=factors):
            changes = [(kpi, ("decomposition", "kpi"))]
            changes += [(name, ("decomposition", "factors", number)) for number, name in enumerate(factors)]
        case _:
            return
    for name, path in changes:
        if name not in known:
            continue
        if _of_now(known[name].current.method, known):
            reason = Text("{kpi} tells how fields stand now, whatever the period, so it never changes.", kpi=name)
        elif isinstance(method, methods.Decomposition) and _foresees(known[name].current.method, known):
            reason = Text("{kpi} tells of days to come, and a change is divided that came to pass.", kpi=name)
        else:
            continue
        at = None if node is None else node.at(*path)
        report.error(
            "V5514",
            (declaration.name if at is None else at).place,
            reason,
            Text("Leave it out, or name a KPI of what was in each period."),
        )
        return


def _of_now(method: Method, known: Mapping[str, Kpi]) -> bool:
    """Tell whether a number is of now, whatever period is asked for."""
    used = used_by(method)
    return isinstance(method, methods.Hygiene) or (
        bool(used) and all(name in known and _of_now(known[name].current.method, known) for name in used)
    )


def _foresees(method: Method, known: Mapping[str, Kpi]) -> bool:
    """Tell whether a number is of days to come, or rests on one that is."""
    return isinstance(method, methods.Forecast) or any(
        name in known and _foresees(known[name].current.method, known) for name in used_by(method)
    )
