"""What rests on one another too deep, and tables beyond any size: each is told once, at its place."""

from __future__ import annotations

import pytest

from tests.integration.sales_workspace import FILES
from voronka.config import read_workspace

RULE = "rules: {r: {trigger: {field: amount}, where: '%s', do: [{task: {title: Look}}]}}\n"


def tables(count: int) -> str:
    each = "  t%d: {hit: first, inputs: [%s], outputs: [x], rows: [['> 1', 1], [any, 2]]}\n"
    return "tables:\n" + "".join(each % (n, f"tables.t{n - 1}.x" if n else "amount") for n in range(count))


def scorecards(count: int) -> str:
    each = "  s%d: {factors: {a: {%s, weight: 1, scale: {0: '< 5', 1: '>= 5'}}}, bands: {all: 0}}\n"
    last = "value: scores.s%d.total"
    return "scorecards:\n" + "".join(each % (n, last % (n - 1) if n else "field: amount") for n in range(count))


def definitions(count: int) -> str:
    names = "".join(f"    d{n}: d{n - 1} and amount > {n}\n" for n in range(1, count))
    return f"define:\n  deals:\n    d0: amount > 0\n{names}"


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (tables(20) + RULE % "tables.t19.x > 1", []),
        (tables(150) + RULE % "tables.t149.x > 1", ["E1110"]),
        (scorecards(150) + RULE % "scores.s149.total > 1", ["E1110"]),
        (definitions(150) + RULE % "d149", ["E1110"]),
    ],
    ids=["short", "tables", "scorecards", "definitions"],
)
def test_a_chain_that_is_too_deep_is_told_once(written: str, codes: list[str]) -> None:
    files = {path: text.encode() for path, text in {**FILES, "configs/rules/chain.yaml": written}.items()}
    found = [each for each in read_workspace(files).findings if each.place.file == "configs/rules/chain.yaml"]
    assert [each.code for each in found if each.severity.value == "error"] == codes


def test_of_rows_that_hit_together_the_first_are_told_and_the_others_counted() -> None:
    rows = "".join(f"      - ['> {n}', {n + 1}]\n" for n in range(40))
    written = f"tables:\n  t:\n    hit: unique\n    inputs: [amount]\n    outputs: [x]\n    rows:\n{rows}"
    files = {path: text.encode() for path, text in {**FILES, "configs/rules/rows.yaml": written}.items()}
    found = [each for each in read_workspace(files).findings if each.code == "V5906"]
    assert len(found) == 11
    assert any("29 further" in each.reason.render() for each in found)
