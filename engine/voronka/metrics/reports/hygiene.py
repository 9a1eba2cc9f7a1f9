"""The report on hygiene: how complete, valid and fresh the data are, by team, by owner and field by field."""

from __future__ import annotations

from voronka.messages import Label, Text
from voronka.metrics.reports.asking import About, Answer, labels
from voronka.metrics.reports.document import (
    Column,
    Document,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)

__all__ = ["hygiene_document"]


def hygiene_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.hygiene`` answers."""
    fields = answer["fields"]
    n = max((each["n"] for each in fields), default=0)
    return Document(
        name="hygiene",
        title=Text("Hygiene of data"),
        of=Label(answer["funnel"]["label"]),
        definition=Text(
            "Of the deals that should have the field: filled in, with a value that can be, and fresh enough, as of now."
        ),
        badge=about.badge(answer, n),
        basis=labels(answer["words"]),
        pictures=(
            Picture(
                name="fields",
                title=Text("Share of deals with good data, by field"),
                form=PictureForm.BARS,
                unit=Unit.SHARE,
                categories=tuple(Label(each["label"]) for each in fields),
                series=(Series(label=Text("Good data, share"), values=tuple(each["value"] for each in fields)),),
            ),
        )
        if fields
        else (),
        tables=(
            _of_people("teams", Text("Teams"), Text("Team"), answer["teams"]),
            _of_people("owners", Text("Owners"), Text("Owner"), answer["owners"]),
            Table(
                name="fields",
                title=Text("Fields"),
                columns=(
                    Column(name="field", label=Text("Field")),
                    Column(name="n", label=Text("Deals"), unit=Unit.COUNT),
                    Column(name="value", label=Text("Good data, share"), unit=Unit.SHARE),
                    Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
                    Column(name="completeness", label=Text("Filled in"), unit=Unit.SHARE),
                    Column(name="validity", label=Text("Valid"), unit=Unit.SHARE),
                    Column(name="freshness", label=Text("Fresh"), unit=Unit.SHARE),
                ),
                rows=tuple(
                    Row(
                        cells=(
                            Label(each["label"]),
                            each["n"],
                            each["value"],
                            None if each["low"] is None or each["high"] is None else (each["low"], each["high"]),
                            each["completeness"],
                            each["validity"],
                            each["freshness"],
                        ),
                        deals=tuple(each.get("deals", ())),
                        why=next(iter(labels(each["hidden"])), None),
                    )
                    for each in fields
                ),
            ),
        ),
        **about.around,
    )


def _of_people(name: str, title: Text, column: Text, rows: list[Answer]) -> Table:
    return Table(
        name=name,
        title=title,
        columns=(
            Column(name="name", label=column),
            Column(name="n", label=Text("Deals"), unit=Unit.COUNT),
            Column(name="value", label=Text("Good data, share"), unit=Unit.SHARE),
            Column(name="worst", label=Text("Worst field")),
            Column(name="worst_value", label=Text("Good there, share"), unit=Unit.SHARE),
        ),
        rows=tuple(
            Row(cells=(Label(each["label"]), each["n"], each["value"], Label(each["worst"]), each["worst_value"]))
            for each in rows
        ),
    )
