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

_NOTHING_ASKED = Text(
    "No deal should have a field by now: require fields at a stage, write `from` in their group of the card, or name"
    " them in a KPI of hygiene."
)
_FAULTS = {
    "missing": Text("Missing"),
    "placeholder": Text("Stands for nothing"),
    "invalid": Text("Not valid"),
    "stale": Text("Stale"),
}


def hygiene_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.hygiene`` answers."""
    fields = answer["fields"]
    return Document(
        name="hygiene",
        title=Text("Hygiene of data"),
        of=Label(answer["funnel"]["label"]),
        definition=Text(
            "Of the deals that should have the field: filled in, with a value that can be, and fresh enough, as of now."
        ),
        badge=about.badge(answer, answer["n"]),
        said=() if fields else (_NOTHING_ASKED,),
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
            *([_of_deals(answer["deals"])] if answer["deals"] else []),
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


def _of_deals(rows: list[Answer]) -> Table:
    """Return the deals that lack most of what they should have; what is the matter with their fields, kind by kind."""
    return Table(
        name="deals",
        title=Text("Deals with the worst data"),
        columns=(
            Column(name="deal", label=Text("Deal")),
            Column(name="owner", label=Text("Owner")),
            Column(name="stage", label=Text("Stage")),
            Column(name="value", label=Text("Good data, share"), unit=Unit.SHARE),
            *(Column(name=name, label=label) for name, label in _FAULTS.items()),
        ),
        rows=tuple(
            Row(
                cells=(
                    str(each["deal"]),
                    Label(each["owner_label"]),
                    Label(each["stage_label"]),
                    each["value"],
                    *(_named(each["faults"], name) for name in _FAULTS),
                )
            )
            for each in rows
        ),
    )


def _named(faults: list[Answer], kind: str) -> Label | None:
    """Return the fields with one kind of fault, in every language that all of them are called in."""
    found = [each["label"] for each in faults if each["fault"] == kind]
    if not found:
        return None
    languages = {language for label in found for language in label}
    return Label({language: ", ".join(Label(label).render(language) for label in found) for language in languages})
