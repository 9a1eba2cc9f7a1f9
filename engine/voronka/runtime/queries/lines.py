"""Lines of a deal: what is offered, with the labels of the catalogue, and what each line comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.definition.catalogs import AXES, LINES, Catalog, catalog_of
from voronka.definition.rights import owners_of_deal
from voronka.definition.values import show_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.definition.workspace import Currency
from voronka.expressions import to_money
from voronka.messages import LANGUAGES, Label
from voronka.process.state import DealState, Held, Stream, StreamKind
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import words

__all__ = ["amount_of", "shown_lines"]

_PRICE = BUILT_IN_COLLECTIONS[LINES].fields["price"]


def amount_of(line: Mapping[str, Held | None], currency: Currency) -> int | None:
    """Return what a line comes to in minor units, as the formula ``price * quantity`` gives it; None where a part of
    it is missing.
    """
    price, quantity = line.get("price"), line.get("quantity")
    if not isinstance(price, int) or not isinstance(quantity, (int, float)):
        return None
    return to_money(price / float(10**currency.digits) * float(quantity), currency.digits)


def shown_lines(shown: Shown, deal: DealState) -> list[dict[str, Any]]:
    """Return the lines of a deal in the order in which they were written: the `key` and the `fields` of each, the
    `unit` of its price, its `amount` in minor units, and the amount as people read it (`shown`).

    What is offered and in which grade and mode is shown by its label while a catalogue has it.
    """
    stream, workspace = Stream(StreamKind.DEAL, deal.id), shown.workspace
    found = []
    for key, line in shown.reader.rows(LINES, [stream])[stream].items():
        item = line.get("item")
        catalog = catalog_of(workspace.catalogs.values(), item if isinstance(item, str) else None)
        cells = shown.row(LINES, line, owners=owners_of_deal(deal.owner))
        for cell in cells:
            label = None if catalog is None else _label(catalog, cell["name"], cell["value"])
            if label is not None:
                cell["shown"] = words(label)
        seen = {cell["name"]: line[cell["name"]] for cell in cells}
        amount = amount_of(seen, workspace.currency)
        found.append(
            {
                "key": shown.row_key(LINES, key),
                "fields": cells,
                "unit": None if catalog is None or catalog.unit is None else words(catalog.unit),
                "amount": amount,
                "shown": None
                if amount is None
                else {
                    language: show_value(
                        _PRICE,
                        amount,
                        language=language,
                        currency=workspace.currency,
                        timezone=workspace.timezone,
                    )
                    for language in LANGUAGES
                },
            }
        )
    return found


def _label(catalog: Catalog, column: str, value: object) -> Label | None:
    options = catalog.items if column == "item" else catalog.axes.get(column, {}) if column in AXES else {}
    return options.get(str(value))
