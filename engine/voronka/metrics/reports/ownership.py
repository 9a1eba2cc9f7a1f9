"""The report on the cost of ownership: what a buyer pays with us and with each competitor, and where it differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.messages import LANGUAGES, Label, Plural, Sentence, Text, listed
from voronka.metrics.reports.asking import About, Answer
from voronka.metrics.reports.document import Column, Document, Picture, PictureForm, Row, Series, Table, Unit

__all__ = ["tco_document"]

_OURS = Text("With us")


def tco_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.tco`` answers."""
    suppliers = [_supplier(each) for each in answer["suppliers"]]
    components = [_component(each) for each in answer["components"]]
    return Document(
        name="tco",
        title=Text("Cost of ownership"),
        of=Text("deal {number}", number=answer["deal"]),
        definition=Text(
            "All that the buyer pays over the years, at its value today, with us and with each competitor: {value}.",
            value=Label(answer["counted"]),
        ),
        badge=about.badge(answer, answer["n"]),
        basis=tuple(
            Text("{label}: {value}", label=Label(each["label"]), value=Label(each["shown"]))
            for each in answer["assumptions"]
        ),
        said=tuple(_said(answer, about)),
        pictures=_pictures(answer, suppliers, components),
        tables=(
            _totals(answer, suppliers),
            _parts(answer, suppliers, components),
            *(_waterfall(each, number) for number, each in enumerate(answer["waterfalls"], 1)),
        )
        if answer["n"]
        else (),
        **about.around,
    )


def _supplier(each: Mapping[str, Any]) -> Sentence:
    return _OURS if each["label"] is None else Label(each["label"])


def _component(each: Mapping[str, Any]) -> Sentence:
    return Text("Not named") if each["label"] is None else Label(each["label"])


def _money(amount: int, about: About) -> Label:
    return Label({language: about.figures(language).number(amount, Unit.MONEY) for language in LANGUAGES})


def _said(answer: Answer, about: About) -> list[Sentence]:
    if not answer["n"]:
        return [Text("No costs are written yet.")]
    said: list[Sentence] = []
    for each in answer["suppliers"][1:]:
        more, supplier = each["beside_ours"], _supplier(each)
        if more > 0:
            said.append(
                Text(
                    "With {supplier} the buyer pays {amount} more than with us.",
                    supplier=supplier,
                    amount=_money(more, about),
                )
            )
        elif more < 0:
            said.append(
                Text(
                    "With {supplier} the buyer pays {amount} less than with us.",
                    supplier=supplier,
                    amount=_money(-more, about),
                )
            )
        else:
            said.append(Text("With {supplier} the buyer pays as much as with us.", supplier=supplier))
    said += [
        Text(
            "{supplier}: no value is written of {components}, which counts as nothing.",
            supplier=_supplier(each),
            components=listed(_component({"label": label}) for label in each["without"]),
        )
        for each in answer["suppliers"]
        if each["without"]
    ]
    if answer["confirmed"] is not None:
        said.append(
            Plural(
                "The client has confirmed {n} component as important.",
                "The client has confirmed {n} components as important.",
                n=len(answer["confirmed"]),
            )
        )
    if answer["unknown"]:
        said.append(
            Plural(
                "{n} cost has no value yet and is not counted.",
                "{n} costs have no value yet and are not counted.",
                n=answer["unknown"],
            )
        )
    return said


def _pictures(answer: Answer, suppliers: list[Sentence], components: list[Sentence]) -> tuple[Picture, ...]:
    if not answer["n"]:
        return ()
    return (
        Picture(
            name="suppliers",
            title=Text("What the cost of ownership is made of"),
            form=PictureForm.STACK,
            unit=Unit.MONEY,
            categories=tuple(suppliers),
            series=tuple(
                Series(label=label, values=tuple(each["costs"]))
                for label, each in zip(components, answer["components"], strict=True)
            ),
        ),
    )


def _totals(answer: Answer, suppliers: list[Sentence]) -> Table:
    return Table(
        name="suppliers",
        title=Text("Suppliers"),
        columns=(
            Column(name="supplier", label=Text("Supplier")),
            Column(name="total", label=Text("Cost of ownership"), unit=Unit.MONEY),
            Column(name="beside_ours", label=Text("Beside ours"), unit=Unit.MONEY),
        ),
        rows=tuple(
            Row(cells=(label, each["total"], each["beside_ours"]))
            for label, each in zip(suppliers, answer["suppliers"], strict=True)
        ),
    )


def _parts(answer: Answer, suppliers: list[Sentence], components: list[Sentence]) -> Table:
    confirmed = answer["confirmed"] is not None
    asked = (Column(name="confirmed", label=Text("Confirmed by the client")),) if confirmed else ()
    blank = (None,) if confirmed else ()
    return Table(
        name="components",
        title=Text("Components"),
        columns=(
            Column(name="component", label=Text("Component")),
            *asked,
            *(
                Column(name=f"supplier_{number}", label=label, unit=Unit.MONEY)
                for number, label in enumerate(suppliers)
            ),
        ),
        rows=(
            *(
                Row(cells=(label, *((_yes(each["confirmed"]),) if confirmed else ()), *each["costs"]))
                for label, each in zip(components, answer["components"], strict=True)
            ),
            Row(cells=(Text("Total"), *blank, *(each["total"] for each in answer["suppliers"]))),
        ),
        total=True,
    )


def _yes(holds: bool) -> Text:
    return Text("yes") if holds else Text("no")


def _waterfall(each: Mapping[str, Any], number: int) -> Table:
    supplier = _supplier(each)
    return Table(
        name=f"waterfall_{number}",
        title=Text("From {supplier} to us", supplier=supplier),
        columns=(
            Column(name="step", label=Text("Component")),
            Column(name="change", label=Text("Change"), unit=Unit.MONEY),
            Column(name="level", label=Text("Cost of ownership"), unit=Unit.MONEY),
        ),
        rows=(
            Row(cells=(supplier, None, each["from"])),
            *(Row(cells=(_component(step), step["change"], step["level"])) for step in each["steps"]),
            Row(cells=(_OURS, None, each["to"])),
        ),
    )
