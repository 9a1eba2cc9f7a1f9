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
from voronka.expressions.ir import Arithmetic, Bound, Cases, Coalesce, Compare, Const, Convert, Let, Node, Operator
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["OUTPUTS", "Factor", "Scorecard", "score_names"]

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
            return self.input.type.kind is Kind.INTEGER
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
        found[f"{head}.{output}"] = Name(type_, deciding=Deciding(inputs=inputs, decision=decision))
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
        least, most = (_number(end, whole=self.factor.whole) for end in (self.factor.least, self.factor.most))
        return lambda answer: None if answer is None else min(max(answer, least), most)

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        (answer,) = operands = tuple(operands)
        name = Bound(type=answer.type, text=answer.text)
        ends = [
            _const(answer.type, _number(end, whole=self.factor.whole)) for end in (self.factor.least, self.factor.most)
        ]
        beyond = [
            Compare(type=Type(Kind.BOOL), text=self.name, operator=operator, left=name, right=end)
            for operator, end in zip((Operator.LT, Operator.GT), ends, strict=True)
        ]
        body = Cases(type=answer.type, text=self.name, conditions=tuple(beyond), results=tuple(ends), otherwise=name)
        return Let(type=answer.type, text=self.name, operands=operands, names=(name,), body=body)


@frozen(kw_only=False, slots=False)
class _Total(_Kept, Decision):
    """The score 100·Σ w·(v - min)/(max - min) / Σ w, with one division: a score that is whole comes out whole."""

    name: str
    factors: tuple[Factor, ...]

    @cached_property
    def _whole(self) -> bool:
        return all(factor.whole for factor in self.factors)

    @property
    def bounds(self) -> tuple[Value | None, Value | None]:
        return (0.0, 100.0) if self._whole else (None, None)  # a sum of doubles may end beyond by a hair

    @cached_property
    def _parts(self) -> tuple[tuple[tuple[int | float, int | float], ...], float]:
        """How often each point above the least counts, and that least; and what the sum is divided by."""
        shares = [factor.weight / (factor.most - factor.least) for factor in self.factors]
        scale = lcm(*(share.denominator for share in shares))
        parts = tuple(
            (_number(100 * share * scale, whole=self._whole), _number(factor.least, whole=self._whole))
            for share, factor in zip(shares, self.factors, strict=True)
        )
        return parts, float(sum(factor.weight for factor in self.factors) * scale)

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        parts, whole = self._parts

        def total(*points: Value | None) -> Value | None:
            found = 0 if self._whole else 0.0
            for value, (times, least) in zip(points, parts, strict=True):
                found += times * ((least if value is None else value) - least)  # type: ignore[operator] # a number
            return found / whole

        return total

    def expansion(self, operands: Sequence[Node]) -> Node | None:
        kind, number = Type(Kind.INTEGER if self._whole else Kind.NUMBER), Type(Kind.NUMBER)
        parts, whole = self._parts

        def calculated(operator: Operator, left: Node, right: Node, type_: Type = kind) -> Node:
            return Arithmetic(type=type_, text=self.name, operator=operator, left=left, right=right)

        def as_kind(node: Node, type_: Type) -> Node:
            return node if node.type.kind is type_.kind else Convert(type=type_, text=node.text, operand=node)

        found: Node = _const(kind, _number(Fraction(0), whole=self._whole))
        for operand, (times, least) in zip(operands, parts, strict=True):
            known = Coalesce(type=kind, text=self.name, operands=(as_kind(operand, kind), _const(kind, least)))
            above = calculated(Operator.SUB, known, _const(kind, least))
            found = calculated(Operator.ADD, found, calculated(Operator.MUL, _const(kind, times), above))
        return calculated(Operator.DIV, as_kind(found, number), _const(number, whole), number)


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
