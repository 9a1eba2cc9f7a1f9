"""The funnel report: per stage entered, left, conversion and days; won and lost by owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from sqlalchemy import Connection

from voronka.definition.funnels import Funnel
from voronka.frozen import frozen
from voronka.messages import Label, Text
from voronka.metrics.flow import (
    Period,
    dwell_by_stage,
    flow_by_stage,
    lives_by_stage,
    outcomes_by_owner,
    visited_stages,
)
from voronka.metrics.path import merged_path, with_retired
from voronka.metrics.statistics.counts import Interval
from voronka.metrics.statistics.rates import wilson
from voronka.metrics.statistics.survival import Life, kaplan_meier, quantile

__all__ = ["DEFINITIONS", "FunnelReport", "OwnerResult", "StageFlow", "funnel_report"]

MICROSECONDS_A_DAY = 86_400_000_000
MIN_VISITS = 5
"""Fewer finished visits than this say nothing about which stage is the slowest."""

DEFINITIONS: Mapping[str, Text] = {
    "population": Text("Deals created in the period; deals of undone imports are left out. Basis: cohort."),
    "entered": Text("Deals that entered the stage at least once."),
    "visits": Text("Visits to the stage; a deal that comes again is counted again."),
    "finished": Text("Visits that have ended; the days are taken over these."),
    "left": Text("Of the deals that entered, those that do not stand in the stage now."),
    "onward": Text("Of those, the deals that entered a later stage or won afterwards. Mode: any order of visits."),
    "back": Text("Visits that ended with a move to an earlier stage."),
    "lost": Text("Deals lost straight from the stage."),
    "here": Text("Deals standing in the stage now; they may still go on, and count as not yet gone on."),
    "conversion": Text("Gone on, divided by entered."),
    "days": Text("Days of a finished visit, by the clock: the median and the 90th percentile (nearest rank)."),
    "half_days": Text(
        "Days after which half of all visits are over; those that still last count as far as they were seen "
        "(Kaplan–Meier)."
    ),
    "seen_days": Text("Days for which at least five visits were seen, those that still last among them."),
    "owners": Text(
        "Deals count for whoever owns them now. Where deals change hands as they go on, those who hand them on keep "
        "what is lost, and those who take them over have what is won."
    ),
    "win_rate": Text(
        "Won, divided by won and lost, with its 95 % Wilson interval; intervals that overlap prove nothing."
    ),
}


@frozen
class StageFlow:
    """One stage's numbers, counting deals unless said otherwise; `DEFINITIONS` says how each is counted.

    `visits` counts stays, a deal's second one too; `finished` those that ended, which `median_days` and `p90_days`
    are taken over. `half_days`: after how many days half of all visits are over, those that last counted as far as they
    were seen (Kaplan-Meier; None: half are not over within `seen_days`, as long as `MIN_VISITS` of them were seen).
    `outcome`: won, lost or None. `declared` is False for a stage no longer in the configuration.
    """

    stage: str
    label: Label
    outcome: str | None
    declared: bool
    entered: int
    visits: int
    onward: int
    back: int
    lost: int
    here: int
    finished: int
    median_days: float | None
    p90_days: float | None
    half_days: float | None
    seen_days: float | None

    @property
    def left(self) -> int:
        """Return how many deals of those that entered do not stand here now."""
        return self.entered - self.here

    @property
    def conversion(self) -> float | None:
        """Return the share that went on; None for an outcome and where nobody entered."""
        return self.onward / self.entered if self.entered and self.outcome is None else None


@frozen
class OwnerResult:
    """What became of one owner's deals; `owner` None: deals without one."""

    owner: str | None
    open: int
    won: int
    lost: int

    @property
    def win_rate(self) -> float | None:
        """Return won among won and lost; None where nothing has closed."""
        closed = self.won + self.lost
        return self.won / closed if closed else None

    @property
    def interval(self) -> Interval | None:
        """Return the Wilson interval of `win_rate`."""
        return wilson(self.won, self.won + self.lost)


@frozen
class FunnelReport:
    """A funnel's numbers over the deals created in a period (ends in UTC microseconds, None: open)."""

    funnel: str
    label: Label
    period: Period
    stages: tuple[StageFlow, ...]
    owners: tuple[OwnerResult, ...]
    definitions: Mapping[str, Text] = field(default_factory=lambda: DEFINITIONS)

    @property
    def deals(self) -> int:
        """Return how many deals were counted."""
        return self.open + self.won + self.lost

    @property
    def open(self) -> int:
        """Return how many of them are open."""
        return sum(owner.open for owner in self.owners)

    @property
    def won(self) -> int:
        """Return how many of them are won."""
        return sum(owner.won for owner in self.owners)

    @property
    def lost(self) -> int:
        """Return how many of them are lost."""
        return sum(owner.lost for owner in self.owners)

    @property
    def total(self) -> OwnerResult:
        """Return the result over all owners."""
        return OwnerResult(owner=None, open=self.open, won=self.won, lost=self.lost)

    @property
    def slowest(self) -> StageFlow | None:
        """Return the open stage of which half of the visits last longest, among those with enough finished ones."""
        known = [flow for flow in self.stages if flow.outcome is None and flow.finished >= MIN_VISITS]
        return max(
            known, key=lambda flow: (flow.seen_days if flow.half_days is None else flow.half_days) or 0.0, default=None
        )

    @property
    def leakiest(self) -> StageFlow | None:
        """Return the stage from which the most deals were lost straight away; slow and leaky are not the same."""
        known = [flow for flow in self.stages if flow.lost]
        return max(known, key=lambda flow: flow.lost, default=None)


def funnel_report(
    connection: Connection,
    funnel: Funnel,
    period: Period | None = None,
    *,
    now: int,
    former: Iterable[Funnel] = (),
) -> FunnelReport:
    """Count the funnel over visits, in SQL. `connection` reads the operational database.

    `former`: the funnel under earlier releases, the newest first; a stage that is no longer declared stands where it
    stood then, under its label of then.

    Days are elapsed days of 24 hours; visits that last are looked at as of `now`.
    """
    period = period or Period()
    declared = merged_path(funnel)
    path = with_retired(declared, visited_stages(connection, funnel.name, period), former)
    order = [name for name, stage in path.items() if stage.outcome is None or stage.outcome.value == "won"]
    flows = flow_by_stage(connection, funnel.name, order, period)
    dwells = dwell_by_stage(connection, funnel.name, period)
    lives = lives_by_stage(connection, funnel.name, period, now)
    rows = []
    for name in [*path, *sorted(flows.keys() - path.keys())]:
        stage, flow, dwell = path.get(name), flows.get(name), dwells.get(name)
        half, seen = _half(lives[name]) if name in lives else (dwell.median, dwell.median) if dwell else (None, None)
        rows.append(
            StageFlow(
                stage=name,
                label=stage.label if stage else Label.plain(name),
                outcome=stage.outcome.value if stage and stage.outcome else None,
                declared=name in declared,
                entered=flow.entered if flow else 0,
                visits=flow.visits if flow else 0,
                onward=flow.onward if flow else 0,
                back=flow.back if flow else 0,
                lost=flow.lost if flow else 0,
                here=flow.here if flow else 0,
                finished=dwell.finished if dwell else 0,
                median_days=dwell.median / MICROSECONDS_A_DAY if dwell else None,
                p90_days=dwell.p90 / MICROSECONDS_A_DAY if dwell else None,
                half_days=None if half is None else half / MICROSECONDS_A_DAY,
                seen_days=None if seen is None else seen / MICROSECONDS_A_DAY,
            )
        )
    owners = tuple(
        OwnerResult(owner=row.owner, open=row.open, won=row.won, lost=row.lost)
        for row in outcomes_by_owner(connection, funnel.name, period)
    )
    return FunnelReport(funnel=funnel.name, label=funnel.label, period=period, stages=tuple(rows), owners=owners)


def _half(lives: Sequence[Life]) -> tuple[float | None, float]:
    """Return after how many microseconds half of the visits are over, None if that was not seen of enough of them; and
    for how long enough were seen for it to be told: a single forgotten deal says nothing of a stage.
    """
    half = quantile(kaplan_meier(lives), 0.5)
    count, seen = 0, 0.0
    for life in sorted(lives, key=lambda each: each.length, reverse=True):
        count += life.n
        if count >= MIN_VISITS:
            seen = life.length
            break
    # As many as of five finished visits last until half of them are over.
    if half is not None and sum(life.n for life in lives if life.length >= half) < (MIN_VISITS + 1) // 2:
        half = None
    return half, seen
