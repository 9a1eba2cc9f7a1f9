"""How the documents of a strategy tell quarters, days and names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from voronka.calendars import show_date
from voronka.definition.strategy import Quarter
from voronka.definition.strategy.case import Value
from voronka.definition.workspace import Workspace
from voronka.messages import LANGUAGES, Label, Sentence, Text
from voronka.metrics.reports.document import Unit
from voronka.metrics.reports.figures import Figures

__all__ = ["Amounts", "coins", "day_of", "kpi_of", "listed", "payback_of", "quarter", "who"]


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


def payback_of(value: Value) -> Sentence:
    """Return when what a case spends is back."""
    if value.payback is None:
        return Text("What is spent does not come back within the case.")
    if value.discounted is None:
        return Text(
            "What is spent is back by the end of {quarter}; at its value today it does not come back.",
            quarter=quarter(value.payback),
        )
    return Text(
        "What is spent is back by the end of {quarter}, at its value today by the end of {later}.",
        quarter=quarter(value.payback),
        later=quarter(value.discounted),
    )


class Amounts:
    """Writes money and assumptions of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._currency = workspace.currency
        self._timezone = workspace.timezone

    def minor(self, amount: Decimal) -> int:
        """Return an amount in minor units."""
        return coins(amount, self._currency.digits)

    def money(self, amount: Decimal) -> Label:
        """Return an amount in words."""
        return Label(
            {language: self._figures(language).number(self.minor(amount), Unit.MONEY) for language in LANGUAGES}
        )

    def assumed(self, value: Decimal) -> Label:
        """Return the value of an assumption, as a share."""
        return Label({language: self._figures(language).number(float(value), Unit.SHARE) for language in LANGUAGES})

    def exactly(self, value: Decimal) -> Label:
        """Return the value of an assumption as a share with all of its digits."""
        whole, _, rest = f"{value * 100:f}".partition(".")
        rest = rest.rstrip("0")
        points = {language: "," if language == "ru" else "." for language in LANGUAGES}
        return Label(
            {language: f"{whole}{point}{rest}%" if rest else f"{whole}%" for language, point in points.items()}
        )

    def _figures(self, language: str) -> Figures:
        return Figures(self._currency.code, self._currency.digits, self._timezone, language)
