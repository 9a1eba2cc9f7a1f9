"""The report on won against lost deals: with which signs deals are won more often."""

from __future__ import annotations

from voronka.messages import Label, Sentence, Text
from voronka.metrics.reports.asking import About, Answer, span
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

__all__ = ["winloss_document"]

_DRAWN = 12


def winloss_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.winloss`` answers."""
    meaning = {name: Label(texts) for name, texts in answer["definitions"].items()}
    drawn = [each for each in answer["signs"] if each["rate"] is not None][:_DRAWN]
    return Document(
        name="winloss",
        title=Text("Won against lost"),
        of=Label(answer["funnel"]["label"]),
        definition=meaning["population"],
        badge=about.badge(answer, answer["n"]),
        basis=(meaning["rate"], meaning["p"], meaning["late"]),
        said=tuple(_said(answer)),
        pictures=(_picture(answer, drawn),) if drawn else (),
        tables=(_signs(answer, meaning),),
        **about.around,
    )


def _said(answer: Answer) -> list[Sentence]:
    proven = [each for each in answer["signs"] if each["proven"] and not each["of"]["late"]]
    if not proven:
        return [Text("No sign that a deal has from the start proves to separate won deals from lost ones.")]
    return [
        Text("{sign}: the difference between deals with and without it is proven.", sign=_name(each))
        for each in proven[:5]
    ]


def _name(sign: Answer) -> Sentence:
    return Text("{field}: {value}", field=Label(sign["label"]), value=Label(sign["value_label"]))


def _picture(answer: Answer, drawn: list[Answer]) -> Picture:
    return Picture(
        name="signs",
        title=Text("Won, share, of deals with each sign, with 95 % intervals"),
        form=PictureForm.INTERVALS,
        unit=Unit.SHARE,
        categories=tuple(map(_name, drawn)),
        series=(
            Series(
                label=Text("Won, share"),
                values=tuple(each["rate"] for each in drawn),
                spans=tuple(span(each["interval"]) for each in drawn),
            ),
        ),
        target=answer["rate"],
    )


def _signs(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="signs",
        title=Text("Signs, the clearest first"),
        columns=(
            Column(name="sign", label=Text("Sign")),
            Column(name="n", label=Text("Deals with it"), unit=Unit.COUNT),
            Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE, definition=meaning["rate"]),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
            Column(name="n_without", label=Text("Deals without it"), unit=Unit.COUNT),
            Column(name="rate_without", label=Text("Won without it, share"), unit=Unit.SHARE),
            Column(name="lift", label=Text("Times as often"), unit=Unit.NUMBER),
            Column(name="p", label=Text("By chance"), unit=Unit.SHARE, definition=meaning["p"]),
            Column(name="verdict", label=Text("In words")),
        ),
        rows=tuple(
            Row(
                cells=(
                    _name(each),
                    each["of"]["having"]["trials"],
                    each["rate"],
                    span(each["interval"]),
                    each["of"]["lacking"]["trials"],
                    each["other_rate"],
                    each["lift"],
                    each["p"],
                    Text("proven") if each["proven"] else Text("not proven"),
                ),
                deals=tuple(each["deals"]),
                more=max(each["of"]["having"]["trials"] - len(each["deals"]), 0),
                why=Text("comes on the way: it may follow from going well") if each["of"]["late"] else None,
            )
            for each in answer["signs"]
        ),
    )
