"""The total cost of ownership of a deal's buyer: with us and with each competitor, component by component."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.fields import Field, Subject
from voronka.definition.ownership import CostOfOwnership
from voronka.definition.values import show_value
from voronka.definition.wording import Naming, told_of_row
from voronka.definition.workspace import Workspace
from voronka.errors import UsageFault
from voronka.expressions import Value
from voronka.expressions.texts import lower
from voronka.frozen import frozen
from voronka.messages import LANGUAGES, Text
from voronka.process.state import DealState, Stream, StreamKind
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.queries import Asked, parameters
from voronka.runtime.viewer import Forbidden, hidden_names
from voronka.runtime.words import Json, words

__all__ = ["Costs", "answer_tco", "compare"]

_OF_DEAL = re.compile(r"\bdeal\.([a-z][a-z0-9_]*)")


@frozen
class Costs:
    """Costs added up in minor units, exactly.

    `suppliers`: None, for us, first, then the competitors as they come. `components` as they come, None for costs that
    name none. `totals`: by supplier; `parts`: by component, then by supplier. `unknown`: how many rows have no value.
    """

    suppliers: tuple[str | None, ...]
    components: tuple[str | None, ...]
    totals: Mapping[str | None, int]
    parts: Mapping[str | None, Mapping[str | None, int]]
    n: int
    unknown: int

    def without(self, supplier: str | None) -> list[str | None]:
        """Return the components of which no value of this supplier is known, though one of another is."""
        return [name for name in self.components if self.parts[name] and supplier not in self.parts[name]]

    def waterfall(self, competitor: str) -> list[tuple[str | None, int, int]]:
        """Return the way from a competitor's cost of ownership to ours: each component with what it changes, and where
        that leads. It begins at the competitor's total and ends at ours, whatever the order.
        """
        found, level = [], self.totals[competitor]
        for component in self.components:
            part = self.parts[component]
            change = part.get(None, 0) - part.get(competitor, 0)
            level += change
            found.append((component, change, level))
        return found


def compare(costs: Iterable[tuple[str | None, str | None, Value | None]]) -> Costs:
    """Add up costs, each a supplier (None: us), a component and what it comes to today (None: not known).

    A supplier written once with a capital letter and once without is one, called as in the first of its rows.
    """
    called: dict[str, str] = {}
    parts: dict[str | None, dict[str | None, int]] = {}
    suppliers: dict[str | None, int] = {None: 0}
    n = unknown = 0
    for supplier, component, value in costs:
        n += 1
        if supplier is not None:
            supplier = called.setdefault(lower(supplier.strip()), supplier)
        suppliers.setdefault(supplier, 0)
        of_component = parts.setdefault(component, {})
        if not isinstance(value, int):
            unknown += 1
            continue
        suppliers[supplier] += value
        of_component[supplier] = of_component.get(supplier, 0) + value
    return Costs(
        suppliers=tuple(suppliers), components=tuple(parts), totals=suppliers, parts=parts, n=n, unknown=unknown
    )


@parameters("deal")
def answer_tco(asked: Asked) -> Json:
    """Answer with the cost of ownership of a deal's buyer: parameter deal.

    Raises `UsageFault` where the deal's funnel declares none, `Forbidden` where it rests on what is hidden from whoever
    asks.
    """
    workspace = asked.workspace
    stream = asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    model = _model(workspace, deal)
    columns = workspace.collections[Subject.DEALS][model.costs].fields
    _check_hidden(asked, deal, model)
    evaluation = DealEvaluation(asked.reader, workspace, deal, asked.now)
    rows = evaluation.of_rows(model.costs, model.value)
    costs = compare((_name(row.get(model.supplier)), _name(row.get(model.component)), value) for row, value in rows)
    confirmed = None if model.confirmed is None else _confirmed(evaluation, model.confirmed[0], model, workspace)
    component, supplier = columns[model.component], columns[model.supplier]
    return {
        "deal": deal.number,
        "n": costs.n,
        "unknown": costs.unknown,
        "coverage": (costs.n - costs.unknown) / costs.n if costs.n else None,
        "value": _written(model, workspace),
        "counted": {language: told_of_row(model.value, Naming(workspace, language)) for language in LANGUAGES},
        "assumptions": _assumptions(evaluation, model, workspace),
        "confirmed": None if confirmed is None else sorted(confirmed),
        "suppliers": [
            {
                "supplier": each,
                "label": _label(supplier, each),
                "total": costs.totals[each],
                "beside_ours": costs.totals[each] - costs.totals[None],
                "without": [_label(component, name) for name in costs.without(each)],
            }
            for each in costs.suppliers
        ],
        "components": [
            {
                "component": each,
                "label": _label(component, each),
                "confirmed": None if confirmed is None else each in confirmed,
                "costs": [costs.parts[each].get(one) for one in costs.suppliers],
            }
            for each in costs.components
        ],
        "waterfalls": [
            {
                "supplier": each,
                "label": _label(supplier, each),
                "from": costs.totals[each],
                "steps": [
                    {"component": name, "label": _label(component, name), "change": change, "level": level}
                    for name, change, level in costs.waterfall(each)
                ],
                "to": costs.totals[None],
            }
            for each in costs.suppliers
            if each is not None
        ],
    }


def _model(workspace: Workspace, deal: DealState) -> CostOfOwnership:
    funnel = workspace.funnels.get(deal.funnel)
    collections = () if funnel is None else funnel.collections
    found = next((each for each in workspace.ownership.values() if each.costs in collections), None)
    if found is None:
        raise UsageFault(
            Text("Deals of the funnel {funnel} compare no costs of ownership.", funnel=deal.funnel),
            Text("Declare “tco” in one of the funnel's field sets."),
        )
    return found


def _check_hidden(asked: Asked, deal: DealState, model: CostOfOwnership) -> None:
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    reads = {f"{model.costs}.{model.component}", f"{model.costs}.{model.supplier}", *model.value.reads.values}
    if model.confirmed is not None:
        reads |= model.confirmed[1].reads.values
    if not hidden.isdisjoint(reads):
        raise Forbidden(
            Text("The cost of ownership rests on fields that are not shown to you."),
            Text("Ask somebody whose role sees them."),
            record=Stream(StreamKind.DEAL, deal.id),
        )


def _written(model: CostOfOwnership, workspace: Workspace) -> str:
    """Return how the value of a cost is worked out: as it is written, a definition as what it stands for."""
    return workspace.definitions.get(model.costs, {}).get(model.text, model.text)


def _name(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _confirmed(evaluation: DealEvaluation, rows: str, model: CostOfOwnership, workspace: Workspace) -> set[str]:
    """Return the components of which the condition holds."""
    key = workspace.collections[Subject.DEALS][rows].key
    if model.confirmed is None or key is None:
        return set()
    return {str(row.get(key)) for row, holds in evaluation.of_rows(rows, model.confirmed[1]) if holds is True}


def _assumptions(evaluation: DealEvaluation, model: CostOfOwnership, workspace: Workspace) -> list[dict[str, Any]]:
    """Return the fields of the deal that the value of a cost names, with what they stand for."""
    fields = workspace.fields[Subject.DEALS]
    found = []
    for name in dict.fromkeys(_OF_DEAL.findall(_written(model, workspace))):
        if name in fields:
            value = evaluation.value(name)
            found.append(
                {"field": name, "label": words(fields[name].label), "shown": _shown(fields[name], value, workspace)}
            )
    return found


def _shown(field: Field, value: Value | None, workspace: Workspace) -> dict[str, str]:
    return {
        language: show_value(field, value, language=language, currency=workspace.currency, timezone=workspace.timezone)
        for language in LANGUAGES
    }


def _label(column: Field, name: str | None) -> Json:
    """Return what a supplier or a component is called; None: no name is written."""
    if name is None:
        return None
    return words(column.options[name]) if name in column.options else {"": name}
