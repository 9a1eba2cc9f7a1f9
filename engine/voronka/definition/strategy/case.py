"""The business case: costs and benefits by quarter, and what they are worth today.

Everything is worked out in decimals of fifty digits and rounded only when it is shown. The net present value is the
standard one, NPV = Σ_q (B_q − C_q) / (1 + r)^(q/4) (Brealey, Myers and Allen, Principles of Corporate Finance): r is
the rate a year, q counts the quarters of the case from 1, and what falls into a quarter counts as at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Context, Decimal, localcontext

from voronka.definition.strategy.quarters import Quarter
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Assumption", "BusinessCase", "Flow", "Line", "Swing", "Value", "value_of"]

_EXACT = Context(prec=50)
_QUARTERS = 4


@frozen
class Assumption:
    """A number that is not certain: what is expected, the worst and the best that is thinkable."""

    name: str
    label: Label
    value: Decimal
    low: Decimal
    high: Decimal


@frozen
class Line:
    """A cost or a benefit: positive amounts by quarter in major units, multiplied by the assumptions that it `scales`
    with. A benefit names the KPI that will show it and the goal that brings it.
    """

    name: str
    label: Label
    amounts: Mapping[Quarter, Decimal]
    scales: tuple[str, ...] = ()
    kpi: str | None = None
    goal: str | None = None


@frozen
class BusinessCase:
    """What a strategy costs and brings. `rate`: of discount, a year; `arguments`: what speaks for it beside money."""

    label: Label
    rate: Assumption
    costs: tuple[Line, ...]
    benefits: tuple[Line, ...]
    assumptions: Mapping[str, Assumption]
    arguments: tuple[Label, ...] = ()

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """Every quarter from the first with an amount to the last, in their order."""
        named = sorted({quarter for line in (*self.costs, *self.benefits) for quarter in line.amounts})
        return tuple(named[0].after(count) for count in range(named[-1].since(named[0]) + 1)) if named else ()

    def supposing(self, assumption: Assumption, value: Decimal) -> BusinessCase:
        """Return the case as it is if one of its assumptions, or its rate itself, has another value."""
        changed = replace(assumption, value=value)
        if assumption is self.rate:  # not by its name: an assumption may be called the same
            return replace(self, rate=changed)
        return replace(self, assumptions={**self.assumptions, assumption.name: changed})


@frozen
class Flow:
    """A quarter of the case: amounts in major units, `present`: what its net is worth today."""

    quarter: Quarter
    costs: Decimal
    benefits: Decimal
    present: Decimal

    @property
    def net(self) -> Decimal:
        """Benefits less costs."""
        return self.benefits - self.costs


@frozen
class Swing:
    """What one assumption does to the net present value at its ends. `breaks_even`: the value at which it is nought;
    None: it is at none, or that is not to be told.
    """

    assumption: Assumption
    low: Decimal
    high: Decimal
    breaks_even: Decimal | None = None

    @property
    def width(self) -> Decimal:
        """How far apart the ends are."""
        return abs(self.high - self.low)


@frozen
class Value:
    """What a case is worth. `payback`: the quarter by whose end what was spent is back for good, `discounted` the same
    of values of today; None: it is not within the case. `swings`: the widest first.
    """

    npv: Decimal
    flows: tuple[Flow, ...]
    payback: Quarter | None
    discounted: Quarter | None
    swings: tuple[Swing, ...]


def value_of(case: BusinessCase) -> Value:
    """Return what a case is worth, and how much of that each assumption decides."""
    with localcontext(_EXACT):
        flows = _flows(case)
        npv = _sum(flow.present for flow in flows)
        swings = [_swing(case, each) for each in (case.rate, *case.assumptions.values())]
        return Value(
            npv=npv,
            flows=flows,
            payback=_payback(flows, [flow.net for flow in flows]),
            discounted=_payback(flows, [flow.present for flow in flows]),
            swings=tuple(sorted(swings, key=lambda swing: -swing.width)),
        )


def _flows(case: BusinessCase) -> tuple[Flow, ...]:
    flows = []
    for count, quarter in enumerate(case.quarters, 1):
        costs, benefits = (_sum(_amount(line, quarter, case) for line in part) for part in (case.costs, case.benefits))
        whole, rest = divmod(count, _QUARTERS)
        factor = (1 + case.rate.value) ** whole * (1 + case.rate.value) ** (Decimal(rest) / _QUARTERS)
        flows.append(Flow(quarter=quarter, costs=costs, benefits=benefits, present=(benefits - costs) / factor))
    return tuple(flows)


def _amount(line: Line, quarter: Quarter, case: BusinessCase) -> Decimal:
    amount = line.amounts.get(quarter, Decimal(0))
    for name in line.scales:
        amount *= case.assumptions[name].value
    return amount


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _swing(case: BusinessCase, assumption: Assumption) -> Swing:
    low, high = (_npv(case, assumption, value) for value in (assumption.low, assumption.high))
    breaks_even = None
    if assumption is not case.rate:  # only amounts follow their assumptions in a straight line
        at_nought = _npv(case, assumption, Decimal(0))
        slope = _npv(case, assumption, Decimal(1)) - at_nought
        breaks_even = -at_nought / slope if slope else None
    return Swing(assumption=assumption, low=low, high=high, breaks_even=breaks_even)


def _npv(case: BusinessCase, assumption: Assumption, value: Decimal) -> Decimal:
    return _sum(flow.present for flow in _flows(case.supposing(assumption, value)))


def _payback(flows: tuple[Flow, ...], nets: list[Decimal]) -> Quarter | None:
    total, since = Decimal(0), None
    for flow, net in zip(flows, nets, strict=True):
        total += net
        since = None if total < 0 else since or flow.quarter
    return since
