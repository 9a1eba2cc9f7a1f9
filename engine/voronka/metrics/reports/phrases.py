"""What every document says in words, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.calendars import show_date, show_moment
from voronka.messages import Sentence, Text
from voronka.metrics.reports.document import Document, Light, Unit
from voronka.metrics.reports.figures import Figures

__all__ = ["LIGHTS", "badge_of", "heading_of", "period_of"]

LIGHTS = {
    Light.RED: Text("missed"),
    Light.AMBER: Text("close to it"),
    Light.GREEN: Text("reached"),
}
"""How a number stands to its target, in words: a colour alone tells not everybody."""


def heading_of(document: Document) -> Sentence:
    """Return the title of a document with what it is about."""
    if document.of is None:
        return document.title
    return Text("{report}: {subject}", report=document.title, subject=document.of)


def period_of(document: Document, language: str) -> Sentence | None:
    """Return the period of a document in words; None where it has none."""
    start, end = (None if day is None else show_date(day, language) for day in document.period)
    if start and end:
        return Text("{start} to {end}", start=start, end=end)
    if start:
        return Text("from {start}", start=start)
    return Text("until {end}", end=end) if end else None


def badge_of(document: Document, language: str) -> Iterator[Sentence]:
    """Yield what the numbers of a document stand on: how many rows, how complete, how fresh, under which release."""
    badge = document.badge
    figures = Figures.of(document, language)
    yield Text("n = {n}", n=figures.number(badge.n, Unit.COUNT))
    if badge.coverage is not None:
        yield Text("{share} have the data it needs", share=figures.number(badge.coverage, Unit.SHARE))
    if badge.fresh_at is not None:
        yield Text("data of {moment}", moment=show_moment(badge.fresh_at, document.timezone, language))
    if badge.release:
        yield Text("release {release}", release=badge.release[:8])
