"""What is asked of a KPI, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection

from voronka.definition.kpis import Grain
from voronka.definition.workspace import Workspace
from voronka.expressions import Env, Expression, Value
from voronka.frozen import frozen
from voronka.mart.schema import MartSchema
from voronka.messages import Label, Sentence, Text
from voronka.sql.backend import Backend

__all__ = ["NO_DATA", "Data", "Freshness", "Key", "KpiResult", "KpiRow", "Light", "Request"]

NO_DATA = Text("No data.")


class Light(StrEnum):
    """How a number stands to its target."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@frozen
class Freshness:
    """As of when the mart tells, in UTC microseconds, and under which release; None: rows that were given."""

    refreshed_at: int | None = None
    release: str | None = None


@frozen
class Data:
    """A mart as a computation sees it: where its tables lie, and a connection to them."""

    workspace: Workspace
    schema: MartSchema
    backend: Backend
    connection: Connection
    freshness: Freshness = Freshness()


@frozen
class Request:
    """A KPI is asked for the days from `start` up to and including `end`, by `grain` (None: all of them together).

    `by`: names it is told by. `owners`: whose deals may be counted; None: everybody's. `now`: what is open is looked at
    as of then. `where`: which rows count beside what the KPI says.
    """

    start: date
    end: date
    now: int
    grain: Grain | None = None
    by: tuple[str, ...] = ()
    owners: frozenset[str] | None = None
    where: Expression | None = None

    def env(self, workspace: Workspace) -> Env:
        """Return the moment, the zone and the calendar that expressions are computed with."""
        return Env(values={}, now=self.now, zone=workspace.timezone, calendar=workspace.calendar)


@frozen(kw_only=False)
class Key:
    """A value that a row is told by, and what people call it."""

    value: Value | None
    label: Label


@frozen
class KpiRow:
    """One number. `keys`: by name. `period`: its first day; None: all days asked for.

    `n`: the rows on which the value rests. `part` and `whole`: what was divided. `low` and `high`: the interval of a
    proportion. `hidden`: why there is no value. `details`: what else is told of it, by name; lengths are in days.
    """

    keys: Mapping[str, Key]
    period: date | None
    value: float | int | None
    n: int
    part: float | int | None = None
    whole: float | int | None = None
    low: float | None = None
    high: float | None = None
    hidden: Sentence | None = None
    light: Light | None = None
    details: Mapping[str, float | int | bool | None] = field(default_factory=dict)


@frozen
class KpiResult:
    """A KPI's numbers. `versions`: those that were in force, by the first day of the first period of each.

    `words`: basis, mode and the like, to be told beside the numbers. `coverage`: which share of the rows that count has
    all values that are read; None where nothing counts. `dropped`: rows left out because a name in `by` is missing.
    """

    kpi: str
    versions: Mapping[date, int]
    rows: tuple[KpiRow, ...]
    freshness: Freshness
    words: tuple[Sentence, ...] = ()
    coverage: float | None = None
    dropped: int = 0
