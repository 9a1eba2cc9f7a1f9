"""`voronka catalog`: what is offered, and what it costs by the tariff."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voronka.cli.declared import declared
from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, commands
from voronka.errors import UsageFault
from voronka.messages import Label, Sentence, Text, original

if TYPE_CHECKING:
    from voronka.definition.catalogs import Catalog
    from voronka.definition.workspace import Workspace
    from voronka.expressions import Value

app = commands()

_Grade = Annotated[
    str | None, typer.Option("--grade", metavar="GRADE", help=original("In this grade"), show_default=False)
]
_Mode = Annotated[str | None, typer.Option("--mode", metavar="MODE", help=original("In this mode"), show_default=False)]
_Quantity = Annotated[str, typer.Option("--quantity", metavar="N", help=original("So many of it"))]


@app.command("list", help=original("List the catalogues and what each offers"))
def list_catalogs(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List catalogues."""
    out, workspace = Output(ctx.obj), declared(ctx.obj)
    found = workspace.catalogs
    if as_json:
        out.json([_as_data(each) for each in found.values()])
    elif not found:
        out.note(Text("No catalogues are declared."))
    else:
        headings = [Text("Catalogue"), Text("Label"), Text("Items"), Text("Rows of the tariff")]
        rows = [
            [name, out.words(each.label), ", ".join(each.items), str(len(each.tariff.rows))]
            for name, each in found.items()
        ]
        out.table(headings, rows, numbers=(3,))
        out.hint(f"catalog show {next(iter(found))}")


@app.command("show", help=original("Show a catalogue: its items, its axes and its tariff"))
def show_catalog(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=original("The catalogue"), show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Show one catalogue."""
    out, workspace = Output(ctx.obj), declared(ctx.obj)
    catalog = workspace.catalogs.get(name)
    if catalog is None:
        raise UsageFault(
            Text("There is no catalogue {name}.", name=name),
            Text("Known are: {names}.", names=", ".join(workspace.catalogs) or "—"),
        )
    if as_json:
        out.json(_as_data(catalog))
        return
    out.heading(catalog.label)
    lists: list[tuple[Sentence, dict[str, Label]]] = [(Text("Items"), dict(catalog.items))]
    lists += [(_column(axis), dict(options)) for axis, options in catalog.axes.items()]
    for title, known in lists:
        out.pairs([(title, ", ".join(f"{each} ({out.words(told)})" for each, told in known.items()))])
    tariff = catalog.tariff
    headings: list[Sentence] = [Text("Row"), *(_column(each.text) for each in tariff.inputs), _column("price")]
    out.table(
        headings,
        [
            [str(number), *(each.text for each in row.conditions), _price(row.results[0], workspace, out)]
            for number, row in enumerate(tariff.rows, 1)
        ],
        numbers=(0, len(headings) - 1),
    )
    out.hint(f"catalog price {next(iter(catalog.items))}{_example(catalog)}")


@app.command("price", help=original("Tell what an item costs, and by which row of the tariff"))
def price(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help=original("The item"), show_default=False)],
    grade: _Grade = None,
    mode: _Mode = None,
    quantity: _Quantity = "1",
    as_json: AsJson = False,
) -> None:
    """Price an item as a line of a deal would be priced."""
    from voronka.definition.values import read_value
    from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
    from voronka.process.pricing import quoted
    from voronka.process.refusals import Refused

    out, workspace = Output(ctx.obj), declared(ctx.obj)
    field = BUILT_IN_COLLECTIONS["lines"].fields["quantity"]
    count = read_value(field, quantity, currency=workspace.currency, timezone=workspace.timezone)
    given = {"item": item, "grade": grade, "mode": mode, "quantity": count}
    line = {name: value for name, value in given.items() if value is not None}
    try:
        catalog, quote = quoted(workspace.catalogs.values(), line)
    except Refused as refused:
        failure = refused.refusal.failures[0]
        raise UsageFault(failure.reason, failure.unblock) from None
    if as_json:
        out.json({"catalog": catalog.name, **line, "price": quote.price, "row": quote.row, "why": catalog.told(quote)})
        return
    cost = _price(quote.price, workspace, out)
    out.data(cost if catalog.unit is None else f"{cost} / {out.words(catalog.unit)}")
    if isinstance(quote.price, int) and isinstance(count, (int, float)) and count != 1:
        whole = int((Decimal(quote.price) * Decimal(str(count))).quantize(Decimal(1), ROUND_HALF_UP))
        total = _price(whole, workspace, out)
        out.data(out.words(Text("{quantity} of it: {total}", quantity=quantity, total=total)))
    row = catalog.tariff.rows[quote.row - 1]
    asked = zip(catalog.tariff.inputs, row.conditions, strict=True)
    out.data(
        out.words(
            Text(
                "By row {row} of the tariff of {catalog}: {conditions}.",
                row=quote.row,
                catalog=catalog.label,
                conditions="; ".join(f"{each.text}: {condition.text}" for each, condition in asked),
            )
        )
    )
    axes = "".join(f" {axis}={line[axis]}" for axis in catalog.axes)
    out.hint(f"row put DEAL lines item={item}{axes} quantity={quantity}")


def _column(name: str) -> Label:
    from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS

    return BUILT_IN_COLLECTIONS["lines"].fields[name].label


def _price(value: Value | None, workspace: Workspace, out: Output) -> str:
    from voronka.definition.values import show_value
    from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS

    field = BUILT_IN_COLLECTIONS["lines"].fields["price"]
    return show_value(field, value, language=out.language, currency=workspace.currency, timezone=workspace.timezone)


def _example(catalog: Catalog) -> str:
    """Return the options that name the first option of each axis."""
    return "".join(f" --{axis} {next(iter(options))}" for axis, options in catalog.axes.items())


def _as_data(catalog: Catalog) -> dict[str, Any]:
    tariff = catalog.tariff
    return {
        "catalog": catalog.name,
        "label": catalog.label.texts,
        "unit": None if catalog.unit is None else catalog.unit.texts,
        "items": {name: told.texts for name, told in catalog.items.items()},
        "axes": {axis: {name: told.texts for name, told in each.items()} for axis, each in catalog.axes.items()},
        "tariff": {
            "hit": tariff.hit.value,
            "inputs": [each.text for each in tariff.inputs],
            "rows": [[*(each.text for each in row.conditions), row.results[0]] for row in tariff.rows],
        },
        "own_price": list(catalog.own_price),
    }
