"""How the documents of a strategy tell quarters, days and names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from voronka.calendars import show_date
from voronka.definition.strategy import Quarter
from voronka.definition.workspace import Workspace
from voronka.messages import LANGUAGES, Label, Sentence, Text

__all__ = ["coins", "day_of", "kpi_of", "listed", "quarter", "who"]


def quarter(of: Quarter) -> Text:
    """Return a quarter in words."""
    return Text("Q{number} {year}", number=of.number, year=of.year)


def day_of(day: date) -> Label:
    """Return a day in words."""
    return Label({language: show_date(day.isoformat(), language) for language in LANGUAGES})


def listed(sentences: Iterable[Sentence]) -> Label | None:
    """Return sentences with semicolons between them; None if there are none."""
    every = list(sentences)
    if not every:
        return None
    return Label({language: "; ".join(each.render(language) for each in every) for language in LANGUAGES})


def kpi_of(workspace: Workspace, name: str) -> Sentence:
    """Return what people call a KPI."""
    return workspace.kpis[name].label if name in workspace.kpis else Label.plain(name)


def who(workspace: Workspace, name: str) -> Sentence:
    """Return what people call a role or a user."""
    known = workspace.roles.get(name) or workspace.people.get(name)
    return Label.plain(name) if known is None else known.label


def coins(amount: Decimal, digits: int) -> int:
    """Return an amount in major units as whole minor units, a half away from zero."""
    return int(amount.scaleb(digits).to_integral_value(ROUND_HALF_UP))
