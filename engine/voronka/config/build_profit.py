"""The profit model: parameters that are computed, measured, given or not collected yet, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voronka.config.build_kpi_targets import amount_at
from voronka.config.context import Context
from voronka.config.kpi_rows import check_parameter
from voronka.config.kpi_scopes import numbers
from voronka.config.names import NameKind, refer
from voronka.config.node import Entry, Node
from voronka.config.rings import drawn, rings
from voronka.config.scalars import label
from voronka.definition.kpis import Kpi, Outcome, Parameter, ProfitModel
from voronka.expressions import Kind, Scope
from voronka.messages import Text

__all__ = ["build_profit_model"]

_NAME = "profit_model"


def build_profit_model(node: Node, kpis: Mapping[str, Kpi], context: Context) -> ProfitModel | None:
    """Return the profit model at `node`; None if something in it is wrong. `kpis`: those that could be built."""
    written = node.get("parameters")
    if written is None or not written.is_mapping:
        return None
    result = refer(NameKind.PARAMETER, node.get("result"), written.entries, context.report)
    for entry in written.items():
        check_parameter(entry.value.get("kpi"), kpis, context.report)
    outcomes = node.get("outcomes")
    others = outcomes.entries if outcomes is not None and outcomes.is_mapping else {}
    for name in others.keys() & written.entries.keys():
        context.report.error(
            "V5520",
            others[name].key.place,
            Text("{name} is a parameter already.", name=name),
            Text("Call the outcome otherwise."),
            related=written.entries[name].key.place,
        )
    scope = context.expressions.scope(numbers(written.entries, "parameter"))
    wide = context.expressions.scope(numbers({**written.entries, **others}, "parameter"))
    found = {entry.key.text: _parameter(entry, scope, context) for entry in written.items()}
    following = {name: _outcome(entry, wide, context) for name, entry in others.items()}
    formulas = {name: each.formula for name, each in found.items()}
    formulas |= {name: None if each is None else each.formula for name, each in following.items()}
    reads = {name: set() if formula is None else {*formula.reads.names} for name, formula in formulas.items()}
    entries = {**others, **written.entries}
    for circle in rings(reads, reads):
        context.report.error(
            "V5520",
            entries[circle[0]].key.place,
            Text("{name} is computed from itself: {path}.", name=circle[0], path=drawn(circle)),
            Text("Break the circle: one of them must not read the next."),
        )
    if result is None or context.report.failed:
        return None
    _warn_of_idle(result, following, reads, written.entries, context)
    order: dict[str, None] = {}
    for name in (*found, *following):
        _place(name, reads, order)
    return ProfitModel(
        name=_NAME,
        label=label(node.get("label"), _NAME),
        result=result,
        parameters={name: found[name] for name in order if name in found},
        outcomes={name: outcome for name in order if (outcome := following.get(name)) is not None},
    )


def _place(name: str, reads: Mapping[str, set[str]], order: dict[str, None]) -> None:
    """Put a parameter after those that its formula names."""
    if name not in order:
        for other in sorted(reads[name]):
            _place(other, reads, order)
        order[name] = None


def _parameter(entry: Entry, scope: Scope, context: Context) -> Parameter:
    node, name = entry.value, entry.key.text
    written = node.get("formula")
    formula = context.expressions.compile(written, scope, expect=Kind.NUMBER)
    kpi = refer(NameKind.KPI, node.get("kpi"), context.declared.of(NameKind.KPI), context.report)
    term = refer(NameKind.TERM, node.get("term"), context.declared.of(NameKind.TERM), context.report)
    owner = refer(NameKind.ROLE, node.get("owner"), {*context.roles, *context.people}, context.report)
    given = node.get("kpi") or node.get("value")
    if written is not None and given is not None:
        context.report.error(
            "V5520",
            given.place,
            Text("{name} is computed by its formula, so nothing else can say what it is.", name=name),
            Text("Keep the formula, or what it is measured by."),
        )
    value, cap, floor = (amount_at(node.get(key)) for key in ("value", "cap", "floor"))
    if value is not None and ((cap is not None and value > cap) or (floor is not None and value < floor)):
        context.report.error(
            "V5520",
            (node.get("value") or node).place,
            Text("The value of {name} lies beyond what it can be.", name=name),
            Text("Correct the value, the cap or the floor."),
        )
    if cap is not None and floor is not None and floor > cap:
        context.report.error(
            "V5520",
            (node.get("floor") or node).place,
            Text("Nothing is at least the floor and at most the cap of {name}.", name=name),
            Text("Correct one of them."),
        )
    unit = node.get("unit")
    return Parameter(
        name=name,
        label=label(node.get("label"), name),
        owner=owner,
        formula=formula,
        kpi=kpi,
        value=value,
        unit="" if unit is None else unit.text,
        cap=cap,
        floor=floor,
        term=term,
    )


def _outcome(entry: Entry, scope: Scope, context: Context) -> Outcome | None:
    node, name = entry.value, entry.key.text
    formula = context.expressions.compile(node.get("formula"), scope, expect=Kind.NUMBER)
    term = refer(NameKind.TERM, node.get("term"), context.declared.of(NameKind.TERM), context.report)
    owner = refer(NameKind.ROLE, node.get("owner"), {*context.roles, *context.people}, context.report)
    unit = node.get("unit")
    if formula is None:
        return None
    return Outcome(
        name=name,
        label=label(node.get("label"), name),
        formula=formula,
        owner=owner,
        unit="" if unit is None else unit.text,
        term=term,
    )


def _warn_of_idle(
    result: str,
    outcomes: Iterable[str],
    reads: Mapping[str, set[str]],
    entries: Mapping[str, Entry],
    context: Context,
) -> None:
    """Warn of parameters on which neither the result nor an outcome rests."""
    pending = [result, *outcomes]
    reached = set(pending)
    while pending:
        for other in reads[pending.pop()] - reached:
            reached.add(other)
            pending.append(other)
    for name, entry in entries.items():
        if name not in reached:
            context.report.warning(
                "V5520",
                entry.key.place,
                Text("{result} does not rest on {name}, so the model would never show it.", result=result, name=name),
                Text("Name it in a formula, or delete it."),
            )
