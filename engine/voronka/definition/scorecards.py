"""Scorecards: answers weighed into a score from 0 to 100, its band, what is not known, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

from voronka.definition.bands import Band, band_table
from voronka.definition.tables import DecisionTable, Input
from voronka.expressions import Expression, Kind, Name, Type, Value
from voronka.expressions.decision import Deciding, Decision
from voronka.messages import Label

__all__ = ["OUTPUTS", "Factor", "Scorecard", "score_names"]

OUTPUTS = ("total", "band", "gaps", "next")
"""What a scorecard gives beside the points of its factors."""


@dataclass(frozen=True, kw_only=True, slots=True)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Scorecard:
    """A scorecard. `total`, `band`, `gaps` and `next` are what expressions read as ``scores.NAME.total`` and so on."""

    name: str
    label: Label
    factors: Mapping[str, Factor]
    bands: tuple[Band, ...]
    total: Expression
    band: Expression
    gaps: Expression
    next: Expression

    @property
    def reads(self) -> frozenset[str]:
        """The names and collections whose change may change the score."""
        return self.total.reads.names | self.total.reads.collections

    @property
    def lowest(self) -> str:
        """The band of a score of 0."""
        return min(self.bands, key=lambda band: band.least).name  # type: ignore[arg-type,return-value] # numbers


def score_names(card: str, factors: Mapping[str, Factor], bands: tuple[Band, ...]) -> dict[str, Name]:
    """Return what expressions read of a scorecard, by full name."""
    head = f"scores.{card}"
    found = {f"{head}.{name}": _points(f"{head}.{name}", factor) for name, factor in factors.items()}
    points, every = tuple(found), tuple(factors.values())
    number = Type(Kind.NUMBER)
    found[f"{head}.total"] = Name(number, formula=_total(head, every), present=True)
    table = band_table(f"{head}.band", Input(text=f"{head}.total", type=number), bands)
    options = tuple(factors)
    for output, type_, inputs, decision in (
        ("band", table.outputs[0].type, (f"{head}.total",), table.decision(table.outputs[0], f"{head}.band")),
        ("gaps", Type(Kind.CHOICES, options), points, _Gaps(f"{head}.gaps", options)),
        ("next", Type(Kind.CHOICE, options), points, _Next(f"{head}.next", every)),
    ):
        found[f"{head}.{output}"] = Name(type_, deciding=Deciding(inputs=inputs, decision=decision))
    return found


def _points(name: str, factor: Factor) -> Name:
    kind = Type(Kind.INTEGER if factor.whole else Kind.NUMBER)
    if factor.scale is None:
        x, least, most = f"({factor.input.text})", _written(factor.least), _written(factor.most)
        return Name(kind, formula=f"{least} if {x} < {least} else {most} if {x} > {most} else {x}")
    scale = factor.scale
    return Name(kind, deciding=Deciding(inputs=(factor.input.text,), decision=scale.decision(scale.outputs[0], name)))


def _total(head: str, factors: tuple[Factor, ...]) -> str:
    """Return the formula 100·Σ w·(v - min)/(max - min) / Σ w, with one division: a whole score comes out whole."""
    shares = [factor.weight / (factor.most - factor.least) for factor in factors]
    scale = lcm(*(share.denominator for share in shares))
    parts = []
    for factor, share in zip(factors, shares, strict=True):
        value = f"coalesce({head}.{factor.name}, {_written(factor.least)})"
        if factor.least:
            value = (
                f"({value} - {_written(factor.least)})"
                if factor.least > 0
                else f"({value} + {_written(-factor.least)})"
            )
        parts.append(f"{int(share * scale)} * {value}")
    whole = sum(factor.weight for factor in factors) * scale
    return f"100 * ({' + '.join(parts)}) / {_written(Fraction(whole))}"


def _written(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else repr(float(number))


class _Kept:
    def __getstate__(self) -> dict[str, Any]:
        return {each.name: self.__dict__[each.name] for each in fields(self)}  # type: ignore[arg-type] # a dataclass


@dataclass(frozen=True)
class _Gaps(_Kept, Decision):
    """The factors whose answer is missing, in their order; missing if there is none."""

    name: str
    factors: tuple[str, ...]

    @cached_property
    def function(self) -> Callable[..., Value | None]:
        return self._missing

    def _missing(self, *points: Value | None) -> Value | None:
        return tuple(name for name, each in zip(self.factors, points, strict=True) if each is None) or None


@dataclass(frozen=True)
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
