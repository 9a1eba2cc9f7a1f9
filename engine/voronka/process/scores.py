"""Scores: which cards a deal of a funnel has, and what a change makes of them."""

from __future__ import annotations

from collections.abc import Set

from voronka.definition.scorecards import Scorecard
from voronka.process.draft import Draft
from voronka.process.events import ScoreChanged
from voronka.process.state import Scored

__all__ = ["rescore"]


def rescore(draft: Draft, changed: Set[str], *, entered: bool) -> None:
    """Tell the scores that differ from those told last, of the cards that read what has `changed`.

    Entering a stage may change any of them.
    """
    for plan in draft.funnel.scores:
        if entered or not plan.reads.isdisjoint(changed):
            _tell(draft, plan.card)


def _tell(draft: Draft, card: Scorecard) -> None:
    total, band = card.total.evaluate(draft.env(card.total)), card.band.evaluate(draft.env(card.band))
    known = draft.deal.scores.get(card.name, Scored(0.0, card.lowest))
    if not isinstance(total, float) or not isinstance(band, str) or known == (total, band):
        return
    draft.add(ScoreChanged(card=card.name, total=total, band=band, total_before=known.total, band_before=known.band))
