"""The report on managers: results compared, work, average cheques, cohorts by month, sales without calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement

from voronka.calendars import DAY
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.managers.comparison import Comparison, compared
from voronka.metrics.managers.rows import (
    Cheque,
    Effort,
    activity,
    arrivals,
    cheques,
    cohorts,
    effort,
    quiet,
    results,
)
from voronka.metrics.managers.silence import Silent, silent
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.homogeneity import Homogeneity, homogeneity
from voronka.metrics.statistics.rates import wilson

__all__ = ["Cohort", "ManagersReport", "Wanted", "definitions", "managers_report"]

_CONFOUNDED = Text(
    "Deals come to managers in different stages: some get them already on the way. "
    "Their rates do not tell whose work is better."
)
_DISPROPORTION = 0.05


def definitions(*, days: int, fewer: int, months: int) -> Mapping[str, Text]:
    """Return how each number of the report is counted."""
    return {
        "rate": Text(
            "Won, divided by won and lost, of the deals that closed in the period, with its Wilson interval. Basis: "
            "event."
        ),
        "verdict": Text(
            "Proven: all rates differ (chi-square), this one from the others' (Fisher's exact test) after Holm's "
            "correction, and also, among deals of the same kind, from the others' (Mantel and Haenszel)."
        ),
        "activity": Text("Interactions of ours in the period by who had them, whosever the deal is."),
        "cheque": Text("Amounts, as they are now, of the deals that first entered the stage in the period."),
        "effort": Text(
            "Our interactions divided by won deals: those on won deals alone, and those on all that closed. "
            "The second is what a sale really takes."
        ),
        "cohort": Text(
            "Deals by the month they were created in, of the {months} months up to the end of the period, whether or "
            "not days were asked for; won within {days} days of that. Basis: cohort. Younger months are not judged "
            "yet.",
            months=months,
            days=days,
        ),
        "silent": Text(
            "Won deals of the period with fewer than {fewer} interactions logged, beside the rate of the others and "
            "the "
            "limits within which chance keeps it.",
            fewer=fewer,
        ),
    }


@frozen
class Wanted:
    """What is asked of the report. `mix`: what splits deals into strata, None: nothing; `stage` and `amount` (a column
    of deals): of the average cheque; `edges`: of the months of cohorts, `within` so many days; `fewer`: with fewer
    interactions a won deal is silent; `first`: the stages deals begin in; `kinds` of interactions that count as work,
    None: all.
    """

    now: int
    mix: ColumnElement[str] | None = None
    stage: str | None = None
    amount: str | None = None
    edges: Sequence[int] = ()
    within: int = 90
    fewer: int = 1
    first: Collection[str] = ()
    kinds: Collection[str] | None = None
    least: int = 5
    level: float = 0.95


@frozen
class Cohort:
    """The deals of one owner created in one month: `start` is its first moment. `mature`: old enough to be judged."""

    owner: str | None
    start: int
    counts: Counts
    rate: float | None
    interval: Interval | None
    mature: bool


@frozen
class ManagersReport:
    """All numbers by owner, in alphabetical order, with what may and what may not be concluded."""

    results: Comparison
    activity: Mapping[str | None, Mapping[str, int]]
    cheques: Mapping[str | None, Cheque]
    effort: Mapping[str | None, Effort]
    cohorts: tuple[Cohort, ...]
    silent: tuple[Silent, ...]
    arrivals: Mapping[str | None, Counts]
    arrivals_differ: Homogeneity | None
    warnings: tuple[Text, ...]


def managers_report(part: Slice, wanted: Wanted) -> ManagersReport:
    """Return the report over a slice of the mart."""
    came = arrivals(part, wanted.first) if wanted.first else {}
    differ = homogeneity(list(came.values()))
    confounded = differ is not None and differ.p < _DISPROPORTION
    shown = wanted.stage is not None and wanted.amount is not None
    return ManagersReport(
        results=compared(results(part, wanted.mix), least=wanted.least, level=wanted.level),
        activity=activity(part),
        cheques=cheques(part, wanted.stage or "", wanted.amount or "") if shown else {},
        effort=effort(part, wanted.kinds),
        cohorts=tuple(_cohorts(part, wanted)),
        silent=silent(quiet(part, wanted.fewer, wanted.kinds), wanted.level),
        arrivals=came,
        arrivals_differ=differ,
        warnings=(_CONFOUNDED,) if confounded else (),
    )


def _cohorts(part: Slice, wanted: Wanted) -> list[Cohort]:
    found = []
    for owner, months in cohorts(part, wanted.edges, wanted.within).items():
        for place, counts in months.items():
            mature = wanted.edges[place + 1] + wanted.within * DAY <= wanted.now
            judged = mature and counts.trials >= wanted.least
            found.append(
                Cohort(
                    owner=owner,
                    start=wanted.edges[place],
                    counts=counts,
                    rate=counts.successes / counts.trials if judged else None,
                    interval=wilson(*counts, wanted.level) if judged else None,
                    mature=mature,
                )
            )
    return found
