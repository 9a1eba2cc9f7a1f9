"""Catalogues: what is offered, in which grades and modes, and the tariff that prices it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from voronka.expressions import Value
from voronka.frozen import frozen
from voronka.messages import Label

if TYPE_CHECKING:
    from voronka.definition.tables import DecisionTable

__all__ = ["AXES", "LINES", "PRICED", "Catalog", "Quote", "catalog_of"]

LINES = "lines"
"""The collection whose rows are priced."""

AXES = ("grade", "mode")
"""The columns of a line that may be axes of a catalogue."""

PRICED = ("item", *AXES, "quantity")
"""The columns of a line that a tariff may ask for."""


@frozen
class Quote:
    """A price of one unit in minor units of the currency, None where the tariff says that this is not offered, and the
    number of the row of the tariff, from 1, that gives it.
    """

    price: int | None
    row: int


@frozen(slots=False)
class Catalog:
    """Items, and the axes on which their price depends beside: their options with labels.

    `unit`: of what a price is. `tariff`: a decision table over columns of a line, whose only output is the price of one
    unit. `own_price`: the roles that may write another price than the tariff's, with a reason; empty: nobody may.
    """

    name: str
    label: Label
    axes: Mapping[str, Mapping[str, Label]]
    items: Mapping[str, Label]
    tariff: DecisionTable
    unit: Label | None = None
    own_price: tuple[str, ...] = ()

    def quote(self, line: Mapping[str, Value | None]) -> Quote | None:
        """Return the price of a line, by its columns; None where no row of the tariff hits."""
        asked = [line.get(each.text) for each in self.tariff.inputs]
        row = self._row(*asked)
        if not isinstance(row, int):
            return None
        price = self._price(*asked)
        return Quote(price=price if isinstance(price, int) else None, row=row)

    def told(self, quote: Quote) -> str:
        """Return on what a price rests: the catalogue, the number of the row and its conditions."""
        return f"{self.name}, {self.tariff.told(quote.row - 1)}"

    @cached_property
    def _row(self) -> Callable[..., Value | None]:
        return self.tariff.row.function

    @cached_property
    def _price(self) -> Callable[..., Value | None]:
        return self.tariff.decision(self.tariff.outputs[0], f"{self.name}.price").function


def catalog_of(catalogs: Iterable[Catalog], item: Value | None) -> Catalog | None:
    """Return the catalogue that has an item; None if there is none."""
    return next((each for each in catalogs if item in each.items), None)
