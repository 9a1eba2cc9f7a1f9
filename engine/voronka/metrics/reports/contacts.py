"""The report on contacts: how attempts to reach clients end, and how long clients bear it."""

from __future__ import annotations

from voronka.messages import Label, Text
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


def contacts_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.contacts`` answers."""
    meaning = {name: Label(texts) for name, texts in answer["definitions"].items()}
    return Document(
        name="contacts",
        title=Text("Contacts with clients"),
        of=None if answer["funnel"] is None else Label(answer["funnel"]["label"]),
        definition=meaning["attempts"],
        badge=about.badge(answer, answer["n"]),
        basis=(meaning["failed"], meaning["patience"]),
        pictures=(_picture(answer),) if answer["patience"] else (),
        tables=(_attempts(answer, meaning), _patience(answer, meaning), _silent(answer, meaning)),
        **about.around,
    )


def _series(each: Answer) -> Text:
    length = each["length"]
    return Text("{n} or more", n=length) if each["more"] else Text("{n}", n=length)


def _picture(answer: Answer) -> Picture:
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
            Row(cells=tuple(each[name] for name in ("kind", "channel", "reason", "outcome", "n")))
            for each in answer["attempts"]
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
                )
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
