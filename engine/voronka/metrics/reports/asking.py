"""What every report is told beside its answer, and the kind of function that makes its document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voronka.definition.workspace import Workspace
from voronka.frozen import frozen
from voronka.messages import Label, Sentence
from voronka.metrics.reports.document import Badge, Document, Unit
from voronka.metrics.reports.figures import Figures

__all__ = ["DRILLED", "About", "Answer", "Build", "labels", "span"]

DRILLED = 100
"""So many deals are listed behind a number at most."""

Answer = Mapping[str, Any]


@frozen
class About:
    """The workspace in which a report is made: its money, its clock, the release in force, the moment of asking, and
    the period and funnel asked for.
    """

    workspace: Workspace
    now: int
    start: str | None = None
    end: str | None = None

    @property
    def around(self) -> dict[str, Any]:
        """The parts that every document has from its workspace."""
        return {
            "period": (self.start, self.end),
            "currency": self.workspace.currency.code,
            "digits": self.workspace.currency.digits,
            "timezone": self.workspace.timezone,
        }

    def figures(self, language: str) -> Figures:
        """Return what writes numbers where a column has several units."""
        currency = self.workspace.currency
        return Figures(currency.code, currency.digits, self.workspace.timezone, language)

    def written(self, value: float | None, unit: Unit) -> Label:
        """Return a number as a cell of words, where a column or a sentence has several units."""
        return Label({language: self.figures(language).number(value, unit) for language in ("en", "ru")})

    def badge(self, answer: Answer, n: int) -> Badge:
        """Return what an answer stands on; what it does not say of itself is as of now."""
        return Badge(
            n=n,
            coverage=answer.get("coverage"),
            fresh_at=answer.get("fresh_at", self.now),
            release=answer.get("release") or self.workspace.release,
        )


Build = Callable[[Answer, About], Document]
"""Makes the document of a report out of its answer."""


def span(interval: Any) -> tuple[float, float] | None:  # noqa: ANN401 - any JSON
    """Return an interval that an answer carries as a list of its ends, or None."""
    return None if interval is None else (interval[0], interval[1])


def labels(texts: Any) -> tuple[Sentence, ...]:  # noqa: ANN401 - any JSON
    """Return sentences that an answer carries as maps of language to text: one, several or None."""
    if not texts:
        return ()
    return tuple(map(Label, texts)) if isinstance(texts, list) else (Label(texts),)
