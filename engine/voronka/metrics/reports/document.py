"""A report as one document, whatever it is about: what it says, its pictures, its tables and the deals behind them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from voronka.frozen import frozen
from voronka.messages import Sentence

__all__ = [
    "NAMING",
    "Badge",
    "Cell",
    "Column",
    "Document",
    "Light",
    "Picture",
    "PictureForm",
    "Row",
    "Series",
    "Table",
    "Unit",
]

Cell: TypeAlias = Sentence | str | int | float | tuple[float, float] | None
"""A value in a table: a sentence or a name, a number, the ends of an interval; None: no data."""


class Unit(StrEnum):
    """What a number counts in, which says how it is written. Shares are fractions, money is minor units,
    a month is its first moment."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"
    MONEY = "money"
    DAYS = "days"
    DATE = "date"
    MONTH = "month"


NAMING = frozenset({Unit.TEXT, Unit.DATE, Unit.MONTH})
"""The units of what is no number: such cells stand on the left, and before the first number they name the row."""


class Light(StrEnum):
    """How a number stands to its target."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class PictureForm(StrEnum):
    """How a picture is drawn: bars lying by category, lines over time, points with their intervals."""

    BARS = "bars"
    STACK = "stack"
    LINES = "lines"
    INTERVALS = "intervals"


@frozen
class Badge:
    """How far a report can be trusted: over how many rows it is, which share of them had the data that it needs (None:
    it needs none that may be missing), how fresh they are (UTC microseconds) and under which release they were counted.
    """

    n: int
    coverage: float | None = None
    fresh_at: int | None = None
    release: str = ""


@frozen
class Series:
    """One row of numbers of a picture, a value a category; `spans`: their intervals, where the picture has them."""

    label: Sentence
    values: tuple[float | int | None, ...]
    spans: tuple[tuple[float, float] | None, ...] = ()


@frozen
class Picture:
    """A picture as data. `target`: where a line is drawn."""

    name: str
    title: Sentence
    form: PictureForm
    unit: Unit
    categories: tuple[Sentence, ...]
    series: tuple[Series, ...]
    target: float | None = None


@frozen
class Column:
    """A column of a table; `name` is for programs. `interval`: its cells are the ends of intervals of its unit."""

    name: str
    label: Sentence
    unit: Unit = Unit.TEXT
    interval: bool = False
    definition: Sentence | None = None


@frozen
class Row:
    """A row of a table. `deals`: numbers of the deals behind it, `more` of them left out. `why`: why a cell of it is
    not shown.
    """

    cells: tuple[Cell, ...]
    deals: tuple[int, ...] = ()
    more: int = 0
    light: Light | None = None
    why: Sentence | None = None


@frozen
class Table:
    """Numbers with what they are called. `total`: the last row is over all others."""

    name: str
    title: Sentence
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Sentence | None = None
    total: bool = False


@frozen
class Document:
    """A report. `of`: what it is about, as its funnel; `period`: its first and last day in ISO form (None: open).

    `basis`: by which rules it counts, printed beside the numbers; `said`: what follows from them, in words. Money is in
    minor units of the `currency`, which has so many `digits`; moments are told by the clocks of the `timezone`.
    """

    name: str
    title: Sentence
    definition: Sentence
    badge: Badge
    of: Sentence | None = None
    period: tuple[str | None, str | None] = (None, None)
    basis: tuple[Sentence, ...] = ()
    said: tuple[Sentence, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    currency: str = ""
    digits: int = 2
    timezone: str = "UTC"
