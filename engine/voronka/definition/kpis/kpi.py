"""KPIs: numbers with a name, a definition, an owner and a way to be computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Any

from voronka.definition.kpis.methods import Grain, Method
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Counted", "Example", "Good", "IntervalBy", "Kpi", "KpiKind", "KpiLevel", "KpiStatus", "Target", "Version"]


class Counted(StrEnum):
    """The rows over which a KPI is computed."""

    DEALS = "deals"
    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    VISITS = "visits"
    INTERACTIONS = "interactions"
    TASKS = "tasks"
    ORDERS = "orders"


class KpiStatus(StrEnum):
    """How far a KPI is agreed upon."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    DEPRECATED = "deprecated"


class KpiLevel(StrEnum):
    """What a KPI tells of: all funnels, one process, one counterparty."""

    ALL = "all"
    FUNNEL = "funnel"
    ACCOUNT = "account"


class KpiKind(StrEnum):
    """What a KPI tells: what was done, what came of it, or what it is worth."""

    ACTIVITY = "activity"
    OUTCOME = "outcome"
    VALUE = "value"


class Good(StrEnum):
    """The direction in which a KPI is better."""

    UP = "up"
    DOWN = "down"


class IntervalBy(StrEnum):
    """How the interval of a proportion is found."""

    WILSON = "wilson"
    NONE = "none"


@frozen
class Target:
    """What is aimed at in a period, by a team (None: all). `warn`: where amber ends. Money in major units, shares as
    fractions.

    `period`: as it is written: ``2026``, ``2026-Q4``, ``2026-11``, ``2026-W45``, ``2026-11-03``; None: always. It holds
    for periods of this length; of a KPI that is no total also for the shorter ones within it.
    """

    value: float
    warn: float | None = None
    period: str | None = None
    team: str | None = None


@frozen
class Example:
    """Small data and what the KPI is of them, taken as one period. `at`: as of which moment, UTC µs.

    `rows`: by what they are, values by name, as a record keeps them (money in minor units, moments in µs). Rows of
    facts say in `deal` the `number` of theirs. `value`: money in major units, a share as a fraction; None: no data.
    """

    rows: Mapping[str, tuple[Mapping[str, Any], ...]]
    value: float | None
    at: int


@frozen
class Version:
    """What a KPI means from `since` on (None: ever).

    `where`: which rows count: of a measure, a ratio and a stock those that it counts, else the deals (of hygiene the
    records). `time`: the name that puts a row into a period; None where the way of computing says it by itself.
    """

    number: int
    method: Method
    since: date | None = None
    where: Expression | None = None
    time: str | None = None


@frozen
class Kpi:
    """A KPI. `versions`: its meanings, the newest last; a period is computed by the version in force at its beginning.

    `by`: the names it may be told by: those of the rows, and of their deals where the rows have no such name (also with
    ``deal.`` before it). `least`: with fewer rows than this a rate is not shown. `nulls`: what a missing
    value in `by` is called; None: such rows are left out and counted. `level` of confidence of the interval.
    """

    name: str
    label: Label
    definition: Label
    owner: str
    level: KpiLevel
    kind: KpiKind
    of: Counted
    versions: tuple[Version, ...]
    status: KpiStatus = KpiStatus.DRAFT
    aliases: tuple[str, ...] = ()
    not_same_as: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    grains: tuple[Grain, ...] = (Grain.MONTH,)
    nulls: Label | None = None
    interval: IntervalBy = IntervalBy.WILSON
    confidence: float = 0.95
    least: int = 1
    good: Good | None = None
    targets: tuple[Target, ...] = ()
    review: str | None = None
    examples: tuple[Example, ...] = field(default=())
    unit: str = ""
    """``money``, ``percent``, ``days`` or empty: a bare number."""

    @property
    def current(self) -> Version:
        """The version that is newest."""
        return self.versions[-1]

    def in_force(self, day: date) -> Version:
        """Return the version that holds on a day; before all of them, the first."""
        held = [version for version in self.versions if version.since is None or version.since <= day]
        return held[-1] if held else self.versions[0]
