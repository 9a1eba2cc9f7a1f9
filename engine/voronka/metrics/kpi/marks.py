"""Moments in the lives of deals, accounts and contacts: when each first came to a mark, and what it came to later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, func, select

from voronka.calendars import DAY, HOUR, MINUTE, Duration, Unit
from voronka.definition.kpis import Counted, Version
from voronka.definition.kpis.methods import Entity, Mark
from voronka.expressions import Kind, Type
from voronka.expressions.ir import Const, Read, Shift
from voronka.metrics.kpi.grouping import Rows
from voronka.metrics.kpi.periods import Period
from voronka.metrics.kpi.request import Data, Request
from voronka.sql.backend import BIGINT, BOOL, TEXT
from voronka.sql.bindings import Bindings
from voronka.sql.element import Sql
from voronka.sql.times import Times
from voronka.sql.zones import Zone

__all__ = ["Journeys", "grouped"]

_LONGEST = {Unit.MINUTES: MINUTE, Unit.HOURS: HOUR, Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY, Unit.MONTHS: 31 * DAY}
_AHEAD = 3_660 * DAY
"""Ten years: no history tells of what ends later than that after now."""


class Journeys:
    """Those who came to a mark, each once, with the moment and what they are told by."""

    def __init__(self, data: Data, request: Request, version: Version, entity: Entity) -> None:
        self.rows = Rows(data, request, Counted.DEALS)
        self._data = data
        self._version = version
        self._entity = entity
        self._deals = data.schema.tables["dim_deal"]

    def starts(self, mark: Mark) -> Subquery:
        """Return ``entity``, ``at``, ``deal`` and the keys of everyone who came to the mark: of a deal's account the
        deal that came first.
        """
        source, at, conditions = self._marked(mark)
        entity = self._entity_column()
        keys = self.rows.by()
        order = func.row_number().over(partition_by=entity, order_by=(at, self._deals.c.deal)).label("nth")
        known = [entity.is_not(None), at.is_not(None), *conditions, *self.rows.conditions(self._version.where)]
        told = [entity.label("entity"), at.label("at"), self._deals.c.deal.label("deal"), *keys]
        if self._entity is Entity.DEAL and mark.event != "entered":
            return select(*told).select_from(source).where(*known).subquery("starts")
        ranked = select(*told, order).select_from(source).where(*known).subquery("ranked")
        columns = [column for column in ranked.c if column.name != "nth"]
        return select(*columns).where(ranked.c.nth == 1).subquery("starts")

    def reached(self, starts: FromClause, mark: Mark, name: str) -> Subquery:
        """Return when each of `starts` first came to a mark afterwards, by ``entity``; those who did."""
        source, at, conditions = self._marked(mark)
        entity = self._entity_column()
        ends = (
            select(entity.label("entity"), at.label("at"))
            .select_from(source)
            .where(entity.is_not(None), at.is_not(None), *conditions, *self.rows.conditions(None))
            .subquery()
        )
        joined = starts.join(ends, (ends.c.entity == starts.c.entity) & (ends.c.at >= starts.c.at))
        first = select(starts.c.entity, func.min(ends.c.at).label("at")).select_from(joined)
        return first.group_by(starts.c.entity).subquery(name)

    # A length that somebody sets in days, weeks or months, as a limit or a time to look at, is one of calendar days of
    # the workspace's zone everywhere: it ends at the same time of day (`later`; on a curve `passed`). A length that is
    # measured, as of a stay, is time that has gone by, told in days of 24 hours.
    def passed(
        self, start: ColumnElement[Any], end: ColumnElement[Any], spans: Sequence[Period], *, dated: bool
    ) -> ColumnElement[Any]:
        """Return the minutes from a moment within `spans` to a later one, one begun as a whole; `dated`: by the clock
        on the wall, so that calendar days have 1440, also those on which it is changed.
        """
        if dated:
            zone = self._zone(spans, max(self.rows.request.now, *(span.end for span in spans)) + _AHEAD)
            start, end = zone.wall(start), zone.wall(end)
        length = Sql(BIGINT, f"greatest({{1}} - {{0}} + {MINUTE - 1}, 0)", start, end)
        return self._data.backend.divided(length, MINUTE)

    def later(self, moment: ColumnElement[Any], length: Duration, spans: Sequence[Period] = ()) -> ColumnElement[Any]:
        """Return a moment so much later, by the workspace's zone. `spans`: where the moment lies, or comes to lie by
        the length; none: anywhere, which takes a database much longer where clocks are changed.
        """
        reach = length.count * _LONGEST[length.unit]
        zone = Zone(self._data.workspace.timezone, self._data.backend)
        if spans:
            zone = self._zone(spans, max(span.end for span in spans) + reach, reach)
        read = Read(type=Type(Kind.DATETIME), text="at", name="at")
        text = str(length)
        duration = Const(type=Type(Kind.DURATION), text=text, value=text)
        node = Shift(type=Type(Kind.DATETIME), text=text, operand=read, duration=duration, sign=1)
        request, workspace = self.rows.request, self._data.workspace
        return Times(self._data.backend, zone, request.env(workspace), Bindings()).shifted(node, moment)

    def _zone(self, spans: Sequence[Period], last: int, before: int = 0) -> Zone:
        """Return the zone of the moments from so long before the first span up to `last`."""
        first = min(span.start for span in spans) - before
        return Zone(self._data.workspace.timezone, self._data.backend, between=(first, last))

    def _entity_column(self) -> ColumnElement[Any]:
        return self._deals.c["deal" if self._entity is Entity.DEAL else self._entity.value]

    def _marked(self, mark: Mark) -> tuple[FromClause, ColumnElement[Any], list[ColumnElement[bool]]]:
        deals, backend = self._deals, self._data.backend
        if mark.event == "created":
            return deals, deals.c.created_at, []
        if mark.event in ("won", "lost"):
            of_funnel = [Sql(BOOL, "({0} = {1})", deals.c.funnel, backend.parameter(mark.funnel, TEXT))]
            outcome = Sql(BOOL, f"({{0}} = '{mark.event}')", deals.c.outcome)
            return deals, deals.c.closed_at, [outcome, *(of_funnel if mark.funnel else [])]
        visits = self._data.schema.tables["fact_visit"].alias()
        conditions: list[ColumnElement[bool]] = [
            Sql(BOOL, "({0} = {1})", visits.c.stage, backend.parameter(mark.stage, TEXT))
        ]
        if mark.funnel:
            conditions.append(Sql(BOOL, "({0} = {1})", visits.c.funnel, backend.parameter(mark.funnel, TEXT)))
        return deals.join(visits, visits.c.deal == deals.c.deal), visits.c.entered_at, conditions


def grouped(query: Select[Any], keys: int) -> Select[Any]:
    """Group a select by its first columns: the keys and what follows them at once."""
    return query.group_by(*(Sql(BIGINT, str(place)) for place in range(1, keys + 1)))
