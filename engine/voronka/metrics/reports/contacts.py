"""The report on contacts: how attempts to reach clients end, and how long clients bear it."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.code_words import in_words
from voronka.messages import LANGUAGES, Label, Sentence, Text
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

__all__ = ["contacts_document"]

_CHANCE = 0.05


def contacts_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.contacts`` answers."""
    meaning = {name: Label(texts) for name, texts in answer["definitions"].items()}
    return Document(
        name="contacts",
        title=Text("Contacts with clients"),
        of=None if answer["funnel"] is None else Label(answer["funnel"]["label"]),
        definition=meaning["attempts"],
        badge=about.badge(answer, answer["n"]),
        basis=(meaning["failed"], meaning["patience"], *_period(answer)),
        said=tuple(_said(answer)),
        pictures=tuple(_pictures(answer)),
        tables=(
            _attempts(answer, meaning),
            _touchpoints(answer, meaning),
            _patience(answer, meaning),
            _silent(answer, meaning),
            *([_failing(answer, meaning)] if answer["failing"] else []),
        ),
        **about.around,
    )


def _period(answer: Answer) -> Iterator[Text]:
    if answer["from"] is None and answer["to"] is None:
        yield Text("No days were asked for: all is of all time.")


def _said(answer: Answer) -> Iterator[Text]:
    """Yield what is proven: that some touchpoints are worse than others, and that series of failures cost deals."""
    differ, worn = answer["differ"], answer["worn"]
    if differ is not None and differ["p"] < _CHANCE:
        yield Text("It depends on the stage and the channel how often attempts fail: that is proven.")
    elif differ is not None:
        yield Text("No proven difference between stages and channels: where attempts fail may be chance alone.")
    if worn is not None and worn["p"] < _CHANCE:
        points = abs(worn["value"]) * 100
        told = {"n": answer["in_a_row"], "points": f"{points:.0f}"}
        yield (
            Text("With {n} failed attempts in a row or more deals are won more seldom, by {points} points.", **told)
            if worn["value"] < 0
            else Text("With {n} failed attempts in a row or more deals are won more often, by {points} points.", **told)
        )


def _series(each: Answer) -> Text:
    length = each["length"]
    return Text("{n} or more", n=length) if each["more"] else Text("{n}", n=length)


def _pictures(answer: Answer) -> Iterator[Picture]:
    shown = [each for each in answer["touchpoints"] if each["share"] is not None]
    if shown:
        yield Picture(
            name="touchpoints",
            title=Text("Failed, share, by stage and channel"),
            form=PictureForm.INTERVALS,
            unit=Unit.SHARE,
            categories=tuple(
                Label(
                    {
                        language: f"{_stage(each).render(language)}, {_channel(each).render(language)}"
                        for language in LANGUAGES
                    }
                )
                for each in shown
            ),
            series=(
                Series(
                    label=Text("Failed, share"),
                    values=tuple(each["share"] for each in shown),
                    spans=tuple(span(each["interval"]) for each in shown),
                ),
            ),
        )
    if answer["patience"]:
        yield _patience_picture(answer)


def _stage(touchpoint: Answer) -> Sentence:
    return Text("No stage") if touchpoint["label"] is None else Label(touchpoint["label"])


def _channel(touchpoint: Answer) -> Sentence:
    return in_words(touchpoint["of"]["channel"] or "–")


def _patience_picture(answer: Answer) -> Picture:
    return Picture(
        name="patience",
        title=Text("Won, share, by the longest series of failed attempts"),
        form=PictureForm.INTERVALS,
        unit=Unit.SHARE,
        categories=tuple(map(_series, answer["patience"])),
        series=(
            Series(
                label=Text("Won, share"),
                values=tuple(each["rate"] for each in answer["patience"]),
                spans=tuple(span(each["interval"]) for each in answer["patience"]),
            ),
        ),
    )


def _attempts(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="attempts",
        title=Text("Attempts"),
        note=meaning["attempts"],
        columns=(
            Column(name="kind", label=Text("Kind")),
            Column(name="channel", label=Text("Channel")),
            Column(name="reason", label=Text("Reason")),
            Column(name="outcome", label=Text("Outcome")),
            Column(name="n", label=Text("Attempts"), unit=Unit.COUNT),
        ),
        rows=tuple(
            Row(
                cells=(*(_code(each[name]) for name in ("kind", "channel", "reason", "outcome")), each["n"]),
                deals=tuple(each["deals"]),
            )
            for each in answer["attempts"]
        ),
    )


def _code(code: str | None) -> Sentence | None:
    return None if code is None else in_words(code)


def _touchpoints(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="touchpoints",
        title=Text("Where attempts fail"),
        note=meaning["touchpoint"],
        columns=(
            Column(name="stage", label=Text("Stage")),
            Column(name="channel", label=Text("Channel")),
            Column(name="n", label=Text("With an outcome"), unit=Unit.COUNT),
            Column(name="failed", label=Text("Failed"), unit=Unit.COUNT),
            Column(name="share", label=Text("Failed, share"), unit=Unit.SHARE),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    _stage(each),
                    _code(each["of"]["channel"]),
                    each["of"]["counts"]["trials"],
                    each["of"]["counts"]["successes"],
                    each["share"],
                    span(each["interval"]),
                ),
                deals=tuple(each["deals"]),
            )
            for each in answer["touchpoints"]
        ),
    )


def _failing(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="failing",
        title=Text("Open deals that are not reached"),
        note=meaning["failing"],
        columns=(
            Column(name="deal", label=Text("Deal")),
            Column(name="in_a_row", label=Text("Failed in a row"), unit=Unit.COUNT),
        ),
        rows=tuple(
            Row(cells=(str(each["deal"]), each["in_a_row"]), deals=(each["deal"],)) for each in answer["failing"]
        ),
    )


def _patience(answer: Answer, meaning: dict[str, Label]) -> Table:
    return Table(
        name="patience",
        title=Text("Failed attempts in a row"),
        note=meaning["patience"],
        columns=(
            Column(name="length", label=Text("Longest series")),
            Column(name="closed", label=Text("Closed"), unit=Unit.COUNT),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    _series(each),
                    each["counts"]["trials"],
                    each["counts"]["successes"],
                    each["rate"],
                    span(each["interval"]),
                ),
                deals=tuple(each["deals"]),
                more=each["counts"]["trials"] - len(each["deals"]),
            )
            for each in answer["patience"]
        ),
    )


def _silent(answer: Answer, meaning: dict[str, Label]) -> Table:
    counts = answer["silent"]
    share = counts["successes"] / counts["trials"] if counts["trials"] else None
    return Table(
        name="silent",
        title=Text("Those who leave without a word"),
        note=meaning["silent"],
        columns=(
            Column(name="what", label=Text("Deals")),
            Column(name="lost", label=Text("Lost"), unit=Unit.COUNT),
            Column(name="silent", label=Text("Without a word"), unit=Unit.COUNT),
            Column(name="share", label=Text("Share"), unit=Unit.SHARE),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
        ),
        rows=(
            Row(
                cells=(
                    Text("All"),
                    counts["trials"],
                    counts["successes"],
                    share,
                    span(answer["silent_interval"]),
                ),
                deals=tuple(answer["silent_deals"]),
            ),
        ),
    )
