"""Decision tables in expressions: types, missing values, explanations, and what else reads them."""

import copy
import pickle
from dataclasses import replace

import pytest

from tests.unit.decisions.workspaces import env, expression, reading_of, workspace_of
from voronka.calendars import parse_datetime
from voronka.config.finding import Severity
from voronka.definition.fields import Subject
from voronka.expressions import Kind

LIMITS = """
tables:
  limit:
    label: {en: Discount limit, ru: Предел скидки}
    hit: first
    inputs: [load, role]
    outputs: [limit, approver]
    rows:
      - [">= 90%", any, 0%, head]
      - ["< 60%", [integrator, kit], 12%, missing]
      - [any, any, 5%, manager]
"""


@pytest.mark.parametrize(
    ("values", "limit", "approver", "row"),
    [
        ({"load": 0.95, "role": "kit"}, 0.0, "head", 1),
        ({"load": 0.9}, 0.0, "head", 1),
        ({"load": 0.5, "role": "kit"}, 0.12, None, 2),
        ({"load": 0.5, "role": "dealer"}, 0.05, "manager", 3),
        ({"load": 0.5}, 0.05, "manager", 3),
        ({}, 0.05, "manager", 3),
    ],
)
def test_a_row_hits_where_all_its_cells_are_true_and_unknown_is_not(values, limit, approver, row):
    workspace = workspace_of(LIMITS)
    outputs = [expression(workspace, f"tables.limit.{name}") for name in ("limit", "approver", "row")]

    assert [each.evaluate(env(**values)) for each in outputs] == [limit, approver, row]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["5%", "10%"], Kind.PERCENT),
        (["1", "2"], Kind.INTEGER),
        (["1", "2.5"], Kind.NUMBER),
        (["true", "false"], Kind.BOOL),
        (["2026-03-01", "missing"], Kind.DATE),
        (["a", "missing"], Kind.TEXT),
        (["head", "manager"], Kind.TEXT),
    ],
)
def test_the_type_of_an_output_is_seen_from_its_cells(cells, kind):
    rows = ", ".join(f"['{bound}', '{cell}']" for bound, cell in zip(("<= 3", "> 3"), cells, strict=True))
    workspace = workspace_of(f"tables: {{t: {{inputs: [fit], outputs: [x], rows: [{rows}]}}}}")

    assert expression(workspace, "tables.t.x").type.kind is kind


def test_money_is_declared_and_read_in_the_currency_of_the_workspace():
    workspace = workspace_of(
        "tables: {t: {inputs: [amount], outputs: {fee: {type: money}},"
        " rows: [['< 1000', '100.50'], ['>= 1000', '1000']]}}"
    )
    fee = expression(workspace, "tables.t.fee")

    assert [fee.evaluate(env(amount=amount)) for amount in (99_999, 100_000)] == [10_050, 100_000]


def test_dates_texts_and_computed_fields_are_inputs_too():
    workspace = workspace_of(
        """
tables:
  t:
    hit: first
    inputs: [due, city, margin]
    outputs: [x]
    rows:
      - ["< 2026-03-01", any, any, 1]
      - [any, "Tver, \\"Nizhny, Upper\\"", any, 2]
      - [any, any, "> 50%", 3]
"""
    )
    x = expression(workspace, "tables.t.x")
    deals = [
        {"due": "2026-02-28", "city": "Tver"},
        {"due": "2026-03-01", "city": "Tver"},
        {"city": "Nizhny, Upper"},
        {"amount": 100_000},
        {"amount": 15_000},
    ]

    assert [x.evaluate(env(**values)) for values in deals] == [1, 2, 2, 3, None]


def test_an_expression_reads_what_the_inputs_of_a_table_read():
    workspace = workspace_of(LIMITS)

    assert expression(workspace, "tables.limit.limit > 3%").reads.names == {"load", "role"}


def test_a_computed_field_may_be_decided_by_a_table():
    workspace = workspace_of(
        LIMITS,
        **{"configs/fields/more.yaml": "set: more\nfields: {most: {type: percent, formula: tables.limit.limit}}\n"},
    )

    assert workspace.fields[Subject.DEALS]["most"].formula.evaluate(env(load=0.95)) == 0.0


def test_a_table_may_rest_on_a_table_that_is_written_later():
    workspace = workspace_of(
        """
tables:
  second: {inputs: [tables.first.x], outputs: [y], rows: [[low, 1], [high, 2]]}
  first: {inputs: [fit], outputs: [x], rows: [["<= 3", low], ["> 3", high]]}
"""
    )

    assert expression(workspace, "tables.second.y").evaluate(env(fit=4)) == 2


def test_the_explanation_names_the_row_that_hit_its_conditions_and_the_values():
    workspace = workspace_of(LIMITS)
    made = expression(workspace, "tables.limit.limit")
    deal = env(load=0.5, role="kit")

    assert made.explain(made.leaves(deal)).render().splitlines() == [
        "tables.limit.limit: 12%",
        "  tables.limit: 2 (< 60%; integrator, kit)",
        "    load: 50%",
        "    role: kit",
    ]


def test_the_explanation_of_a_unique_table_names_all_rows_that_clash():
    rows = '[["0..<3", 1], ["> 9", 2], ["> 5", 3]]'  # beyond the bounds of the field, where check looks for none
    workspace = workspace_of(f"tables: {{t: {{inputs: [fit], outputs: [x], rows: {rows}}}}}")
    made = expression(workspace, "tables.t.x")

    assert made.explain(made.leaves(env(fit=10))).render().splitlines() == [
        "tables.t.x: missing",
        "  tables.t: 2 (> 9), 3 (> 5)",
        "    fit: 10",
    ]


def test_a_table_is_copied_and_pickled_without_what_was_compiled_of_it():
    table = workspace_of(LIMITS).tables["limit"]
    decision = table.decision(table.outputs[0], "tables.limit.limit")

    assert decision.function(0.95, None) == 0.0
    for other in (copy.deepcopy(decision), pickle.loads(pickle.dumps(decision))):
        assert other == decision
        assert other.function(0.5, "kit") == 0.12


CARD = "scorecards: {s: {bands: {low: 0}, factors: {a: {field: fit, weight: 1, scale: 1..5}}}}\n"


@pytest.mark.parametrize(
    ("where", "code", "suggestion"),
    [
        ("scores.s.total >= 75%", "W1308", "75"),
        ("scores.s.a > 250%", "W1308", "250"),
        ("tables.limit.row > 5%", "W1308", "5"),
        ("scores.s > 75", "E1101", "scores.s.total"),
        ("tables.limit > 5%", "E1101", None),
    ],
)
def test_a_score_is_no_share_and_a_decision_is_meant_by_its_chief_output(where, code, suggestion):
    rules = f"{LIMITS}{CARD}rules: {{r: {{trigger: {{field: fit}}, where: {where}, do: [{{task: {{title: A}}}}]}}}}\n"
    (finding,) = (each for each in reading_of(rules).findings if each.code in {"W1308", "E1101"})

    assert (finding.code, finding.suggestion) == (code, suggestion)


MATRIX = """matrices:
  m:
    axes: {a: {score: s}, b: {value: fit, bands: {all: 0}}}
    cells: {c: {at: {a: low}, values: {x: 1}}}
"""


@pytest.mark.parametrize(
    ("where", "way_out"),
    [
        ("changed(scores.s.band)", "score.changed"),
        ("previous(scores.s.total) < 50", "score.changed"),
        ("changed(scores.s.a)", "the fields"),
        ("changed(tables.limit.limit)", "the fields"),
        ("previous(tables.limit.row) == 1", "the fields"),
        ("changed(matrices.m.cell)", "the fields"),
        ("previous(matrices.m.x) == 1", "the fields"),
    ],
)
def test_a_decision_has_nothing_before_and_the_event_that_tells_its_change_is_named(where, way_out):
    rule = f"rules: {{r: {{trigger: {{field: fit}}, where: {where}, do: [{{task: {{title: A}}}}]}}}}\n"
    findings = reading_of(f"{LIMITS}{CARD}{MATRIX}{rule}").findings

    assert [each.code for each in findings if each.severity is Severity.ERROR] == ["E1103"]
    assert way_out in next(each.remedy.render("en") for each in findings if each.code == "E1103")


def test_an_output_that_there_is_not_is_told_with_those_that_there_are():
    rules = LIMITS + "rules: {r: {trigger: {field: fit}, where: tables.limit.limt > 1%, do: [{task: {title: A}}]}}\n"

    (finding,) = reading_of(rules).findings
    assert (finding.code, finding.suggestion) == ("E1101", "tables.limit.limit")


def test_a_scheduled_rule_whose_tables_are_too_large_for_a_database_is_refused():
    rows = "".join(f'      - ["{place}..<{place + 1}", {place}, {place}]\n' for place in range(100))
    tables = "".join(
        f"  t{place}:\n    hit: first\n    inputs: [{inputs}]\n    outputs: {{x: {{type: integer}}}}\n    rows:\n{rows}"
        for place, inputs in enumerate(["fit, amount", *(f"tables.t{each}.x, tables.t{each}.row" for each in range(7))])
    )
    rule = '{trigger: {schedule: {days: working, at: "09:00"}}, where: tables.t7.x == 1, do: [{task: {title: A}}]}'
    findings = reading_of(f"tables:\n{tables}rules: {{r: {rule}}}\n").findings

    assert [each.code for each in findings if each.severity is Severity.ERROR] == ["V5710"]


@pytest.mark.parametrize(
    ("cell", "condition"),
    [
        ("2026-02-01", 'met == "2026-02-01"'),
        ("not 2026-02-01", 'met != "2026-02-01"'),
        ("= 2026-02-01", 'met == "2026-02-01"'),
        ("> 2026-02-01", 'met > "2026-02-01"'),
        (">= 2026-02-01", 'met >= "2026-02-01"'),
        ("< 2026-02-01", 'met < "2026-02-01"'),
        ("<= 2026-02-01", 'met <= "2026-02-01"'),
        ("2026-01-31..2026-02-01", 'met >= "2026-01-31" and met <= "2026-02-01"'),
        ("2026-01-31..<2026-02-01", 'met >= "2026-01-31" and met < "2026-02-01"'),
        ("2026-02-01 10:00..2026-02-01", 'met >= "2026-02-01 10:00" and met <= "2026-02-01"'),
        ("> 2026-02-01 10:00", 'met > "2026-02-01 10:00"'),
        ("2026-01-31, 2026-02-02", 'met in ["2026-01-31", "2026-02-02"]'),
    ],
)
def test_a_date_among_moments_is_the_local_day_in_a_cell_and_on_a_scale_as_in_an_expression(cell, condition):
    workspace = workspace_of(
        f'tables: {{t: {{hit: first, inputs: [met], outputs: [x], rows: [["{cell}", 1], [any, 0]]}}}}\n'
        "scorecards:\n"
        f'  s: {{factors: {{f: {{field: met, weight: 1, scale: {{1: "{cell}", 0: missing}}}}}}, bands: {{all: 0}}}}\n'
    )
    hits, scores, says = (expression(workspace, each) for each in ("tables.t.x", "scores.s.f", condition))

    for text in ("01-30 23:59", "01-31 00:00", "02-01 00:00", "02-01 10:00", "02-01 23:59:59.999999", "02-02 00:00"):
        values = replace(env(met=parse_datetime(f"2026-{text}", "Europe/Moscow")), zone="Europe/Moscow")
        expected = int(says.evaluate(values))
        assert (hits.evaluate(values), scores.evaluate(values) or 0) == (expected, expected), text


def test_days_of_moments_that_leave_one_out_are_told_with_a_moment_of_it_by_the_clocks_of_the_workspace():
    rows = '[["< 2026-02-01", 1], ["> 2026-02-01", 2], [missing, 3]]'
    found = reading_of(f"tables: {{t: {{inputs: [met], outputs: [x], rows: {rows}}}}}\n").findings

    assert "No row hits met = 2026-02-01 00:00." in [str(each.reason) for each in found]


def test_days_of_moments_that_follow_each_other_leave_nothing_out_and_do_not_meet():
    rows = '[["< 2026-02-01", 1], ["2026-02-01..2026-02-28", 2], [">= 2026-03-01", 3], [missing, 4]]'
    found = reading_of(f"tables: {{t: {{inputs: [met], outputs: [x], rows: {rows}}}}}\n").findings

    assert [each.code for each in found] == ["V5913"]


@pytest.mark.parametrize("cell", ["[not Tver, Omsk]", "[any]", "[Omsk, missing]", "[Omsk, '-']"])
def test_a_list_in_brackets_holds_values_and_no_words_for_a_whole_cell(cell):
    found = reading_of(f"tables: {{t: {{hit: first, inputs: [city], outputs: [x], rows: [[{cell}, 1]]}}}}\n").findings

    assert [each.code for each in found if each.severity is Severity.ERROR] == ["V3901"]
    assert "is no item of a list" in str(found[0].reason)


def test_a_value_that_is_called_like_such_a_word_stands_in_quotes_in_a_list():
    cell = """['"not Tver"', Omsk, '"any"']"""
    workspace = workspace_of(f"tables: {{t: {{hit: first, inputs: [city], outputs: [x], rows: [[{cell}, 1]]}}}}\n")
    made = expression(workspace, "tables.t.x")

    assert [made.evaluate(env(city=city)) for city in ("not Tver", "Omsk", "any", "Tver")] == [1, 1, 1, None]


def test_a_scheduled_rule_is_told_all_that_no_database_can_judge():
    where = "changed(amount) and previous(fit) == 1 or changed(amount)"
    rule = f'{{trigger: {{schedule: {{days: working, at: "09:00"}}}}, where: {where}, do: [{{task: {{title: A}}}}]}}'
    findings = reading_of(f"rules: {{r: {rule}}}\n").findings

    told = [each.reason.render("en") for each in findings if each.code == "V5710"]
    assert len(told) == 2
    assert "changed(amount)" in told[0]
    assert "previous(fit)" in told[1]


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("больше 5", "> 5"),
        ("не менее 5", ">= 5"),
        ("до 10", "<= 10"),
        ("от 5 до 10", "5..10"),
        ("5-10", "5..10"),
        ("between 5 and 10", "5..10"),
        ("more than 5", "> 5"),
        ("5+", ">= 5"),
        ("любой", "any"),
        ("otherwise", "any"),
        ("пусто", "missing"),
    ],
)
def test_a_cell_in_words_is_told_as_it_is_written_here(cell, meant):
    findings = reading_of(
        f"tables: {{t: {{hit: first, inputs: [fit], outputs: [x], rows: [['{cell}', 1], [any, 2]]}}}}"
    ).findings

    assert [each.remedy.render("en") for each in findings if each.severity is Severity.ERROR] == [f"Write {meant}."]


def test_a_no_of_an_answer_that_is_yes_or_no_is_not_taken_for_a_missing_one():
    findings = reading_of(
        "tables: {t: {hit: first, inputs: [vip], outputs: [x], rows: [['нет', 1], [any, 2]]}}"
    ).findings

    assert all("missing" not in each.remedy.render("en") for each in findings if each.severity is Severity.ERROR)
