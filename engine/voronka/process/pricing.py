"""Lines of a deal and their prices: by the tariff of a catalogue, or a price of one's own with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from voronka.definition.catalogs import AXES, LINES, Catalog, Quote, catalog_of
from voronka.definition.fields import Field
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.definition.workspace import Workspace
from voronka.expressions.suggestion import suggest
from voronka.messages import Label, Text, listed
from voronka.process.events import Kept, RowPut
from voronka.process.refusals import Refused, refused
from voronka.process.step import Row

__all__ = ["BY_TARIFF", "price_line", "quoted"]

_FIELDS: Mapping[str, Field] = BUILT_IN_COLLECTIONS[LINES].fields
BY_TARIFF = ("list_price", "tariff")
"""The columns of a line that the tariff of its catalogue fills in, and nobody else."""
_SHOWN = 12


def price_line(
    workspace: Workspace, line: RowPut, before: Row | None, given: Mapping[str, Any], roles: frozenset[str] | None
) -> RowPut | None:
    """Return a line as it is priced; None where nothing of it changes.

    `line`: as it is to be; `before`: as it was, None for a new one; `given`: what the command sets. `roles`: in which
    the actor acts, None for whoever may do everything. A price that is given is one of the actor's own, unless the
    tariff has the same; it stays as long as nothing changes on which the tariff rests. `Refused` for an item that no
    catalogue has, for what is not offered, for a price of one's own without right or reason, for a change of a line
    that has one by whoever may not give one, and for a reason beside the price of the tariff.
    """
    if not workspace.catalogs:
        return line
    for name in BY_TARIFF:
        if name in given:
            raise _refused(
                name,
                Text("“{field}” is told by the tariff.", field=_FIELDS[name].label),
                Text("Leave it out; a price of your own goes into {field}.", field="price"),
            )
    values: dict[str, Any] = {"quantity": 1.0, **line.values}
    catalog, quote = quoted(workspace.catalogs.values(), values)
    if given.get("price") is not None and values["price"] != quote.price:
        _check_own(workspace, catalog, values, roles)
    elif before is None or not _as_before(catalog, quote, before, values):
        values["price"] = quote.price
    _check_reason(values, quote, given)
    values |= {"list_price": quote.price, "tariff": catalog.told(quote)}
    if before is not None and values == {name: value for name, value in before.items() if value is not None}:
        return None
    if values["price"] != quote.price and given.get("price") is None:
        _check_right(workspace, catalog, roles, Text("The line has a price of its own, and you may not give one."))
    return RowPut(collection=line.collection, key=line.key, values=values)


def _as_before(catalog: Catalog, quote: Quote, before: Row, values: Mapping[str, Any]) -> bool:
    """Tell whether the tariff says of a line what it said, and nobody takes the price back that it has."""
    resting = ("item", "price", *(each.text for each in catalog.tariff.inputs))
    return before.get("list_price") == quote.price and all(before.get(name) == values.get(name) for name in resting)


def quoted(catalogs: Iterable[Catalog], line: Mapping[str, Kept]) -> tuple[Catalog, Quote]:
    """Return the catalogue of a line and what its tariff says, which has a price. `Refused` where there is none."""
    known = list(catalogs)
    item = line.get("item")
    catalog = catalog_of(known, item)  # type: ignore[arg-type] # no column of a line is personal
    if catalog is None:
        raise _unknown("item", item, [name for each in known for name in each.items])
    for axis in AXES:
        options, option = catalog.axes.get(axis), line.get(axis)
        if options is None and option is not None:
            raise _refused(
                axis,
                Text(
                    "“{item}” is offered without “{field}”.", item=catalog.items[str(item)], field=_FIELDS[axis].label
                ),
                Text("Leave {name} out.", name=axis),
            )
        if options is not None and option not in options:
            raise _unknown(axis, option, list(options))
    quantity = line.get("quantity")
    if not isinstance(quantity, (int, float)) or quantity <= 0:
        raise _refused("quantity", Text("A quantity is above zero."), Text("Give how many are offered."))
    quote = catalog.quote(line)  # type: ignore[arg-type] # likewise
    if quote is None or quote.price is None:
        asked = [f"{each.text} = {line.get(each.text)}" for each in catalog.tariff.inputs]
        reason = (
            Text("The tariff of {catalog} has no price for {asked}.", catalog=catalog.label, asked=", ".join(asked))
            if quote is None
            else Text(
                "This is not offered, by row {row} of the tariff of {catalog}: {asked}.",
                row=quote.row,
                catalog=catalog.label,
                asked=", ".join(asked),
            )
        )
        raise _refused(
            "price", reason, Text("See what is offered: voronka catalog show {catalog}.", catalog=catalog.name)
        )
    return catalog, quote


def _check_own(workspace: Workspace, catalog: Catalog, values: Mapping[str, Any], roles: frozenset[str] | None) -> None:
    """Refuse a price that is not the tariff's for want of a right or a reason."""
    _check_right(workspace, catalog, roles, Text("This is not the price of the tariff, and you may not give another."))
    if values["price"] < 0:
        raise _refused("price", Text("A price is not below zero."), Text("Give what the client pays for one."))
    if values.get("reason") is None:
        raise _without_reason()


def _check_reason(values: dict[str, Any], quote: Quote, given: Mapping[str, Any]) -> None:
    """Refuse a price of one's own without a reason, and a reason beside the tariff's; forget one that is left over."""
    if values["price"] != quote.price:
        if values.get("reason") is None:
            raise _without_reason()
        return
    if given.get("reason") is not None:
        raise _refused(
            "reason",
            Text("This is the price of the tariff, which needs no reason; it would not be kept."),
            Text("Leave the reason out, or give a price of your own in {field}.", field="price"),
        )
    values.pop("reason", None)


def _check_right(workspace: Workspace, catalog: Catalog, roles: frozenset[str] | None, reason: Text) -> None:
    """Refuse with `reason` what only whoever may give a price of their own may do."""
    if roles is None or not roles.isdisjoint(catalog.own_price):
        return
    able = listed(workspace.roles[name].label for name in catalog.own_price) if catalog.own_price else None
    raise _refused(
        "price",
        reason,
        Text("Take the price of the tariff: leave “price” empty. These may give another: {who}.", who=able)
        if able is not None
        else Text(
            "Take the price of the tariff: leave “price” empty. In {catalog} nobody gives another.",
            catalog=catalog.label,
        ),
        forbidden=True,
    )


def _without_reason() -> Refused:
    return _refused(
        "reason",
        Text("This is not the price of the tariff, and no reason is given."),
        Text("Say why in {field}, or leave the price out.", field="reason"),
    )


def _unknown(column: str, value: object, known: list[str]) -> Refused:
    reason = (
        Text("“{field}” of the line is missing.", field=_FIELDS[column].label)
        if value is None
        else Text("“{field}” of the line cannot be “{value}”.", field=_FIELDS[column].label, value=str(value))
    )
    meant = None if value is None else suggest(str(value), known)
    remedy = (
        Text("Did you mean {meant}?", meant=meant)
        if meant
        else Text("Known are: {names}.", names=Label.plain(", ".join(known[:_SHOWN])))
    )
    return _refused(column, reason, remedy)


def _refused(column: str, reason: Text, remedy: Text, *, forbidden: bool = False) -> Refused:
    return refused("not_allowed" if forbidden else "value", f"{LINES}.{column}", reason, remedy, forbidden=forbidden)
