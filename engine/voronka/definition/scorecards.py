"""Scorecards: answers weighed into a score from 0 to 100, its band, what is not known, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

from voronka.definition.bands import Band, band_table
from voronka.definition.tables import DecisionTable, Input
from voronka.definition.work import MINUTES
from voronka.expressions import Expression, Kind, Name, Type, Value
from voronka.expressions.decision import Deciding, Decision
from voronka.expressions.ir import Coalesce, Compare, Const, Convert, Node, Operator
from voronka.expressions.layout import Bound, Cases, Let, Weighted
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["OUTPUTS", "Factor", "Scorecard", "score_names"]

_DECIMALS, _UNITS = 9, 10.0**9
_MOST = 2**63 - 1

OUTPUTS = ("total", "band", "gaps", "next")
"""What a scorecard gives beside the points of its factors."""


@frozen
class Factor:
    """A question whose answer earns from `least` to `most` points.

    `input`: the expression of the answer. `scale`: the table of its points; None: the answer is itself the points.
    `weight` counts against those of the other factors. `ask`: the question for the client.
    """

    name: str
    label: Label
    input: Input
    weight: Fraction
    least: Fraction
    most: Fraction
    scale: DecisionTable | None = None
    ask: Label | None = None

    @property
    def whole(self) -> bool:
        """Whether its points are whole numbers."""
        if self.scale is None:
            return self.input.type.kind is Kind.INTEGER and self.least.denominator == self.most.denominator == 1
        return self.scale.outputs[0].type.kind is Kind.INTEGER

    def share(self, points: Value | None) -> float:
        """Return how much of its weight the points leave to be gained; missing ones leave all."""
        known = self.least if points is None else Fraction(points)  # type: ignore[arg-type] # a number
        return float(self.weight * (self.most - known) / (self.most - self.least))


@frozen
class Scorecard:
    """A scorecard. `total`, `band`, `gaps` and `next` are what expressions read as ``scores.NAME.total`` and so on.

    `minutes`: how long the work on one deal of its queue takes.
    """

    name: str
    label: Label
    factors: Mapping[str, Factor]
    bands: tuple[Band, ...]
    total: Expression
    band: Expression
    gaps: Expression
    next: Expression
    minutes: int = MINUTES

    @property
    def reads(self) -> frozenset[str]:
        """The names and collections whose change may change the score."""
        return self.total.reads.names | self.total.reads.collections | self.total.reads.columns

    @property
    def lowest(self) -> str:
        """The band of a score of 0."""
        return min(self.bands, key=lambda band: band.least).name


def score_names(card: str, factors: Mapping[str, Factor], bands: tuple[Band, ...]) -> dict[str, Name]:
    """Return what expressions read of a scorecard, by full name."""
    head = f"scores.{card}"
    found = {f"{head}.{name}": _points(f"{head}.{name}", factor) for name, factor in factors.items()}
    points, every = tuple(found), tuple(factors.values())
    number = Type(Kind.NUMBER)
    table = band_table(f"{head}.band", Input(text=f"{head}.total", type=number), bands)
    options = tuple(factors)
    for output, type_, inputs, decision in (
        ("total", number, points, _Total(f"{head}.total", every)),
        ("band", table.outputs[0].type, (f"{head}.total",), table.decision(table.outputs[0], f"{head}.band")),
        ("gaps", Type(Kind.CHOICES, options), points, _Gaps(f"{head}.gaps", options)),
        ("next", Type(Kind.CHOICE, options), points, _Next(f"{head}.next", every)),
    ):
        event = "score.changed" if output in {"total", "band"} else ""
        found[f"{head}.{output}"] = Name(type_, deciding=Deciding(inputs=inputs, decision=decision, event=event))
    return found


def _points(name: str, factor: Factor) -> Name:
    kind = Type(Kind.INTEGER if factor.whole else Kind.NUMBER)
    scale = factor.scale
    decision = _Clipped(name, factor) if scale is None else scale.decision(scale.outputs[0], name)
    return Name(kind, deciding=Deciding(inputs=(factor.input.text,), decision=decision))


class _Kept:
    def __getstate__(self) -> dict[str, Any]:
        return {each.name: self.__dict__[each.name] for each in fields(self)}  # type: ignore[arg-type] # a dataclass


@frozen(kw_only=False, slots=False)
class _Clipped(_Kept, Decision):
    """An answer that is itself the points: not less than the least of them, nor more than the most."""

    name: str
    factor: Factor

    @property
    def bounds(self) -> tuple[Value, Value]:
        return tuple(_number(end, whole=self.factor.whole) for end in (self.factor.least, self.factor.most))  # type: ignore[return-value] # both ends

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        least, most = self.bounds
        as_points = int if self.factor.whole else float
        return lambda answer: None if answer is None else min(max(as_points(answer), least), most)

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        (answer,) = operands
        if answer.kind is Kind.INTEGER and not self.factor.whole:
            answer = Convert(type=Type(Kind.NUMBER), text=answer.text, operand=answer)
        name = Bound(type=answer.type, text=answer.text)
        ends = [_const(answer.type, end) for end in self.bounds]
        beyond = [
            Compare(type=Type(Kind.BOOL), text=self.name, operator=operator, left=name, right=end)
            for operator, end in zip((Operator.LT, Operator.GT), ends, strict=True)
        ]
        body = Cases(type=answer.type, text=self.name, conditions=tuple(beyond), results=tuple(ends), otherwise=name)
        return Let(type=answer.type, text=self.name, operands=(answer,), names=(name,), body=body)


@frozen(kw_only=False, slots=False)
class _Total(_Kept, Decision):
    """The score 100·Σ w·(v - min)/(max - min) / Σ w, with one division: a score that is whole comes out whole.

    Of points that are not whole the sum of doubles may be off by a hair, so that score is rounded to nine decimals.
    """

    name: str
    factors: tuple[Factor, ...]

    @cached_property
    def _whole(self) -> bool:
        return all(factor.whole for factor in self.factors)

    @property
    def bounds(self) -> tuple[Value, Value]:
        return 0.0, 100.0

    @cached_property
    def _parts(self) -> tuple[tuple[int | float, ...], tuple[int | float, ...], int | float, float]:
        """How often the points of each factor count and the least of them; the start of the sum, and its divisor."""
        shares = [factor.weight / (factor.most - factor.least) for factor in self.factors]
        scale = lcm(*(share.denominator for share in shares))
        exact = [(100 * share * scale, factor.least) for share, factor in zip(shares, self.factors, strict=True)]
        times, least = (tuple(_number(each, whole=self._whole) for each in both) for both in zip(*exact, strict=True))
        start = _number(-sum((one * other for one, other in exact), Fraction(0)), whole=self._whole)
        return times, least, start, float(sum(factor.weight for factor in self.factors) * scale)

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        times, least, start, divisor = self._parts
        weights, exact = tuple(zip(times, least, strict=True)), self._whole

        def total(*points: Value | None) -> Value | None:
            found = start
            for value, (count, nothing) in zip(points, weights, strict=True):
                found += count * (nothing if value is None else value)  # type: ignore[operator] # a number
            score = found / divisor
            return score if exact else int(score * _UNITS + 0.5) / _UNITS

        return total

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        times, least, start, divisor = self._parts
        reach = [count * max(abs(each.least), abs(each.most)) for count, each in zip(times, self.factors, strict=True)]
        if self._whole and abs(start) + sum(reach) > _MOST:
            return None
        kind = Type(Kind.INTEGER if self._whole else Kind.NUMBER)

        def known(points: Node, nothing: int | float) -> Node:
            if points.kind is not kind.kind:
                points = Convert(type=kind, text=points.text, operand=points)
            return Coalesce(type=kind, text=points.text, operands=(points, _const(kind, nothing)))

        return Weighted(
            type=Type(Kind.NUMBER),
            text=self.name,
            operands=tuple(known(points, nothing) for points, nothing in zip(operands, least, strict=True)),
            times=times,
            start=start,
            divisor=divisor,
            decimals=None if self._whole else _DECIMALS,
        )


def _number(number: Fraction, *, whole: bool) -> int | float:
    return int(number) if whole else float(number)


def _const(type_: Type, value: Value) -> Const:
    return Const(type=type_, text=str(value), value=value)


@frozen(kw_only=False, slots=False)
class _Gaps(_Kept, Decision):
    """The factors whose answer is missing, in their order; missing if there is none."""

    name: str
    factors: tuple[str, ...]

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        return self._missing

    def _missing(self, *points: Value | None) -> Value | None:
        return tuple(name for name, each in zip(self.factors, points, strict=True) if each is None) or None


@frozen(kw_only=False, slots=False)
class _Next(_Kept, Decision):
    """The factor that may still gain most, a gap before others, else the first; missing if none may gain."""

    name: str
    factors: tuple[Factor, ...]

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        return self._most

    def _most(self, *points: Value | None) -> Value | None:
        best: Factor | None = None
        rank = (0.0, False)
        for factor, value in zip(self.factors, points, strict=True):
            here = (factor.share(value), value is None)
            if here[0] > 0 and here > rank:
                best, rank = factor, here
        return None if best is None else best.name
