"""Numbers of documents as people of a language write them."""

from __future__ import annotations

from itertools import takewhile
from typing import Self

from voronka.calendars import date_of, show_date
from voronka.messages import Label, Text
from voronka.metrics.reports.document import NAMING, Cell, Column, Document, Row, Table, Unit

__all__ = ["UNITS", "Figures", "days_written"]

UNITS = {"money": Unit.MONEY, "percent": Unit.SHARE, "days": Unit.DAYS}
"""The units of KPIs and parameters; any other is a bare number."""
_BRIEF = 0.1
_NARROW = "\N{NO-BREAK SPACE}"


def days_written(days: float, language: str) -> str:
    """Return a number of days; one of minutes or of an hour or two with so many digits that it does not vanish."""
    written = f"{days:.3f}" if 0 < abs(days) < _BRIEF else f"{days:.1f}"
    return written.replace(".", ",") if language == "ru" else written


class Figures:
    """Writes the values of one document in one language; a dash is written where there is no data."""

    def __init__(self, currency: str, digits: int, timezone: str, language: str) -> None:
        self._russian = language == "ru"
        self._language = language
        self._currency = currency
        self._digits = digits
        self._timezone = timezone

    @classmethod
    def of(cls, document: Document, language: str) -> Self:
        """Return what writes the values of a document."""
        return cls(document.currency, document.digits, document.timezone, language)

    def cell(self, cell: Cell, column: Column) -> str:
        """Return a cell of a column in words."""
        if isinstance(cell, tuple):
            low, high = cell
            return f"{self.number(low, column.unit)} – {self.number(high, column.unit)}"
        if isinstance(cell, Text | Label):
            return cell.render(self._language)
        if isinstance(cell, str):
            return show_date(cell, self._language) if column.unit is Unit.DATE else cell
        return self.number(cell, column.unit)

    def name(self, row: Row, table: Table) -> str:
        """Return what a row of a table is called: its cells before the first number."""
        said = takewhile(lambda each: each[1].unit in NAMING, zip(row.cells, table.columns, strict=True))
        return ", ".join(self.cell(cell, column) for cell, column in said)

    def number(self, value: float | None, unit: Unit) -> str:
        """Return a number as its unit is written: a share in percent, money in units of its currency."""
        if value is None:
            return "–"
        match unit:
            case Unit.SHARE:
                return f"{self._point(f'{value * 100:.1f}')}{_NARROW if self._russian else ''}%"
            case Unit.MONEY:
                amount = self._grouped(
                    f"{value / 10**self._digits:.{self._digits}f}".removesuffix("." + "0" * self._digits)
                )
                return f"{amount}{_NARROW}{self._currency}" if self._currency else amount
            case Unit.MONTH:
                month = date_of(int(value), self._timezone)
                return f"{month:%m.%Y}" if self._russian else f"{month:%Y-%m}"
            case Unit.COUNT:
                return self._grouped(f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}")
            case Unit.DAYS:
                return days_written(value, self._language)
            case _:
                return self._grouped(f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:.1f}")

    def _point(self, written: str) -> str:
        return written.replace(".", ",") if self._russian else written

    def _grouped(self, written: str) -> str:
        """Return a number with its thousands apart."""
        whole, point, rest = written.partition(".")
        apart = f"{int(whole):,}".replace(",", _NARROW if self._russian else ",")
        sign = "-" if whole.startswith("-") and not apart.startswith("-") else ""
        return sign + apart + ((("," if self._russian else ".") + rest) if point else "")
