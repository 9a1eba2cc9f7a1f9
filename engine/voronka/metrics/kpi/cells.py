"""What selects give before it is told: numbers by group and period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, NamedTuple

from sqlalchemy import Select

from voronka.definition.kpis import Kpi
from voronka.expressions import Kind, Value
from voronka.frozen import frozen
from voronka.messages import Sentence, Text
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data

__all__ = ["Cell", "Cells", "Keys", "fetched", "layers", "ratio"]

Keys = tuple[Value | None, ...]
"""The values of the names in `by`, then of the `extra` ones."""


@frozen
class Cell:
    """One number as it is computed; `value` as the kind of the cells says. `known`: rows that count, those beside
    whose value is missing. `hidden`: why the value that there is may not be told.
    """

    value: Any = None
    n: int = 0
    known: int = 0
    part: Any = None
    whole: Any = None
    details: Mapping[str, Any] = field(default_factory=dict)
    hidden: Sentence | None = None


class Traits(NamedTuple):
    """What may differ between the versions of a KPI: see `Cells`."""

    counts: bool
    share: bool
    empty: Any


@frozen
class Cells:
    """Numbers by keys and by the place of their period.

    `kind` of the values; None: numbers. `empty`: what it is of no rows; None: nothing. `unknown`: the places of periods
    of which nothing can be told. `counts`: they say how many there are, so that few are no reason to hide one.
    `adds_up`: those of periods make up that of all; `summed`: so do those of groups. `share`: `part` counts some
    of `whole`. `extra`: names of keys beyond those asked for, such as the stage; `order`: in which order they are told.
    `traits`: by place, where versions differ in them.
    """

    rows: Mapping[Keys, Mapping[int, Cell]]
    kind: Kind | None = None
    empty: Any = None
    unknown: frozenset[int] = frozenset()
    counts: bool = False
    adds_up: bool = False
    summed: bool = False
    share: bool = False
    extra: tuple[str, ...] = ()
    order: Sequence[Value | None] = ()
    words: tuple[Sentence, ...] = ()
    traits: Mapping[int, Traits] = field(default_factory=dict)

    def traits_at(self, place: int) -> Traits:
        """Return what holds of the numbers of a period, by the version that they are of."""
        return self.traits.get(place) or Traits(self.counts, self.share, self.empty)

    def at(self, keys: Keys, place: int) -> Cell:
        """Return a number; where nothing counts, what that gives."""
        if place in self.unknown:
            return Cell()
        return self.rows.get(keys, {}).get(place) or Cell(value=self.traits_at(place).empty)

    def too_few(self, cell: Cell, least: int, place: int) -> bool:
        """Tell whether a value rests on fewer rows than it may be told of; how many there are is told always."""
        return cell.value is not None and cell.n < least and not self.traits_at(place).counts

    def read(self, kpi: Kpi, by: int) -> Cells:
        """Return these numbers of a KPI as another one reads them: one for each `by` names, without those it hides.

        Names of its own have one value each in such a KPI (`several`), or one in each of its versions.
        """
        rows: dict[Keys, dict[int, Cell]] = {}
        for keys, row in self.rows.items():
            told = {place: self._hiding(cell, kpi, place) for place, cell in row.items()}
            rows.setdefault(keys[:by], {}).update(told)
        traits = {
            place: own._replace(empty=self._hiding(Cell(value=own.empty), kpi, place).value)
            for place, own in self.traits.items()
        }
        empty = self._hiding(Cell(value=self.empty), kpi, -1).value
        return replace(self, rows=rows, empty=empty, traits=traits, extra=(), order=())

    def _hiding(self, cell: Cell, kpi: Kpi, place: int) -> Cell:
        if not self.too_few(cell, kpi.least, place):
            return cell
        hidden = Text("{kpi} is hidden: too few, {n} of at least {least}.", kpi=kpi.label, n=cell.n, least=kpi.least)
        return replace(cell, value=None, hidden=hidden)

    def moved(self, places: Sequence[int]) -> Cells:
        """Return the numbers of a version with `places` instead of the first, the second and so on."""
        own = Traits(self.counts, self.share, self.empty)
        rows = {keys: {places[place]: cell for place, cell in row.items()} for keys, row in self.rows.items()}
        unknown = frozenset(places[place] for place in self.unknown)
        return replace(self, rows=rows, unknown=unknown, traits=dict.fromkeys(places, own))

    def beside(self, other: Cells | None) -> Cells:
        """Return these numbers with others of other periods, by another version perhaps: they are of one kind.

        What only one of them can say of its numbers is said of all only where each has its `traits`.
        """
        if other is None:
            return self
        rows = {keys: {**other.rows.get(keys, {}), **self.rows.get(keys, {})} for keys in {**other.rows, **self.rows}}
        return replace(
            self,
            rows=rows,
            unknown=self.unknown | other.unknown,
            empty=self.empty if self.empty == other.empty else None,
            counts=self.counts and other.counts,
            adds_up=self.adds_up and other.adds_up,
            summed=self.summed and other.summed,
            share=self.share and other.share,
            traits={**other.traits, **self.traits},
            order=tuple(dict.fromkeys((*self.order, *other.order))),
            words=tuple(dict.fromkeys((*other.words, *self.words))),
        )


def fetched(
    data: Data, query: Select[Any], keys: int, places: Sequence[int], *, always: bool = False
) -> dict[Keys, dict[int, Cell]]:
    """Carry out a select of keys, place, the parts of a cell, and details under other names.

    `keys`: how many; `places`: which place each of the select's stands for. `always`: it has a value
    where it rests on nothing, too.
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
            value=value if n or always else None,
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
