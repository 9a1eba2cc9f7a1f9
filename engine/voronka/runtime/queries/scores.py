"""Scores of a deal: where it stands on each card and in each matrix, what is not known, and what to ask next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voronka.definition.bands import Band
from voronka.definition.scorecards import Factor, Scorecard
from voronka.definition.workspace import Workspace
from voronka.expressions import Value
from voronka.messages import LANGUAGES
from voronka.runtime.words import words

__all__ = ["shown_cells", "shown_score", "shown_scores"]


def shown_scores(workspace: Workspace, scores: Mapping[str, Mapping[str, Value | None]]) -> list[dict[str, Any]]:
    """Return the scores by card as JSON, with labels; cards on which nothing is known are left out."""
    cards = [(workspace.scorecards[name], found) for name, found in scores.items()]
    return [shown_score(card, found) for card, found in cards if found["gaps"] != tuple(card.factors)]


def shown_score(card: Scorecard, found: Mapping[str, Value | None]) -> dict[str, Any]:
    """Return a score as JSON: its total, its band, what is not known, and what to ask next."""
    gaps, ask = found["gaps"], card.factors.get(str(found["next"]))
    return {
        "name": card.name,
        "label": words(card.label),
        "total": found["total"],
        "shown": {language: _number(found["total"], language) for language in LANGUAGES},
        "band": _band(card.bands, found["band"]),
        "gaps": [_named(card.factors[name]) for name in (gaps if isinstance(gaps, tuple) else ())],
        "next": None if ask is None else {**_named(ask), "ask": words(ask.ask or ask.label)},
    }


def shown_cells(
    workspace: Workspace,
    cells: Mapping[str, tuple[Value | None, ...]],
    scores: Mapping[str, Mapping[str, Value | None]],
) -> list[dict[str, Any]]:
    """Return the cells by matrix as JSON, with labels; left out are those of which no axis is known by anything."""
    found = []
    for name, (cell, *bands) in cells.items():
        matrix = workspace.matrices[name]
        blank = [
            axis.score is not None
            and axis.score in scores
            and scores[axis.score]["gaps"] == tuple(workspace.scorecards[axis.score].factors)
            for axis in matrix.axes
        ]
        if cell is None or all(blank):
            continue
        axes = zip(matrix.axes, bands, strict=True)
        found.append(
            {
                "name": name,
                "label": words(matrix.label),
                "cell": {"name": cell, "label": words(matrix.cells[str(cell)])},
                "axes": [
                    {"name": axis.name, "label": words(axis.label), "band": _band(axis.bands, band)}
                    for axis, band in axes
                ],
            }
        )
    return found


def _band(bands: Sequence[Band], name: Value | None) -> dict[str, Any] | None:
    band = next((each for each in bands if each.name == name), None)
    return None if band is None else {"name": band.name, "label": words(band.label)}


def _number(total: Value | None, language: str) -> str:
    text = f"{total:.1f}".removesuffix(".0") if isinstance(total, float) else "—"
    return text.replace(".", ",") if language == "ru" else text


def _named(factor: Factor) -> dict[str, Any]:
    return {"name": factor.name, "label": words(factor.label)}
