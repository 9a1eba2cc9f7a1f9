"""The report on hints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from voronka.calendars import date_of
from voronka.definition.playbooks import Article
from voronka.messages import Label, Text
from voronka.metrics.hints import Closed, HintFigures, conversion, hint_figures
from voronka.metrics.parameters import funnel_of, period_of
from voronka.metrics.plain import plain
from voronka.metrics.reports.asking import About, Answer, span
from voronka.metrics.reports.document import Column, Document, Row, Table, Unit
from voronka.metrics.statistics.rates import wilson
from voronka.runtime.queries import Asked, parameters
from voronka.runtime.queries.shown import Shown
from voronka.runtime.words import Json, words
from voronka.storage import hint_uses
from voronka.storage.deals import owned_by
from voronka.storage.hint_uses import Use
from voronka.storage.tables import deals

__all__ = ["hints_document", "report_hints"]

_LATE = Text(
    "Whoever works on a deal with care asks for hints and wins it, too: a difference is a reason to try, not a proof."
)


@parameters("funnel", "from", "to")
def report_hints(asked: Asked) -> Json:
    """Answer with what became of hints: parameters funnel (all of them by default), from, to (days), of the deals that
    whoever asks may see. Who asked how often is told to whoever has all rights to people's records.
    """
    funnel = None if asked.text("funnel") is None else funnel_of(asked)
    start, end = period_of(asked)
    name = None if funnel is None else funnel.name
    read = hint_uses.read(asked.reader.connection, funnel=name, owners=asked.owners)
    uses = [use for use in read if (start is None or use.at >= start) and (end is None or use.at < end)]
    playbooks = asked.workspace.playbooks
    figures = hint_figures(uses, [each.name for each in playbooks.all])
    every = hint_uses.read(asked.reader.connection, funnel=name, owners=asked.owners)
    helped: dict[bytes, int] = {}
    for use in every:
        if use.use != Use.ASKED:
            helped.setdefault(use.deal, use.at)
    today = date_of(asked.now, asked.workspace.timezone)
    return {
        "funnel": None if funnel is None else {"name": funnel.name, "label": words(funnel.label)},
        "n": figures.asked,
        **_plain(asked, figures),
        "stale": [
            {
                "hint": each.name,
                "label": words(each.label),
                "owner": each.owner,
                "review_on": each.review_on.isoformat(),
                "days": (today - each.review_on).days,
            }
            for each in playbooks.articles.values()
            if each.stale(today)
        ],
        "conversion": plain(conversion(helped, _closed(asked, name, start, end))),
    }


def _closed(asked: Asked, funnel: str | None, start: int | None, end: int | None) -> Iterator[Closed]:
    query = select(deals.c.id, deals.c.closed_at, deals.c.outcome)
    query = query.where(deals.c.hidden.is_(False), deals.c.outcome.is_not(None))
    if funnel is not None:
        query = query.where(deals.c.funnel == funnel)
    if asked.owners is not None:
        query = query.where(owned_by(asked.owners))
    if start is not None:
        query = query.where(deals.c.closed_at >= start)
    if end is not None:
        query = query.where(deals.c.closed_at < end)
    for row in asked.reader.execute(query):
        yield Closed(deal=row.id, at=row.closed_at, won=row.outcome == "won")


def _plain(asked: Asked, figures: HintFigures) -> dict[str, Any]:
    playbooks = asked.workspace.playbooks
    named = {each.name: each for each in playbooks.all}
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    return {
        "searches": figures.searches,
        "missed": figures.missed,
        "missed_interval": plain(wilson(figures.missed, figures.searches)),
        "offered": figures.offered,
        "found": figures.found,
        "seconds": figures.seconds,
        "used": [
            {
                **plain(each),
                "label": words(named[each.hint].label if each.hint in named else Label.plain(each.hint)),
                "kind": "article" if isinstance(named.get(each.hint), Article) else "script",
            }
            for each in figures.used
        ],
        "in_vain": plain(list(figures.in_vain)),
        "people": [
            {"user": shown.user(user), "asked": times}
            for user, times in (figures.people.items() if asked.viewer.rights.changes_all else ())
        ],
    }


def hints_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.hints`` answers."""
    return Document(
        name="hints",
        title=Text("Hints"),
        of=None if answer["funnel"] is None else Label(answer["funnel"]["label"]),
        definition=Text("How often people look for a hint, how soon they have one, and how their deals end."),
        badge=about.badge(answer, answer["n"]),
        basis=(_LATE,),
        tables=(
            _figures(answer),
            _conversion(answer),
            _used(answer),
            _in_vain(answer),
            _stale(answer),
            *_people(answer),
        ),
        **about.around,
    )


def _figures(answer: Answer) -> Table:
    seconds = answer["seconds"]
    rows: list[tuple[Text, float | int | None]] = [
        (Text("Asked for a hint"), answer["n"]),
        (Text("Searched by words"), answer["searches"]),
        (Text("Searched in vain"), answer["missed"]),
        (Text("Had hints to choose from"), answer["offered"]),
        (Text("Opened or answered one"), answer["found"]),
        (Text("Median time until then, seconds"), None if seconds is None else round(seconds, 1)),
    ]
    return Table(
        name="figures",
        title=Text("How hints are found"),
        columns=(Column(name="what", label=Text("What")), Column(name="value", label=Text("Value"), unit=Unit.NUMBER)),
        rows=tuple(Row(cells=row) for row in rows),
    )


def _conversion(answer: Answer) -> Table:
    found = answer["conversion"]
    apart = found["difference"]
    sides = (Text("With a hint opened or answered"), Text("Without"))
    note = None
    if apart is not None:
        note = Text(
            "Difference: {value} percentage points, between {low} and {high}.",
            value=round(apart["value"] * 100, 1),
            low=round(apart["interval"][0] * 100, 1),
            high=round(apart["interval"][1] * 100, 1),
        )
    return Table(
        name="conversion",
        title=Text("Closed deals with hints and without"),
        columns=(
            Column(name="side", label=Text("Deals")),
            Column(name="won", label=Text("Won"), unit=Unit.COUNT),
            Column(name="n", label=Text("Closed"), unit=Unit.COUNT),
            Column(name="rate", label=Text("Won, share"), unit=Unit.SHARE),
            Column(name="interval", label=Text("95 % interval"), unit=Unit.SHARE, interval=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    side,
                    *(found[counts][part] for part in ("successes", "trials")),
                    found["rates"][place],
                    span(found["intervals"][place]),
                )
            )
            for place, (side, counts) in enumerate(zip(sides, ("having", "lacking"), strict=True))
        ),
        note=note,
    )


def _used(answer: Answer) -> Table:
    return Table(
        name="used",
        title=Text("Scripts and articles"),
        columns=(
            Column(name="hint", label=Text("Hint")),
            Column(name="opened", label=Text("Opened"), unit=Unit.COUNT),
            Column(name="answered", label=Text("Answered"), unit=Unit.COUNT),
        ),
        rows=tuple(Row(cells=(Label(each["label"]), each["opened"], each["answered"])) for each in answer["used"]),
    )


def _in_vain(answer: Answer) -> Table:
    return Table(
        name="in_vain",
        title=Text("Searched for in vain"),
        columns=(Column(name="words", label=Text("Words")), Column(name="times", label=Text("Times"), unit=Unit.COUNT)),
        rows=tuple(Row(cells=(each["words"], each["times"])) for each in answer["in_vain"]),
    )


def _stale(answer: Answer) -> Table:
    return Table(
        name="stale",
        title=Text("Articles out of date"),
        columns=(
            Column(name="article", label=Text("Article")),
            Column(name="owner", label=Text("Owner")),
            Column(name="days", label=Text("Days overdue"), unit=Unit.COUNT),
        ),
        rows=tuple(Row(cells=(Label(each["label"]), each["owner"], each["days"])) for each in answer["stale"]),
    )


def _people(answer: Answer) -> list[Table]:
    if not answer["people"]:
        return []
    table = Table(
        name="people",
        title=Text("Who asks"),
        columns=(Column(name="user", label=Text("Person")), Column(name="asked", label=Text("Asked"), unit=Unit.COUNT)),
        rows=tuple(Row(cells=(Label(each["user"]["label"]), each["asked"])) for each in answer["people"]),
    )
    return [table]
