"""Every score, band and matrix of the reference workspace can be asked by scheduled rules and by segments."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, event

from voronka.bootstrap import reference_workspace
from voronka.config import read_workspace
from voronka.config.files import collect
from voronka.config.report import Report
from voronka.definition.workspace import Workspace
from voronka.sql.sqlite import prepare
from voronka.storage import DealFilter, Selection
from voronka.storage.selection import selected
from voronka.storage.tables import deals

FACTORS = {
    "counted": ("count(interactions)", "0..10"),
    "worked": ("workdays_since(created_at)", "0..10"),
    "rounded": ("round(amount / 1000)", "0..10"),
    "summed": ("sum(orders, amount)", '{0: "< 5", 1: ">= 5"}'),
    "dated": ("days_since(created_at)", "0..2.5"),
    "part": ("amount * 10%", '{0: "< 5", 0.5: "5..<9", 1: ">= 9"}'),
}
"""Factors of cards of our own, each with its scale."""


def asked(workspace: Workspace) -> Iterator[str]:
    """Yield conditions on all that cards and matrices give as one value."""
    for card in workspace.scorecards.values():
        yield f"scores.{card.name}.total >= 50"
        yield from (f'scores.{card.name}.band == "{band.name}"' for band in card.bands[:1])
        yield from (f"scores.{card.name}.{factor} > 0" for factor in card.factors)
    for matrix in workspace.matrices.values():
        yield from (f'matrices.{matrix.name}.{axis.name} == "{axis.bands[0].name}"' for axis in matrix.axes)
        for output, value in zip(matrix.table.outputs, matrix.table.rows[0].results, strict=True):
            yield f"matrices.{matrix.name}.{output.name} == {json.dumps(value)}"


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda connection, _: prepare(connection))
    deals.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection


def test_all_of_it_can_be_asked_of_the_database(database: Connection) -> None:
    files = dict(collect(reference_workspace(), Report()))
    cards = "scorecards:\n" + "".join(
        f"  {name}: {{bands: {{high: 50, low: 0}}, factors: {{a: {{value: '{value}', weight: 1, scale: {scale}}}}}}}\n"
        for name, (value, scale) in FACTORS.items()
    )
    known = read_workspace({**files, "configs/rules/cards.yaml": cards.encode()}).workspace
    assert known is not None
    texts = [text if "scores.worked" in text else f'funnel == "reengage" and {text}' for text in asked(known)]
    assert len(texts) > 40
    rules = (
        cards
        + "rules:\n"
        + "".join(
            f"  asks_{n}:\n    trigger: {{schedule: {{days: working, at: '09:00'}}}}\n    closed: true\n"
            f"    where: {text}\n    do: [{{task: {{title: Look}}}}]\n"
            for n, text in enumerate(texts)
        )
    )
    segments = "segments:\n" + "".join(f"  asks_{n}: {{where: '{text}'}}\n" for n, text in enumerate(texts))
    added = {"configs/rules/cards.yaml": rules.encode(), "configs/segments/asks.yaml": segments.encode()}
    reading = read_workspace({**files, **added})
    assert reading.workspace is not None, [str(each.reason) for each in reading.findings]

    for n in range(len(texts)):
        where = reading.workspace.rules[f"asks_{n}"].where
        assert where is not None
        selection = Selection(
            which=DealFilter(open=True, places={"prospects": ["meeting"], "react": ["needs", "solution"]}),
            where=where,
            zone="America/New_York",
            calendar=reading.workspace.calendar,
            acted="asks",
        )
        assert selected(database, selection, 0, owners={}, limit=1, after=0) == []
