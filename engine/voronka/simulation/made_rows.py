"""Made-up rows of collections: such that conditions hold together, or as many as a condition speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat
from random import Random
from typing import Any

from voronka.definition.fields import Collection, Field, FieldType
from voronka.expressions import Env, Expression, RowsNotLoaded, Value
from voronka.expressions.ir import Read, walk
from voronka.frozen import frozen
from voronka.process.commands import PutRow
from voronka.process.step import Row
from voronka.simulation.values import constants

__all__ = ["MadeRows", "RowMaker"]

# So many sets of rows are tried before the conditions are given up, and so many rows a condition may speak of.
_TRIES = 300
_ROWS = 12


@frozen
class MadeRows:
    """Rows to put, in this order, and fields to set with them."""

    rows: tuple[PutRow, ...] = ()
    values: Mapping[str, Value | None]


@frozen
class RowMaker:
    """Makes rows for one deal.

    `env`: the deal, with the rows of no collection. `there`: those of each that conditions read, by key. `texts`: the
    text fields of the deal, each with what it holds or might hold: rows name what they mean. `draw` makes up a value of
    a column.
    """

    env: Env
    there: Mapping[str, Mapping[str, Row]]
    texts: Mapping[str, str]
    draw: Callable[[Field], Value | None]
    random: Random

    def satisfying(self, conditions: Sequence[Expression], collections: Mapping[str, Collection]) -> MadeRows | None:
        """Return what to put into these collections so that all conditions hold: nothing where they do already.

        None if nothing that was tried makes them hold.
        """
        if self._hold(conditions, {}, {}):
            return MadeRows(values={})
        names = {name for each in conditions for name in each.reads.names}
        told = {name: text for name, text in self.texts.items() if name in names}
        new = {name: text for name, text in told.items() if self.env.values.get(name) is None}
        read = {node.name for each in conditions for node in walk(each.node) if isinstance(node, Read) and node.of_row}
        for attempt in range(_TRIES):
            puts = [
                put
                for name, collection in collections.items()
                for put in self._drawn(collection, _wanted(conditions, name) + attempt % 3, read, [*told.values()])
            ]
            if self._hold(conditions, new, {name: self._after(collections[name], puts) for name in collections}):
                return MadeRows(rows=tuple(puts), values=new)
        return None

    def some(self, collection: Collection, condition: Expression) -> Iterator[PutRow]:
        """Yield as many rows as a condition speaks of, if there are none yet."""
        if not self.there.get(collection.name):
            yield from self._drawn(collection, _wanted([condition], collection.name), set(), [])

    def _hold(
        self,
        conditions: Sequence[Expression],
        values: Mapping[str, Value | None],
        rows: Mapping[str, Sequence[Row]],
    ) -> bool:
        every: dict[str, Any] = {name: [*there.values()] for name, there in self.there.items()}
        env = replace(self.env, values={**self.env.values, **values}, rows=every | dict(rows))
        try:
            return all(condition.test(env) is True for condition in conditions)
        except RowsNotLoaded:
            return False

    def _after(self, collection: Collection, puts: Sequence[PutRow]) -> Sequence[Row]:
        """Return the rows of a collection after rows were put into it."""
        rows: dict[object, Row] = {}
        rows.update(self.there.get(collection.name, {}))
        for place, put in enumerate(puts):
            if put.collection == collection.name:
                named = put.key if collection.key is None else put.values.get(collection.key)
                key = place if named is None else named
                rows[key] = {**rows.get(key, {}), **put.values}  # type: ignore[dict-item] # made of plain values
        return [*rows.values()]

    def _drawn(self, collection: Collection, wanted: int, read: set[str], texts: Sequence[str]) -> Iterator[PutRow]:
        """Yield so many rows, those that are there first: they may lack what is asked of them."""
        there = self.there.get(collection.name, {})
        key = None if collection.key is None else collection.fields[collection.key]
        new: Iterator[str | None] = repeat(None)
        if key is not None and key.options:
            new = (option for option in key.options if option not in there)
        for name in islice(chain(there, new), wanted):
            row = {
                column: self._cell(field, texts if column in read else None)
                for column, field in collection.fields.items()
                if field.formula is None
            }
            if key is not None and name is not None:
                row[key.name] = name
            known = {column: value for column, value in row.items() if value is not None or name is not None}
            yield PutRow(collection=collection.name, values=known, key=name if key is None else None)

    def _cell(self, field: Field, texts: Sequence[str] | None) -> Value | None:
        """Return a value of a column; `texts`: what a condition that reads it may mean, None if none does."""
        if field.type is FieldType.BOOL:
            return True
        drawn = self.draw(field)
        if texts is None:
            return drawn
        if field.type is FieldType.TEXT:
            return self.random.choice([None, drawn, *texts])
        if field.type is FieldType.INTEGER and field.least is not None:
            least = int(field.least.value)
            return self.random.choice([least, least + 1, drawn])
        return drawn


def _wanted(conditions: Sequence[Expression], collection: str) -> int:
    """Return how many rows of a collection conditions speak of, one at least."""
    own = [each for each in conditions if collection in each.reads.collections]
    return max([1, *(n for each in own for n in constants(each) if isinstance(n, int) and n <= _ROWS)])
