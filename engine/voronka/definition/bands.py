"""Bands of a quantity: named, each from a least value up to the next band."""

from __future__ import annotations

from collections.abc import Sequence

from voronka.definition.tables import Condition, DecisionTable, HitPolicy, Input, Output, Row
from voronka.definition.tables.conditions import Span
from voronka.expressions import Kind, Type, Value
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Band", "band_table"]


@frozen
class Band:
    """A band; `least` is the smallest value that belongs to it, and `text` how that is written."""

    name: str
    label: Label
    least: Value
    text: str


def band_table(name: str, over: Input, bands: Sequence[Band]) -> DecisionTable:
    """Return the table that gives the band of a value, whose highest is that which it reaches."""
    options = {band.name: band.label for band in bands}
    falling = sorted(bands, key=lambda band: band.least, reverse=True)
    return DecisionTable(
        name=name,
        label=Label.plain(name),
        hit=HitPolicy.FIRST,
        inputs=(over,),
        outputs=(
            Output(name="band", type=Type(Kind.CHOICE, tuple(options)), label=Label.plain("band"), options=options),
        ),
        rows=tuple(
            Row(
                conditions=(Condition(text=f">= {band.text}", spans=(Span(low=band.least),)),),
                results=(band.name,),
            )
            for band in falling
        ),
    )
