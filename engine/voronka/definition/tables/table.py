"""A decision table as it is declared, and its outputs as decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from voronka.definition.tables.conditions import ORDERED, Condition
from voronka.definition.tables.coverage import rows_in, sometimes_beside
from voronka.definition.tables.expansion import Rows, counted, first, summed
from voronka.definition.tables.grid import Axis, axis_of, masked
from voronka.definition.tables.results import gathered
from voronka.expressions import Kind, Name, Type, Value
from voronka.expressions.decision import Deciding, Decision
from voronka.expressions.ir import Node
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["DecisionTable", "HitPolicy", "Input", "Output", "Row"]


class HitPolicy(StrEnum):
    """Which of the rows that hit give the result; the names and meanings of DMN 1.3."""

    UNIQUE = "unique"
    ANY = "any"
    FIRST = "first"
    PRIORITY = "priority"
    RULE_ORDER = "rule order"
    OUTPUT_ORDER = "output order"
    COLLECT = "collect"
    SUM = "collect sum"
    MIN = "collect min"
    MAX = "collect max"
    COUNT = "collect count"

    @property
    def single(self) -> bool:
        """Whether the result is that of one row."""
        return self in {HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY}

    @property
    def ranked(self) -> bool:
        """Whether rows count by the rank of their results, not by the order of writing."""
        return self in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER}

    @property
    def listed(self) -> bool:
        """Whether the result is a list."""
        return self in {HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT}


@frozen
class Input:
    """A column of conditions over the value of an expression. `least` and `most`: bounds of that value, if known.

    `present`: it is never missing.
    """

    text: str
    type: Type
    least: Value | None = None
    most: Value | None = None
    present: bool = False


@frozen
class Output:
    """A column of results. `type` is that of a cell."""

    name: str
    type: Type
    label: Label
    options: Mapping[str, Label] = field(default_factory=dict)


@frozen
class Row:
    """A row: a condition for each input, a result for each output, None for a missing one."""

    conditions: tuple[Condition, ...]
    results: tuple[Value | None, ...]


class _Kept:
    """Leaves what was derived behind when it is copied or pickled."""

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: self.__dict__[each.name] for each in fields(self)}  # type: ignore[arg-type] # a dataclass


@frozen(slots=False)
class DecisionTable(_Kept):
    """A table. Expressions read ``tables.NAME.OUTPUT``, and the number of the row that hit as ``tables.NAME.row``."""

    name: str
    label: Label
    hit: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The rows in the order in which they count: as written, or by the rank of their results."""
        numbers = range(len(self.rows))
        return tuple(sorted(numbers, key=self._rank)) if self.hit.ranked else tuple(numbers)

    def _rank(self, number: int) -> tuple[int, ...]:
        """Return the places of a row's results among the options of their outputs."""
        return tuple(
            output.type.options.index(result) if result in output.type.options else len(output.type.options)
            for output, result in zip(self.outputs, self.rows[number].results, strict=True)
            if output.type.kind is Kind.CHOICE
        )

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The inputs cut into segments, each with the mask of the rows it meets: bit n is row `order[n]`."""
        return tuple(
            axis_of(each.type, [self.rows[row].conditions[place] for row in self.order], each.least, each.most)
            for place, each in enumerate(self.inputs)
        )

    def meeting(self, masks: Sequence[Sequence[int]]) -> list[int]:
        """Return for each row, as a bit and itself included, the rows that hit with it. `masks`: of each axis."""
        found = [(1 << len(self.rows)) - 1] * len(self.rows)
        for each in masks:
            beside = sometimes_beside(each, len(self.rows))
            found = [one & other for one, other in zip(found, beside, strict=True)]
        return found

    @cached_property
    def contested(self) -> tuple[int, ...]:
        """The rows, in the order in which they count, that hit with another one for values beyond bounds at least."""
        beside = self.meeting([axis.everywhere for axis in self.axes])
        return tuple(self.order[bit] for bit, mask in enumerate(beside) if mask & ~(1 << bit))

    def in_order(self, results: Sequence[Value | None]) -> Rows:
        """Return the conditions of the rows beside a result each, given as they are written, as the rows count."""
        return [(self.rows[row].conditions, results[row]) for row in self.order]

    def type_of(self, output: Output) -> Type:
        """Return the type of what an output gives under the hit policy."""
        if self.hit is HitPolicy.COUNT:
            return Type(Kind.INTEGER)
        return Type(Kind.CHOICES, output.type.options) if self.hit.listed else output.type

    def decision(self, output: Output, name: str) -> Decision:
        """Return an output as a decision over the inputs, which expressions read under `name`."""
        return _TableOutput(self, self.outputs.index(output), name)

    @cached_property
    def row(self) -> Decision:
        """The number of the first row that counts, from 1, as a decision."""
        return _RowNumber(self, f"tables.{self.name}.row")

    @cached_property
    def why(self) -> Decision:
        """The rows that hit, with their conditions, in words of the table."""
        return _Rows(self, f"tables.{self.name}")

    def names(self) -> dict[str, Name]:
        """Return what expressions read of a declared table, by full name."""
        inputs = tuple(each.text for each in self.inputs)
        head = f"tables.{self.name}"
        found = {
            f"{head}.{output.name}": Name(
                self.type_of(output),
                deciding=Deciding(inputs=inputs, decision=self.decision(output, f"{head}.{output.name}"), why=self.why),
            )
            for output in self.outputs
        }
        row = Name(Type(Kind.INTEGER), deciding=Deciding(inputs=inputs, decision=self.row, why=self.why))
        return {**found, f"{head}.row": row}

    def told(self, number: int) -> str:
        """Return a row as it is told: its number and its conditions."""
        return f"{number + 1} ({'; '.join(each.text for each in self.rows[number].conditions)})"


@frozen(kw_only=False, slots=False)
class _TableOutput(_Kept, Decision):
    table: DecisionTable
    place: int
    name: str

    @property
    def bounds(self) -> tuple[Value | None, Value | None]:
        table = self.table
        known: list[Any] = [each for row in table.rows if (each := row.results[self.place]) is not None]
        if table.hit is HitPolicy.COUNT:
            return 0, len(table.rows)
        if table.hit is HitPolicy.SUM or not known or table.outputs[self.place].type.kind not in ORDERED:
            return None, None
        return min(known), max(known)

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        table = self.table
        results = [table.rows[row].results[self.place] for row in table.order]
        gather = gathered(table.hit.value, table.outputs[self.place].type.kind)
        return masked(table.axes, lambda hit: gather([results[row] for row in rows_in(hit)]))

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        table, output = self.table, self.table.outputs[self.place]
        rows = table.in_order([row.results[self.place] for row in table.rows])
        if table.hit is HitPolicy.UNIQUE:
            clashing = [table.rows[row].conditions for row in table.contested]
            return first(self.name, output.type, operands, rows, clashing)
        if table.hit.single:
            return first(self.name, output.type, operands, rows)
        if table.hit is HitPolicy.COUNT:
            return counted(self.name, operands, rows)
        return summed(self.name, output.type, operands, rows) if table.hit is HitPolicy.SUM else None


@frozen(kw_only=False, slots=False)
class _RowNumber(_Kept, Decision):
    table: DecisionTable
    name: str

    @property
    def bounds(self) -> tuple[Value, Value]:
        return 1, len(self.table.rows)

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        order = self.table.order
        return masked(self.table.axes, lambda hit: next((order[row] + 1 for row in rows_in(hit)), None))

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        rows = self.table.in_order(range(1, len(self.table.rows) + 1))
        return first(self.name, Type(Kind.INTEGER), operands, rows)


@frozen(kw_only=False, slots=False)
class _Rows(_Kept, Decision):
    table: DecisionTable
    name: str

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        return masked(self.table.axes, self._told)

    def _told(self, hit: int) -> str | None:
        table, rows = self.table, list(rows_in(hit))
        counting = rows[:1] if table.hit.single and table.hit is not HitPolicy.UNIQUE else rows
        return ", ".join(table.told(table.order[row]) for row in counting) or None
