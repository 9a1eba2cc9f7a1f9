"""From the store into the mart: all of it, or what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, insert, select

from voronka.definition.workspace import Workspace
from voronka.mart import outline
from voronka.mart.course import COURSE, Course, entries
from voronka.mart.extraction import OF_KIND, Extraction
from voronka.mart.loading import Loader
from voronka.mart.schema import MartSchema
from voronka.process.state import StreamKind
from voronka.storage.dirty import Marks
from voronka.storage.tables import deals

__all__ = ["Filling"]

Row = tuple[Any, ...]

_DEALS_AT_ONCE = 20_000
_CHANGED_AT_ONCE = 2_000
_STREAMED = 10_000
_OUTLINE = ("dim_day", "dim_user", "dim_release", "dim_stage")


class Filling:
    """Takes the rows of one state of the store (`source`) over into a mart (`target`)."""

    def __init__(
        self, source: Connection, target: Connection, loader: Loader, schema: MartSchema, workspace: Workspace
    ) -> None:
        self._source = source
        self._target = target
        self._loader = loader
        self._schema = schema
        self._workspace = workspace
        self._extraction = Extraction(schema, source.dialect)

    def everything(self, now: int) -> None:
        """Fill a mart whose tables are empty."""
        for kind in OF_KIND:
            self._take(kind)
        self._tell(now)

    def changes(self, marks: Marks, now: int) -> None:
        """Put what the marked records are now in the place of what they were."""
        for kind, base in OF_KIND.items():
            ids = sorted(stream.id for stream in marks if stream.kind is kind)
            for start in range(0, len(ids), _CHANGED_AT_ONCE):
                part = ids[start : start + _CHANGED_AT_ONCE]
                self._forget(kind, part)
                self._take(kind, base.c.id.in_(part))
        self._tell(now)

    def _take(self, kind: StreamKind, which: ColumnElement[bool] | None = None) -> None:
        for name, query in self._extraction.queries(kind, which):
            self._loader.load(self._schema.tables[name], self._rows(query))
        if kind is StreamKind.DEAL:
            course = Course(self._schema, self._workspace)
            for told in course.rows(self._rows(entries(which)), _DEALS_AT_ONCE):
                for name, rows in told.items():
                    self._loader.load(self._schema.tables[name], rows)

    def _rows(self, query: Select[Any]) -> Iterator[Row]:
        """Return the rows of a query, whose columns are such that nothing is left to convert."""
        if self._source.dialect.name == "sqlite":
            driver: Any = self._source.execute(query).cursor  # which makes no more of a row than is needed
            return iter(driver)
        streamed = self._source.execute(query, execution_options={"stream_results": True, "yield_per": _STREAMED})
        return (tuple(row) for row in streamed)

    def _forget(self, kind: StreamKind, ids: Sequence[bytes]) -> None:
        digits = [id_.hex() for id_ in ids]
        numbers: list[int] = []
        if kind is StreamKind.DEAL:
            numbers = list(self._source.execute(select(deals.c.number).where(deals.c.id.in_(ids))).scalars())
        for name in (*self._extraction.tables(kind), *(COURSE if kind is StreamKind.DEAL else ())):
            table = self._schema.tables[name]
            if "deal" in table.c:
                self._remove(table, "deal", numbers)
            else:
                self._remove(table, "record" if "record" in table.c else kind.value, digits)

    def _remove(self, table: Table, column: str, values: Sequence[object]) -> None:
        quote = self._target.dialect.identifier_preparer
        head = f"DELETE FROM {quote.format_table(table)} WHERE {quote.quote_identifier(column)}"  # noqa: S608 - ours
        if self._target.dialect.name == "postgresql":
            self._target.exec_driver_sql(f"{head} = ANY(%s)", (list(values),))
        else:
            self._target.exec_driver_sql(f"{head} IN (SELECT unnest(?))", (list(values),))

    def _tell(self, now: int) -> None:
        """Tell of the workspace itself: its days, users, releases and stages, and of when that was."""
        workspace, source = self._workspace, self._source
        first, last = outline.first_day(source, workspace, now), outline.last_day(workspace, now)
        rows = (
            outline.days(workspace, first, last),
            outline.people(source, workspace),
            outline.known_releases(source),
            outline.stages(workspace),
        )
        state = self._schema.state
        known = self._target.execute(select(state.c.release, state.c.first_day, state.c.last_day)).first()
        same = known is not None and tuple(known) == (workspace.release, first.isoformat(), last.isoformat())
        for name, found in zip(_OUTLINE, rows, strict=True):
            if same and name in ("dim_day", "dim_stage"):
                continue
            table = self._schema.tables[name]
            self._target.execute(delete(table))
            self._loader.load(table, found)
        self._target.execute(delete(state))
        self._target.execute(
            insert(state).values(
                refreshed_at=now,
                print=self._schema.print,
                release=workspace.release,
                first_day=first.isoformat(),
                last_day=last.isoformat(),
            )
        )
