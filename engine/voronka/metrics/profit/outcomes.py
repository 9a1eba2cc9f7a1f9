"""Outcomes of selling: what a new client costs and is worth, and what a sales cycle takes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BigInteger, Double, and_, cast, func, select

from voronka.calendars import DAY
from voronka.frozen import frozen
from voronka.metrics.slices import Slice, counted

__all__ = ["Costs", "Outcomes", "Sold", "outcomes", "sold"]


class Sold(NamedTuple):
    """What a period brought: deals created, closed and won; new clients, whose first won deal it has; what was won, in
    minor units (deals without an amount left out, `valued` counts the others); days of the cycle of those won.
    """

    created: int
    closed: int
    won: int
    clients: int
    revenue: int
    valued: int
    cycle_days: float | None


@frozen
class Costs:
    """What is not in the mart, None: not given. Amounts in minor units; `margin` as a share; `repeats`: orders of a
    client a year after the first; `years` that a client stays.
    """

    per_lead: float | None = None
    per_deal: float | None = None
    margin: float | None = None
    repeats: float | None = None
    years: float | None = None


@frozen
class Outcomes:
    """Amounts in minor units; None: something it needs is not known. `cac`: leads and deals of the period at their
    cost, by new client; `ltv`: margin of a client over the years (not discounted); `cycle`: cost of deals a won one.
    """

    sold: Sold
    cheque: float | None
    cac: float | None
    ltv: float | None
    ratio: float | None
    cycle: float | None


def sold(part: Slice, amount: str) -> Sold:
    """Return what the period of a slice brought. `amount`: a column of deals. A deal without an account is a client of
    its own.
    """
    deals = part.deals
    created = part.connection.execute(
        select(func.count()).where(part.visible, part.within(deals.c.created_at))
    ).scalar_one()
    won, ended = deals.c.outcome == "won", and_(deals.c.outcome.is_not(None), part.within(deals.c.closed_at))
    value = deals.c[amount]
    cycle = cast(deals.c.closed_at - deals.c.created_at, Double) / float(DAY)
    closed, number, revenue, valued, days = part.connection.execute(
        select(
            func.count(),
            counted(won),
            cast(func.coalesce(func.sum(value).filter(won), 0), BigInteger),
            counted(and_(won, value.is_not(None))),
            func.avg(cycle).filter(won),
        ).where(part.visible, ended)
    ).one()
    client = func.coalesce(deals.c.account, deals.c.id)
    first = select(func.min(deals.c.closed_at).label("at")).where(part.visible, won).group_by(client).subquery()
    clients = part.connection.execute(
        select(func.count()).select_from(first).where(part.within(first.c.at))
    ).scalar_one()
    return Sold(created, closed, number, clients, revenue, valued, days)


def outcomes(found: Sold, costs: Costs) -> Outcomes:
    """Return the outcomes. LTV = cheque x margin x (1 + repeats x years): the first order and those that follow."""
    cheque = found.revenue / found.valued if found.valued else None
    spent = None
    if costs.per_lead is not None and costs.per_deal is not None:
        spent = found.created * costs.per_lead + found.closed * costs.per_deal
    cac = spent / found.clients if spent is not None and found.clients else None
    ltv = None
    if cheque is not None and costs.margin is not None and costs.repeats is not None and costs.years is not None:
        ltv = cheque * costs.margin * (1 + costs.repeats * costs.years)
    return Outcomes(
        sold=found,
        cheque=cheque,
        cac=cac,
        ltv=ltv,
        ratio=ltv / cac if ltv is not None and cac else None,
        cycle=found.closed * costs.per_deal / found.won if costs.per_deal is not None and found.won else None,
    )
