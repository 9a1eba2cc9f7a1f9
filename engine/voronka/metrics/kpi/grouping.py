"""The rows that a KPI counts: which ones, what they are told by, and the period of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, literal_column, select, union_all
from sqlalchemy.types import BigInteger

from voronka.definition.kpis import Counted
from voronka.definition.rights import NOBODY
from voronka.expressions import Expression, Kind, Type
from voronka.expressions.ir import Read
from voronka.mart.columns import MartColumns
from voronka.metrics.kpi.measures import Compiler
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, TEXT
from voronka.sql.bindings import Bindings
from voronka.sql.columns import Columns
from voronka.sql.element import Sql
from voronka.sql.steps import stepwise

__all__ = ["Rows", "RowsColumns", "period_of", "periods_table"]

_NOWHERE = -1


class RowsColumns(MartColumns):
    """The names of counted rows; of a fact, a name that it has not is its deal's."""

    def read(self, node: Read) -> ColumnElement[Any]:
        """Return the column of a name."""
        try:
            return super().read(node)
        except KeyError:
            if not node.of_row:
                raise
        return super().read(Read(type=node.type, text=node.text, name=node.name))


class Rows:
    """The rows of one kind that a request may count, before they are grouped."""

    def __init__(self, data: Data, request: Request, counted: Counted, columns: MartColumns | None = None) -> None:
        self.data = data
        self.request = request
        self.counted = counted
        self.own = columns or RowsColumns(data.schema, data.backend, counted)
        self.compiler = self.compiling(self.own)

    def compiling(self, columns: Columns) -> Compiler:
        """Return what compiles expressions over some columns."""
        env = self.request.env(self.data.workspace)
        return Compiler(columns=columns, backend=self.data.backend, env=env, bindings=Bindings())

    @property
    def source(self) -> FromClause:
        """What to select from."""
        return self.own.source

    def name(self, name: str) -> ColumnElement[Any]:
        """Return the value of a name of the rows, or of their deals."""
        of_row = self.counted not in (Counted.DEALS, Counted.ACCOUNTS, Counted.CONTACTS)
        own = of_row and not name.startswith("deal.")
        return self.compiler(Read(type=Type(Kind.TEXT), text=name, name=name, of_row=own))

    def by(self) -> list[ColumnElement[Any]]:
        """Return what the rows are told by, labelled ``by0`` and so on."""
        return [self.name(name).label(f"by{n}") for n, name in enumerate(self.request.by)]

    def about(self, facts: FromClause, where: Expression | None) -> FromClause:
        """Return facts of deals to select from, with their deals where something of those is asked: no fact of the mart
        is without one."""
        deals = self.data.schema.tables["dim_deal"]
        asked = self.request.by or where or self.request.where or self.request.owners is not None
        return deals.join(facts, facts.c.deal == deals.c.deal) if asked else facts

    def conditions(self, where: Expression | None) -> list[ColumnElement[bool]]:
        """Return which rows count: those of `where` and of the request, of owners that may be seen."""
        found = [self.compiler(each.node) for each in (where, self.request.where) if each is not None]
        if (owners := self.request.owners) is not None:
            found.append(self._owned(owners))
        return found

    def _owned(self, owners: frozenset[str]) -> ColumnElement[bool]:
        owner = self.own.owner
        named = [self.data.backend.parameter(name, TEXT) for name in sorted(owners - {NOBODY})]
        places = ", ".join(f"{{{n}}}" for n in range(1, len(named) + 1))
        owned = f"coalesce({{0}} IN ({places}), FALSE)" if named else "FALSE"
        return Sql(BOOL, f"({owned} OR {{0}} IS NULL)" if NOBODY in owners else f"({owned})", owner, *named)

    def period(self, time: str | None, spans: Sequence[Period]) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]]:
        """Return the place in `spans` of the period that a row lies in by its `time`, and which rows lie in one."""
        if time is None:
            return Sql(BIGINT, "0"), []
        return period_of(self.name(time), spans)


def period_of(
    moment: ColumnElement[Any], spans: Sequence[Period]
) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]]:
    """Return the place of the period around a moment or a date, and the condition that it lies in one of them.

    `spans` are in order and do not overlap; there may be gaps between them.
    """
    dated = not isinstance(moment.type, BigInteger)
    edges: list[tuple[int | str, int]] = []
    for place, span in enumerate(spans):
        first, after = (span.first.isoformat(), span.after.isoformat()) if dated else (span.start, span.end)
        if edges and edges[-1][0] == first:
            edges.pop()
        edges += [(first, place), (after, _NOWHERE)]

    def spelled(edge: int | str) -> str:
        return f"'{edge}'" if dated else str(edge)

    low, high = spelled(edges[0][0]), spelled(edges[-1][0])
    inside: list[ColumnElement[bool]] = [Sql(BOOL, f"({{0}} >= {low} AND {{0}} < {high})", moment)]
    steps = [(spelled(edge), str(place)) for edge, place in edges[1:-1]]
    if not steps:
        return Sql(BIGINT, "0"), inside
    index = stepwise(moment, "0", steps)  # type: ignore[arg-type] # dates stand between quotes
    if any(place == _NOWHERE for _, place in edges[:-1]):
        inside.append(Sql(BOOL, f"({{0}} <> {_NOWHERE})", index))
    return index, inside


def periods_table(spans: Sequence[Period]) -> FromClause:
    """Return a table of periods that may overlap: their places, the moments and the days between which they lie."""

    def row(place: int, span: Period) -> Select[int, int, int, str, str]:
        return select(
            literal_column(str(place), BIGINT).label("place"),
            literal_column(str(span.start), BIGINT).label("start"),
            literal_column(str(span.end), BIGINT).label("end"),
            literal_column(f"'{span.first}'", TEXT).label("first"),
            literal_column(f"'{span.after}'", TEXT).label("after"),
        )

    return union_all(*(row(place, span) for place, span in enumerate(spans))).subquery("periods")
