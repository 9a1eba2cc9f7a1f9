"""Overlaps, gaps and idle rows are found when the table is read, each with an example."""

from itertools import combinations, product
from random import Random

import pytest

from tests.unit.decisions.workspaces import reading_of
from voronka.definition.tables import (
    DecisionTable,
    Gap,
    HitPolicy,
    Input,
    Output,
    Row,
    Unfinished,
    find_gap,
    idle_rows,
    overlaps,
    read_condition,
)
from voronka.expressions import Kind, Type
from voronka.messages import Label


def table(hit, kinds, rows, bounds=(None, None)):
    """Return a table over inputs of these types, all within `bounds`; a row ends with its result."""
    least, most = bounds
    inputs = tuple(Input(text=f"x{place}", type=kind, least=least, most=most) for place, kind in enumerate(kinds))
    return DecisionTable(
        name="t",
        label=Label.plain("t"),
        hit=hit,
        inputs=inputs,
        outputs=(Output(name="y", type=Type(Kind.TEXT), label=Label.plain("y")),),
        rows=tuple(
            Row(
                conditions=tuple(
                    read_condition(cell, kind.kind, _READ.get(kind.kind, str))
                    for cell, kind in zip(cells, kinds, strict=True)
                ),
                results=(result,),
            )
            for *cells, result in rows
        ),
    )


_READ = {Kind.INTEGER: int, Kind.NUMBER: float, Kind.BOOL: "true".__eq__}
WHOLE, CHOICE = Type(Kind.INTEGER), Type(Kind.CHOICE, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("kinds", "rows", "gap"),
    [
        ([WHOLE], [("<= 5", "x"), ("> 5", "y")], None),
        ([WHOLE], [("<= 5", "x"), (">= 6", "y")], None),  # nothing lies between whole numbers
        ([WHOLE], [("< 5", "x"), ("> 5", "y")], (5,)),
        ([WHOLE], [("<= 5", "x"), (">= 8", "y")], (6,)),
        ([Type(Kind.NUMBER)], [("<= 5", "x"), (">= 6", "y")], "5..6"),
        ([CHOICE], [("a", "x"), ("not a", "y")], None),
        ([CHOICE], [("a, b", "x")], ("c",)),
        ([Type(Kind.TEXT)], [("a", "x"), ("not a", "y")], None),
        ([Type(Kind.BOOL)], [("any", "x")], None),
        ([WHOLE, CHOICE], [("> 0", "any", "x"), ("any", "a, b", "y")], (-1, "c")),
        ([WHOLE, CHOICE], [("> 0", "any", "x"), ("<= 0", "a", "y"), ("<= 0", "b, c", "z")], None),
    ],
)
def test_a_gap_is_shown_by_known_values_that_meet_no_row(kinds, rows, gap):
    found = find_gap(table(HitPolicy.FIRST, kinds, rows))

    if gap is None:
        assert found is None
    elif gap == "5..6":
        assert isinstance(found, Gap)
        assert 5 < float(found.example[0]) < 6
    else:
        assert found == Gap(gap)


def test_the_search_for_gaps_ends_where_it_would_take_too_long():
    # Nine pigeons and eight holes: two of them always share one, which only trying shows.
    holes = [chr(ord("a") + hole) for hole in range(8)]
    rows = []
    for first, second in combinations(range(9), 2):
        for hole in holes:
            cells = ["any"] * 9
            cells[first] = cells[second] = hole
            rows.append((*cells, "shared"))

    found = find_gap(table(HitPolicy.FIRST, [Type(Kind.CHOICE, tuple(holes))] * 9, rows))

    assert isinstance(found, Unfinished)


def test_a_table_with_ten_thousand_combinations_is_looked_through():
    values = [str(value) for value in range(10)]
    rows = [(*cells, "x") for cells in product(values, repeat=3)]
    ends = [(*("any",) * place, "< 0, > 9", *("any",) * (2 - place), "x") for place in range(3)]

    assert find_gap(table(HitPolicy.FIRST, [WHOLE] * 3, [*rows, *ends])) is None
    assert find_gap(table(HitPolicy.FIRST, [WHOLE] * 3, [*rows[:-1], *ends])) == Gap((9, 9, 9))


@pytest.mark.parametrize(
    ("hit", "rows", "meeting"),
    [
        (HitPolicy.UNIQUE, [("<= 5", "any", "x"), (">= 5", "any", "x")], [(0, 1, (5, "a"))]),
        (HitPolicy.ANY, [("<= 5", "any", "x"), (">= 5", "any", "x")], []),
        (HitPolicy.ANY, [("<= 5", "any", "x"), (">= 5", "any", "y")], [(0, 1, (5, "a"))]),
        (HitPolicy.UNIQUE, [("<= 5", "a", "x"), (">= 5", "not a", "x")], []),
        (HitPolicy.UNIQUE, [("missing", "a", "x"), ("any", "a", "x")], [(0, 1, (None, "a"))]),
        (HitPolicy.FIRST, [("any", "any", "x"), ("any", "any", "y")], []),
    ],
)
def test_rows_that_may_not_meet_are_shown_with_values_that_both_hit(hit, rows, meeting):
    found = [(each.first, each.second, each.example) for each in overlaps(table(hit, [WHOLE, CHOICE], rows))]

    assert found == meeting


CELLS = ["any", "2", "0..3", ">= 4", "< 2", "not 3", "1, 5", "missing", "not missing", "not 1..2, 4", "0..<3, 2..5"]


@pytest.mark.parametrize("bounds", [(None, None), (0, 4), (2, None), (None, 1), (3, 3)])
def test_overlaps_gaps_and_idle_rows_are_those_that_trying_every_value_finds(bounds):
    random = Random(5)
    everything = [*range(-1, 7), None]
    values = [each for each in everything if each is not None and within(each, *bounds)]
    for _ in range(150):
        rows = [(*(random.choice(CELLS) for _ in range(2)), str(number)) for number in range(random.randint(1, 5))]
        made = table(random.choice([HitPolicy.UNIQUE, HitPolicy.FIRST]), [WHOLE, WHOLE], rows, bounds)
        decide = made.decision(made.outputs[0], "y").function

        def hits(pair, made=made):
            return [
                n
                for n, row in enumerate(made.rows)
                if all(c.holds(v) for c, v in zip(row.conditions, pair, strict=True))
            ]

        for pair in product(everything, everything):
            found = hits(pair)
            single = len(found) == 1 or (found and made.hit is HitPolicy.FIRST)
            assert decide(*pair) == (str(found[0]) if single else None)
        known = [hits(pair) for pair in product(values, values)]
        possible = [hits(pair) for pair in product([*values, None], [*values, None])]
        assert (find_gap(made) is not None) == any(not each for each in known)
        shadowed = {
            row
            for row in range(len(rows))
            if made.hit is HitPolicy.FIRST and all(each[0] < row for each in possible if row in each)
        }
        idle = dict(idle_rows(made))
        assert {row for row, before in idle.items() if not before} == {
            row for row in range(len(rows)) if all(row not in each for each in possible)
        }
        assert {row for row, before in idle.items() if before} == shadowed - {
            row for row, before in idle.items() if not before
        }
        for row, before in idle.items():
            assert all(set(before) & set(each) for each in possible if before and row in each)
            assert all(n < row for n in before)
        if made.hit is HitPolicy.FIRST:
            continue
        meeting = {pair for each in possible for pair in combinations(each, 2)}
        assert {each.second for each in overlaps(made)} == {second for _, second in meeting}
        for each in overlaps(made):
            assert {each.first, each.second} <= set(hits(each.example))
            assert all(value is None or within(value, *bounds) for value in each.example)


def within(value, least, most):
    return (least is None or value >= least) and (most is None or value <= most)


@pytest.mark.parametrize(
    ("type_", "cells", "idle"),
    [
        (WHOLE, ["< 5", ">= 5", "3..7", "any"], {2: (0, 1)}),
        (WHOLE, ["< 5", ">= 5", "3..7", "missing", "any"], {2: (0, 1), 4: (0, 1, 3)}),
        (WHOLE, ["1..5", "6..9", "2, 7"], {2: (0, 1)}),
        (WHOLE, ["1..5", "7..9", "2..8"], {}),
        (CHOICE, ["a", "b, c", "a, b", "any"], {2: (0, 1)}),
        (Type(Kind.BOOL), ["true", "false", "missing", "any"], {3: (0, 1, 2)}),
        (Type(Kind.BOOL), ["true", "false", "any"], {}),
    ],
)
@pytest.mark.parametrize("hit", [HitPolicy.FIRST, HitPolicy.PRIORITY])
def test_a_row_that_several_rows_before_it_leave_nothing_for_is_idle(hit, type_, cells, idle):
    made = table(hit, [type_], [(cell, "x") for cell in cells])

    assert dict(idle_rows(made)) == idle


def test_the_search_for_idle_rows_ends_where_it_would_take_too_long():
    holes = [chr(ord("a") + hole) for hole in range(8)]
    shared = []
    for first, second in combinations(range(9), 2):
        for hole in holes:
            cells = ["any"] * 9
            cells[first] = cells[second] = hole
            shared.append((*cells, "shared"))

    made = table(HitPolicy.FIRST, [Type(Kind.CHOICE, tuple(holes))] * 9, [*shared, (*["not missing"] * 9, "never")])

    assert list(idle_rows(made)) == []


@pytest.mark.parametrize("cells", ["{0}..<{1}", ">= {0}"])
def test_a_table_of_a_thousand_rows_is_looked_through(cells):
    rows = [(cells.format(10 * row, 10 * row + 10), "any", str(row)) for row in range(1_000)]
    made = table(HitPolicy.UNIQUE, [WHOLE, CHOICE], rows)

    assert len(list(overlaps(made))) == (0 if "<" in cells else 999)
    assert list(idle_rows(made)) == []


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ("[[any, 1], ['> 3', 2]]", ["V5907"]),
        ("[['> 3', 1], [any, 2]]", []),
        ("[['< 3', 1], ['>= 3', 2], ['2..4', 3], [any, 4]]", ["V5907"]),
        ("[['> 7', 1], [any, 2]]", ["V5907"]),  # the field goes from 1 to 5
        ("[['1..5', 1], [missing, 2]]", []),
        ("[['2..5', 1], [missing, 2]]", ["V5908"]),
        ("[['< 9', 1], [missing, 2]]", []),
        ("[['> 4', 1], ['<= 4', 2], [missing, 3]]", []),
        ("[['> 4', 1], ['<= 4', 2]]", ["V5908"]),
        ("[['0', 1], ['>= 2', 2], [missing, 3]]", ["V5908", "V5907"]),
    ],
)
def test_findings_of_a_table_know_the_bounds_of_its_fields(rows, codes):
    findings = reading_of(f"tables: {{t: {{hit: first, inputs: [fit], outputs: [x], rows: {rows}}}}}").findings

    # Nothing reads the table: that is told, too.
    assert [each.code for each in findings if each.code != "V5913"] == codes


def test_a_row_that_several_leave_nothing_for_names_them_if_they_are_few():
    few, many = (
        reading_of(f"tables: {{t: {{hit: first, inputs: [amount], outputs: [x], rows: {rows}}}}}").findings
        for rows in (
            "[['< 5', 1], ['>= 5', 2], ['3..7', 3], [any, 9]]",
            "[['< 1', 1], ['1..2', 1], ['2..3', 1], ['3..4', 1], ['4..5', 1], ['> 5', 1], ['0..6', 2], [any, 9]]",
        )
    )

    told = [str(each.reason) for each in (*few, *many) if each.code == "V5907"]
    assert told == [
        "Row 3 gives nothing: rows 1, 2 together come before it wherever it hits.",
        "Row 7 gives nothing: the rows before it leave nothing for it.",
    ]


def findings_of_scale(field, scale):
    factor = f"{{field: {field}, weight: 1, scale: {scale}}}"
    return reading_of(f"scorecards: {{s: {{factors: {{f: {factor}}}, bands: {{hot: 50, cold: 0}}}}}}").findings


@pytest.mark.parametrize(
    ("field", "scale", "told"),
    [
        ("weight", "{0: 0..5, 1: '> 5'}", []),
        ("amount", "{0: < 5, 1: '>= 5'}", []),
        ("weight", "{0: '> 3', 1: 0..2}", ["weight = 2.5 earns no points."]),
        ("weight", "{0: '>= 0', 1: < -5}", ["weight = -5 earns no points."]),
        ("fit", "{0: 2..3, 1: 4..5}", ["fit = 1 earns no points."]),
        ("vip", "{0: false, 1: true}", []),
        ("vip", "{false: 0, true: 1}", ["“false” is not a number of points", "“true” is not a number of points"]),
        ("role", "{dealer: 0, kit: 1}", ["“dealer” is not a number of points", "“kit” is not a number of points"]),
        ("role", "{some: dealer, 1: kit}", ["“some” is not a number."]),
    ],
)
def test_a_scale_is_asked_for_the_answers_that_its_reader_expects(field, scale, told):
    findings = findings_of_scale(field, scale)

    assert len(findings) == len(told), [str(each.reason) for each in findings]
    for finding, reason in zip(findings, told, strict=True):
        assert str(finding.reason).startswith(reason)


def test_points_that_stand_behind_their_answer_are_shown_the_right_way_round():
    findings = findings_of_scale("vip", "{false: 0, true: 1}")
    assert [str(each.remedy) for each in findings] == ["Write 0: false.", "Write 1: true."]
