"""Scores of a deal: where it stands on each card, what is not known, and what to ask next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.definition.scorecards import Factor, Scorecard
from voronka.definition.workspace import Workspace
from voronka.expressions import Value
from voronka.messages import LANGUAGES
from voronka.runtime.words import words

__all__ = ["shown_score", "shown_scores"]


def shown_scores(workspace: Workspace, scores: Mapping[str, Mapping[str, Value | None]]) -> list[dict[str, Any]]:
    """Return the scores by card as JSON, with labels; cards on which nothing is known are left out."""
    cards = [(workspace.scorecards[name], found) for name, found in scores.items()]
    return [shown_score(card, found) for card, found in cards if found["gaps"] != tuple(card.factors)]


def shown_score(card: Scorecard, found: Mapping[str, Value | None]) -> dict[str, Any]:
    """Return a score as JSON: its total, its band, what is not known, and what to ask next."""
    band = next((each for each in card.bands if each.name == found["band"]), None)
    gaps, ask = found["gaps"], card.factors.get(str(found["next"]))
    return {
        "name": card.name,
        "label": words(card.label),
        "total": found["total"],
        "shown": {language: _number(found["total"], language) for language in LANGUAGES},
        "band": None if band is None else {"name": band.name, "label": words(band.label)},
        "gaps": [_named(card.factors[name]) for name in (gaps if isinstance(gaps, tuple) else ())],
        "next": None if ask is None else {**_named(ask), "ask": words(ask.ask or ask.label)},
    }


def _number(total: Value | None, language: str) -> str:
    text = f"{total:.1f}".removesuffix(".0") if isinstance(total, float) else "—"
    return text.replace(".", ",") if language == "ru" else text


def _named(factor: Factor) -> dict[str, Any]:
    return {"name": factor.name, "label": words(factor.label)}
