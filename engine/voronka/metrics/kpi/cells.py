"""What selects give before it is told: numbers by group and period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from sqlalchemy import Select

from voronka.expressions import Kind, Value
from voronka.frozen import frozen
from voronka.messages import Sentence
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data

__all__ = ["Cell", "Cells", "Keys", "fetched", "layers", "ratio"]

Keys = tuple[Value | None, ...]
"""The values of the names in `by`, then of the `extra` ones."""


@frozen
class Cell:
    """One number as it is computed; `value` as the kind of the cells says. `known`: rows that count, those beside
    whose value is missing.
    """

    value: Any = None
    n: int = 0
    known: int = 0
    part: Any = None
    whole: Any = None
    details: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Cells:
    """Numbers by keys and by the place of their period.

    `kind` of the values; None: numbers. `empty`: what it is of no rows; None: nothing. `share`: `part` counts some of
    `whole`. `extra`: names of keys beyond those asked for, such as the stage; `order`: in which order they are told.
    """

    rows: Mapping[Keys, Mapping[int, Cell]]
    kind: Kind | None = None
    empty: int | None = None
    share: bool = False
    extra: tuple[str, ...] = ()
    order: Sequence[Value | None] = ()
    words: tuple[Sentence, ...] = ()

    def at(self, keys: Keys, place: int) -> Cell:
        """Return a number; where nothing counts, what that gives."""
        return self.rows.get(keys, {}).get(place) or Cell(value=self.empty)

    def with_rows(self, rows: Mapping[Keys, Mapping[int, Cell]]) -> Cells:
        """Return the same about other rows."""
        return replace(self, rows=rows)


def fetched(
    data: Data, query: Select[Any], keys: int, places: Sequence[int], empty: int | None = None
) -> dict[Keys, dict[int, Cell]]:
    """Carry out a select of keys, place, the parts of a cell, and details under other names.

    `keys`: how many; `places`: which place each of the select's stands for. `empty`: what it is of no
    rows.
    """
    found: dict[Keys, dict[int, Cell]] = {}
    result = data.connection.execute(query)
    names = tuple(result.keys())[keys:]
    for row in result:
        told = dict(zip(names, row[keys:], strict=True))
        place = places[told.pop("place")]
        n, value = told.pop("n", None) or 0, told.pop("value", None)
        cell = Cell(
            n=n,
            known=told.pop("known", None) or n,
            value=value if n or empty is not None else None,
            part=told.pop("part", None),
            whole=told.pop("whole", None),
            details=told,
        )
        found.setdefault(tuple(row[:keys]), {})[place] = cell
    return found


def ratio(part: Any, whole: Any) -> float | None:  # noqa: ANN401 - numbers of a database
    """Return a quotient; None where one is missing or the divisor is 0."""
    return None if part is None or not whole else float(part) / float(whole)


def layers(spans: Sequence[Period]) -> Iterable[list[int]]:
    """Return the places of periods in as few lists as may be, so that those of one do not overlap and are in order."""
    rows: list[list[int]] = []
    for place in sorted(range(len(spans)), key=lambda n: (spans[n].first, spans[n].after)):
        fitting = next((row for row in rows if spans[row[-1]].after <= spans[place].first), None)
        if fitting is None:
            rows.append([place])
        else:
            fitting.append(place)
    return rows
