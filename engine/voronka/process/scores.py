"""Scores: which cards a deal of a funnel has, and what a change makes of them."""

from __future__ import annotations

from collections.abc import Sequence, Set

from voronka.definition.scorecards import Scorecard
from voronka.process.changes import changed_or_entered
from voronka.process.draft import Draft
from voronka.process.events import Event, ScoreChanged
from voronka.process.state import Scored

__all__ = ["rescore", "rescore_past"]


def rescore(draft: Draft, changed: Set[str], *, entered: bool, at: int | None = None) -> None:
    """Tell the scores that differ from those told last, of the cards that read what has `changed`.

    Entering a stage may change any of them. `at`: since when, by default since the entry.
    """
    for plan in draft.funnel.scores:
        if entered or not plan.reads.isdisjoint(changed):
            _tell(draft, plan.card, at)


def rescore_past(draft: Draft, news: Sequence[Event], at: int) -> None:
    """Tell the scores that the `news` have changed, as they were at the moment `at` of the past."""
    if draft.funnel.scores:
        changed, entered = changed_or_entered(news)
        with draft.at_time(at):
            rescore(draft, changed, entered=entered, at=at)


def _tell(draft: Draft, card: Scorecard, at: int | None) -> None:
    total, band = card.total.evaluate(draft.env(card.total)), card.band.evaluate(draft.env(card.band))
    known = draft.deal.scores.get(card.name, Scored(0.0, card.lowest))
    if not isinstance(total, float) or not isinstance(band, str) or known == (total, band):
        return
    draft.add(
        ScoreChanged(card=card.name, total=total, band=band, total_before=known.total, band_before=known.band, at=at)
    )
