"""A decision gives in every database what it gives in Python, whatever the values."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from tests.sql.conftest import BACKENDS
from tests.unit.decisions.workspaces import env, expression, workspace_of
from voronka.calendars import parse_datetime
from voronka.expressions.ir import Read, walk
from voronka.sql import untranslatable
from voronka.sql.backend import type_of
from voronka.sql.bindings import Bindings
from voronka.sql.columns import TypedColumns
from voronka.sql.compiler import compile_sql

TABLE = """
tables:
  t:
    hit: {hit}
    inputs: [fit, weight, role, vip, due]
    outputs: {{x: {{type: {type}, options: {options}}}}}
    rows:
      - ["< 3", any, any, any, any, {a}]
      - ["2..4, 5", ">= 0.5", "not kit", any, any, {b}]
      - [any, "0..<0.5", "kit, dealer", true, any, {c}]
      - [missing, "not missing", any, any, "< 2026-03-01", {a}]
"""
VALUES = {
    "fit": (None, 1, 2, 3, 5),
    "weight": (None, -1.0, 0.0, 0.25, 0.5),
    "role": (None, "kit", "dealer", "integrator"),
    "vip": (None, True, False),
    "due": (None, "2026-02-28", "2026-03-01"),
}
CASES = [
    ("first", "choice", "[p, q, r]", "pqr"),
    ("priority", "choice", "[r, q, p]", "pqr"),
    ("collect sum", "integer", None, "124"),
    ("collect sum", "money", None, ("0.01", "-5", "92233720368547758.05")),
    ("collect sum", "number", None, ("0.1", "0.2", "-0.6")),
    ("collect sum", "percent", None, ("10%", "20%", "30%")),
    ("collect count", "choice", "[p, q, r]", "pqr"),
]


@pytest.mark.parametrize(("hit", "type_", "options", "cells"), CASES)
def test_a_table_gives_the_same(engines, hit, type_, options, cells):
    a, b, c = cells
    rules = TABLE.format(hit=hit, type=type_, options=options, a=a, b=b, c=c)
    check(engines, rules.replace(", options: None", ""), VALUES, "tables.t.x", "tables.t.row")


@pytest.mark.parametrize("hit", ["unique", "any", "first"])
def test_so_do_rows_that_hit_together_beyond_the_bounds_of_a_field(engines, hit):
    rows = '[["0..<3", 1], ["> 9", 2], ["> 11", 2], ["8..10", 2], ["< 0", 1]]'
    rules = f"tables: {{t: {{hit: {hit}, inputs: [fit], outputs: [x], rows: {rows}}}}}\n"
    check(engines, rules, {"fit": (None, -1, 0, 3, 8, 9, 10, 11, 12)}, "tables.t.x", "tables.t.row")


@pytest.mark.parametrize(
    ("hit", "rows"),
    [("first", "[[1, 5], [any, 7], [2, 8]]"), ("collect sum", "[[any, 5], [2, 7]]"), ("any", "[[any, 1]]")],
)
def test_so_do_rows_that_ask_nothing(engines, hit, rows):
    rules = f"tables: {{t: {{hit: {hit}, inputs: [fit], outputs: [x], rows: {rows}}}}}\n"
    check(engines, rules, {"fit": (None, 1, 2, 3)}, "tables.t.x", "tables.t.row")


def test_so_do_days_of_moments(engines):
    rows = '[[2026-01-31, 1], ["> 2026-02-02", 2], ["< 2026-01-31", 3], ["2026-02-01..2026-02-02 10:00", 4], [any, 5]]'
    rules = f"tables: {{t: {{hit: first, inputs: [met], outputs: [x], rows: {rows}}}}}\n"
    day, start = 86_400_000_000, parse_datetime("2026-01-30", "Europe/Moscow")
    moments = [start + days * day + us for days in range(6) for us in (-1, 0, 1, 36_000_000_000, 36_000_000_001)]
    check(engines, rules, {"met": (None, *moments)}, "tables.t.x", "tables.t.row")


def random_table(random: Random, name: str) -> str:
    def cell(*values: str) -> str:
        low, high = sorted(random.sample(values, 2), key=float) if len(values) > 3 else values[:2]
        some = ", ".join(random.sample(values, 2))
        ways = [values[0], some, f"{low}..{high}", f"{low}..<{high}", f">= {low}", f"< {high}", f"> {high}, {low}"]
        plain = random.choice(ways if len(values) > 3 else [values[0], some])
        return random.choice([plain, plain, plain, f"not {plain}", "any", "missing", "not missing"])

    hit = random.choice(["first", "priority", "collect sum", "collect count"])
    kind = random.choice(["integer", "number"])
    type_ = "{type: choice, options: [p, q, s]}" if hit == "priority" else f"{{type: {kind}}}"
    numbers = "1 2 -3 missing" if kind == "integer" else "0.1 0.7 -0.2 missing"
    results = "p q s missing" if hit == "priority" else numbers
    rows = "".join(
        f"      - [{cell('-1', '0', '1', '3', '5')!r}, {cell('-1', '0.1', '0.5', '2')!r}, "
        f"{cell('kit', 'dealer', 'integrator')!r}, {random.choice(results.split())}]\n"
        for _ in range(random.randint(1, 6))
    )
    return f"  {name}:\n    hit: {hit}\n    inputs: [fit, weight, role]\n    outputs: {{x: {type_}}}\n    rows:\n{rows}"


def test_so_does_any_table(engines):
    random, names = Random(7), [f"t{number}" for number in range(20)]
    rules = "tables:\n" + "".join(random_table(random, name) for name in names)
    values = {
        "fit": (None, -2, -1, 0, 1, 2, 3, 4, 5, 6),
        "weight": (None, -1.0, 0.0, 0.1, 0.3, 0.5, 2.0, 2.5),
        "role": (None, "kit", "dealer", "other"),
    }
    for start in range(0, len(names), 10):
        texts = [f"tables.{name}.{output}" for name in names[start : start + 10] for output in ("x", "row")]
        check(engines, rules, values, *texts)


def test_shares_come_to_what_they_are_compared_with(engines):
    rows = '[["> 0", 10%], ["> 1", 20%], ["> 2", 30%], ["> 3", 3.3%]]'
    rules = f"tables: {{t: {{hit: collect sum, inputs: [fit], outputs: [x], rows: {rows}}}}}\n"
    found = check(engines, rules, {"fit": (None, 0, 1, 2, 3, 4)}, "tables.t.x <= 60%", "tables.t.x == 63.3%")
    assert found[-2:] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    "cells", [("9223372036854775807", "1"), ("0.1", "90071992547409921.5"), ("0.00000000000000000000001", "1")]
)
def test_a_sum_that_whole_numbers_may_not_hold_is_refused(cells):
    kind = "integer" if "." not in "".join(cells) else "number"
    rows = f"[[any, {cells[0]}], [any, {cells[1]}]]"
    rules = f"tables: {{t: {{hit: collect sum, inputs: [fit], outputs: {{x: {{type: {kind}}}}}, rows: {rows}}}}}\n"
    made = expression(workspace_of(rules), "tables.t.x == fit")
    assert [each.text for each in untranslatable(made.node)] == ["tables.t.x"]


BESIDE_COINS = [
    ("amount * 10%", "<= 1000.30"),
    ("tenth", "<= 1000.30"),
    ("amount * load", "<= 1000.30"),
    ("coalesce(tenth, 0)", "> 1000.30"),
    ("least(amount * 10%, 2000.5)", "<= 1000.30"),
    ("(tenth if vip else -tenth)", "<= 1000.30"),
    ("paid - amount * 10%", ">= 0"),
    ("rest", ">= 0"),
    ("greatest(rest, -5)", "< 0.01"),
]


def test_tables_scales_and_bands_judge_what_is_made_of_amounts_as_a_comparison_does(engines):
    rules = "tables:\n" + "".join(
        f'  t{place}: {{inputs: ["{text}"], outputs: [x], rows: [["{cell}", true], ["not {cell}", false]]}}\n'
        for place, (text, cell) in enumerate(BESIDE_COINS)
    )
    rules += """scorecards:
  s:
    bands: {low: 0}
    factors: {a: {value: amount * 10%, weight: 1, scale: {0: "<= 1000.30", 1: "> 1000.30"}}}
matrices:
  m:
    axes:
      part: {value: tenth, bands: {much: 1000.31, little: 0}}
      rest: {value: rest, bands: {paid: 0, due: -9999}}
    cells: {done: {at: {rest: paid}}, open: {at: {rest: due}}}
"""
    coins = (*range(10_002_99, 10_003_07), 10_003_10)
    values = {"amount": (None, *coins), "load": (0.1,), "paid": (None, 1000_30, 1000_32), "vip": (True, None)}
    texts = [(f"tables.t{place}.x", f"{text} {cell}") for place, (text, cell) in enumerate(BESIDE_COINS)]
    texts += [
        ("scores.s.a == 0", "amount * 10% <= 1000.30"),
        ('matrices.m.part == "much"', "tenth >= 1000.31"),
        ('matrices.m.cell == "done"', "rest >= 0"),
    ]
    found = check(engines, rules, values, *(each for both in texts for each in both))
    for place, (by_table, compared) in enumerate(texts):
        pairs = [row[2 * place : 2 * place + 2] for row in found]
        assert all(one == other for one, other in pairs), (by_table, compared)
        assert {True, False} <= {other for _, other in pairs}, compared


@pytest.mark.parametrize("output", ["total", "band", "budget", "fit", "weight"])
def test_a_scorecard_gives_the_same(engines, output):
    rules = """
scorecards:
  s:
    factors:
      budget: {field: budget, weight: 25, scale: {0: unknown, 1: hinted, 2: stated, 3: approved}}
      fit: {field: fit, weight: 15.5, scale: 1..5}
      weight: {field: weight, weight: 2, scale: {0: "< 0", 0.5: "0..<0.5", 1: ">= 0.5"}}
    bands: {hot: 75, warm: 50, cold: 0}
"""
    values = {
        "budget": (None, "unknown", "hinted", "approved"),
        "fit": (None, 1, 4, 5, 9, -3),
        "weight": VALUES["weight"],
    }
    check(engines, rules, values, f"scores.s.{output}")


@pytest.mark.parametrize(
    ("scale", "answer", "total"), [("0.5..3", 3, 100.0), ("0..2.5", 3, 100.0), ("1.9..2.1", 2, 50.0)]
)
def test_a_scale_that_ends_between_whole_answers_goes_from_0_to_100(engines, scale, answer, total):
    rules = f"scorecards: {{s: {{bands: {{low: 0}}, factors: {{a: {{field: fit, weight: 2, scale: {scale}}}}}}}}}\n"
    found = check(engines, rules, {"fit": (None, -9, answer, 9)}, "scores.s.a", "scores.s.total")
    assert [each for _, each in found] == [0.0, 0.0, total, 100.0]


def long_table(name: str, asked: str, rows: int, beside: str = "fit") -> str:
    lines = "".join(f'      - ["{10 * row}..<{10 * row + 10}", {row % 3}, {row}]\n' for row in range(rows))
    return (
        f"  {name}:\n    hit: collect sum\n    inputs: [{asked}, {beside}]\n    outputs: {{x: {{type: integer}}}}\n"
        f"    rows:\n{lines}"
    )


def test_a_table_of_a_thousand_rows_gives_the_same(engines):
    rules = "tables:\n" + long_table("t", "amount", 1_000)
    values = {"amount": (None, -5, 0, 1_500, 100_500, 999_900, 999_999, 1_000_000), "fit": (None, 0, 1, 2)}
    check(engines, rules, values, "tables.t.x", "tables.t.row")


def test_tables_that_read_tables_give_the_same(engines):
    rules = "tables:\n" + "".join(
        long_table(f"t{place}", f"tables.t{place - 1}.x" if place else "amount", 100) for place in range(4)
    )
    check(engines, rules, {"amount": (None, 0, 50_000), "fit": (None, 0, 1, 2)}, "tables.t3.x", "tables.t3.row")


CHAINS = ["{0}", "({0} + fit) * 2", "coalesce({0}, 5)", "round({0} / 2)", "least({0}, fit, 3)", "-{0}", "mod({0}, fit)"]
CHAINED = 8


def chained(hit: str, pattern: str) -> str:
    texts = ["fit", *(pattern.format(f"tables.t{place}.x") for place in range(CHAINED - 1))]
    rows = '[["1..2", any, 1], ["0, 3, >= 9", missing, 2], ["not 5", "< 2", 4]]'
    return "tables:\n" + "".join(
        f"  t{place}: {{hit: {hit}, inputs: ['{text}', weight], outputs: {{x: {{type: integer}}}}, rows: {rows}}}\n"
        for place, text in enumerate(texts)
    )


@pytest.mark.parametrize("pattern", CHAINS)
@pytest.mark.parametrize("hit", ["first", "collect sum"])
def test_a_chain_of_tables_that_is_not_refused_for_its_depth_is_taken(engines, hit, pattern):
    rules = chained(hit, pattern)
    workspace = workspace_of(rules)
    texts = [f"tables.t{place}.x" for place in range(CHAINED)]
    taken = [text for text in texts if not any(untranslatable(expression(workspace, text).node))]
    assert 1 < len(taken) < CHAINED
    check(engines, rules, {"fit": (None, 1, 3, 9), "weight": (None, 1.5)}, *taken)


def test_a_chain_of_scores_is_taken_likewise(engines):
    cards = "".join(
        f"  s{place}:\n    bands: {{low: 0}}\n    factors:\n"
        f"      a: {{field: {text}, weight: 1, scale: 0..100}}\n      b: {{field: weight, weight: 2, scale: 0..9}}\n"
        for place, text in enumerate(["fit", *(f"scores.s{place}.total" for place in range(CHAINED - 1))])
    )
    rules = f"scorecards:\n{cards}"
    workspace = workspace_of(rules)
    texts = [f"scores.s{place}.{output}" for place in range(CHAINED) for output in ("total", "band")]
    taken = [text for text in texts if not any(untranslatable(expression(workspace, text).node))]
    assert 0 < len(taken) < len(texts)
    check(engines, rules, {"fit": (None, 1, 3, 9), "weight": (None, 1.5)}, *taken)


def test_tables_that_are_read_again_and_again_are_refused_for_their_size():
    rules = "tables:\n" + long_table("t0", "amount", 100)
    rules += "".join(
        long_table(f"t{place}", f"tables.t{place - 1}.x", 100, f"tables.t{place - 1}.row") for place in range(1, 8)
    )
    workspace = workspace_of(rules)
    refused = [list(untranslatable(expression(workspace, f"tables.t{place}.x").node)) for place in range(8)]
    assert [len(each) for each in refused] == [0] * 4 + [1] * 4
    assert "too large" in str(refused[4][0].reason)


def check(engines, rules, values, *texts):
    """Demand that Python and every database agree on expressions for all combinations; return what they give."""
    workspace = workspace_of(rules)
    made = [expression(workspace, text) for text in texts]
    kinds = {part.name: part.kind for each in made for part in walk(each.node) if isinstance(part, Read)}
    deals = [env(**dict(zip(values, combination, strict=True))) for combination in product(*values.values())]
    expected = [tuple(each.evaluate(deal) for each in made) for deal in deals]
    columns = [Column(name, type_of(kinds[name])) for name in values if name in kinds]
    table = Table("decided", MetaData(), Column("n", Integer), *columns)
    rows = [{"n": n, **{column.name: deal.values[column.name] for column in columns}} for n, deal in enumerate(deals)]
    known = TypedColumns(names={column.name: column for column in columns})
    for name, engine in engines.items():
        found = [
            compile_sql(each.node, known, BACKENDS[name](), deals[0], Bindings()).label(f"x{place}")
            for place, each in enumerate(made)
        ]
        with engine.connect() as connection:
            table.drop(connection, checkfirst=True)
            table.create(connection)
            connection.execute(insert(table), rows)
            given = list(connection.execute(select(*found).select_from(table).order_by(table.c.n)))
        for deal, one, other in zip(deals, given, expected, strict=True):
            assert tuple(one) == other, (name, deal.values)
            assert [type(each) for each in one if each is not None] == [
                type(each) for each in other if each is not None
            ]
    return expected
