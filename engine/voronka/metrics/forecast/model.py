"""Two ways to foretell what open deals bring: rates by stage, and survival since their creation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voronka.definition.funnels import Funnel
from voronka.frozen import frozen
from voronka.metrics.forecast.rows import OpenDeal
from voronka.metrics.forecast.timing import course_of, shares
from voronka.metrics.forecast.totals import Chance, Total, total_of
from voronka.metrics.path import merged_path
from voronka.metrics.statistics.counts import Interval
from voronka.metrics.statistics.rates import wilson
from voronka.metrics.statistics.survival import Life, Step, kaplan_meier

__all__ = ["LEAST", "Foresight", "StageRate", "by_stage", "by_survival", "declared_rates", "stage_rates"]

LEAST = 10
"""So many deals must have closed after a stage for its observed rate to be reckoned with, unless told otherwise."""

_WON = "won"
_SAME_DAY = 0.5
"""Lengths are whole days: what ended on the day that an open deal has reached may still happen to it."""


@frozen
class StageRate:
    """How many of the `closed` deals that were ever in a stage were `won`, and the probability that is reckoned with.

    `declared`: what the stage says. `probability` is the observed rate where at least so many closed as are asked for,
    else the declared one; None: neither is there.
    """

    stage: str
    won: int
    closed: int
    interval: Interval | None
    declared: float | None
    probability: float | None

    @property
    def rate(self) -> float | None:
        """The observed rate; None where none closed."""
        return self.won / self.closed if self.closed else None


@frozen
class Foresight:
    """What open deals bring in each period; None where there are such deals, and nothing is known of any. What is in no
    period: `later` is the mean of what comes after the last (None: likewise), `untold` how many deals history says
    nothing of (older than any, or in a stage without a probability) and their amounts; `unvalued`: how many have no
    amount.
    """

    periods: tuple[Total | None, ...]
    later: float | None
    untold: int
    untold_amount: int
    unvalued: int


def declared_rates(funnel: Funnel) -> dict[str, float | None]:
    """Return the open stages of all variants, each with the probability that it declares."""
    return {stage.name: stage.probability for stage in merged_path(funnel).values() if stage.outcome is None}


def stage_rates(
    lives: Mapping[str, Sequence[Life]], declared: Mapping[str, float | None], least: int, level: float = 0.95
) -> dict[str, StageRate]:
    """Return the rate of each stage that was visited or is declared."""
    found = {}
    for stage in dict.fromkeys((*declared, *lives)):
        ended = [life for life in lives.get(stage, ()) if life.end is not None]
        won, closed = sum(life.n for life in ended if life.end == _WON), sum(life.n for life in ended)
        said = declared.get(stage)
        found[stage] = StageRate(
            stage=stage,
            won=won,
            closed=closed,
            interval=wilson(won, closed, level),
            declared=said,
            probability=won / closed if closed >= max(1, least) else said,
        )
    return found


def by_stage(
    deals: Sequence[OpenDeal],
    rates: Mapping[str, StageRate],
    lives: Mapping[str, Sequence[Life]],
    ends: Sequence[float],
    quantiles: Sequence[float],
) -> Foresight:
    """Return the weighted pipeline: the probability of each deal's stage, shared out over the periods as those took
    that were won from this stage. `ends`: of the periods, in days from now.
    """
    curves: dict[str, list[Step]] = {
        stage: kaplan_meier([life for life in found if life.end == _WON]) for stage, found in lives.items()
    }

    def chances(deal: OpenDeal) -> list[float] | None:
        rate = rates.get(deal.stage)
        when = shares(curves.get(deal.stage, ()), deal.days - _SAME_DAY, ends)
        if rate is None or rate.probability is None or when is None:
            return None
        return [rate.probability * share for share in (*when, max(0.0, 1 - sum(when)))]

    return _foresight(deals, chances, len(ends), quantiles)


def by_survival(
    deals: Sequence[OpenDeal], lives: Sequence[Life], ends: Sequence[float], quantiles: Sequence[float]
) -> Foresight:
    """Return what open deals bring by their age: the incidence of winning among those that lasted as long
    (Aalen–Johansen), whatever their stage.
    """
    course = course_of(lives)
    longest = max((life.length for life in lives), default=0.0)

    def chances(deal: OpenDeal) -> list[float] | None:
        return course.chances(_WON, deal.age - _SAME_DAY, (*ends, max((*ends, longest)) + 1))

    return _foresight(deals, chances, len(ends), quantiles)


def _foresight(
    deals: Sequence[OpenDeal],
    chances: Callable[[OpenDeal], list[float] | None],
    periods: int,
    quantiles: Sequence[float],
) -> Foresight:
    """Join deals with their chances: one for each period, the last for all the time after them."""
    by_period: list[list[Chance]] = [[] for _ in range(periods)]
    known: dict[tuple[str, int, int], list[float] | None] = {}
    later, told, untold, untold_amount, unvalued = 0.0, 0, 0, 0, 0
    for deal in deals:
        if deal.amount is None:
            unvalued += deal.n
            continue
        key = deal[:3]
        if key not in known:
            known[key] = chances(deal)
        found = known[key]
        if found is None:
            untold, untold_amount = untold + deal.n, untold_amount + deal.amount
            continue
        told += deal.n
        for place in range(periods):
            if found[place] > 0:
                by_period[place].append(Chance(found[place], deal.amount, deal.n, deal.squares))
        later += found[-1] * deal.amount
    known_of = bool(told) or not deals
    return Foresight(
        periods=tuple(total_of(each, quantiles) if known_of else None for each in by_period),
        later=later if known_of else None,
        untold=untold,
        untold_amount=untold_amount,
        unvalued=unvalued,
    )
