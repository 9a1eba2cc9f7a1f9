"""A failure tells where, what was expected and found, and what happened instead, in both languages."""

import pytest

from tests.integration.scenarios.workspace import run
from voronka.testing.report import fault_lines

GIVEN = "given: {funnel: sales, stage: offer, gates: skip, at: 2026-03-02 09:00, owner: anna}\n"


def told(text, language="en"):
    (outcome,) = run(text).values()
    return "\n".join(fault_lines(outcome, language))


SILENT = f"""\
scenario: {{en: Materials, ru: Материалы}}
{GIVEN}steps:
  - log: {{direction: in}}
  - advance: 3 days
  - expect: {{sent: [materials]}}
"""


EN = """\
FAILED it: Materials
  configs/scenarios/it.yaml:6:14: step 3. It is not as expected.
    sent
      expected: materials
      found:    nothing
    What happened:
      2026-03-04 10:00: timer message materials skipped: its condition did not hold.
          not replied: no
            replied: yes
""".splitlines()
RU = """\
НЕ ВЫПОЛНЕН it: Материалы
  configs/scenarios/it.yaml:6:14: шаг 3. Вышло не так, как ждали.
    sent
      ждали:    materials
      получили: ничего
    Что произошло:
      2026-03-04 10:00: таймер сообщение materials пропущен: его условие не выполнилось.
          not replied: нет
            replied: да
""".splitlines()


def test_a_message_that_was_not_sent_tells_its_timers_end_and_what_was_read():
    assert told(SILENT).splitlines() == EN
    assert told(SILENT, "ru").splitlines() == RU


def test_a_message_that_is_still_to_come_tells_until_when():
    found = told(f"scenario: s\n{GIVEN}steps: [{{advance: 1 day}}, {{expect: {{sent: [materials]}}}}]\n")
    assert "materials waits until 2026-03-04 10:00." in found


def test_a_message_of_another_stage_tells_so():
    given = "given: {funnel: sales, at: 2026-03-02 09:00}\n"
    found = told(f"scenario: s\n{given}steps: [{{advance: 9 days}}, {{expect: {{sent: [materials]}}}}]\n")
    assert "materials does not wait: it belongs to offer, and the deal stands in talk." in found


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "A discount above 10% needs the head. Make it hold, or have it lifted with a reason by: Head of sales."),
        ("ru", "Скидку больше 10 % согласует руководитель"),
    ],
)
def test_a_refused_move_tells_the_gate_the_reason_and_who_can_unblock(language, words):
    given = "given: {funnel: sales, at: 2026-03-02 09:00, fields: {amount: 5}, checklist: [asked]}\n"
    steps = "steps: [{move: {to: offer, set: {discount: 20%}}}, {expect: {stage: offer}}]\n"
    found = told(f"scenario: s\n{given}{steps}", language)
    assert "offer.enter.when" in found
    assert words in found


def test_who_can_unblock_is_compared():
    given = "given: {funnel: sales, at: 2026-03-02 09:00, fields: {amount: 5, discount: 20%}, checklist: [asked]}\n"
    steps = "steps: [{move: offer}, {expect: {refused: [{gate: offer.enter.when, unblock: [manager]}]}}]\n"
    found = told(f"scenario: s\n{given}{steps}")
    assert "expected: {gate: offer.enter.when, unblock: manager}" in found
    assert "found:    {gate: offer.enter.when, unblock: head}" in found


DIFFERENCES = {
    "stage: talk": ("stage", "talk", "offer"),
    "fields: {amount: 5.50}": ("fields.amount", "5.5", "missing"),
    "fields: {discount: 5%}": ("fields.discount", "5%", "missing"),
    "fields: {decision_maker: Maria}": ("fields.decision_maker", "Maria", "missing"),
    "rows: {costs: [{what: energy}]}": ("rows.costs", "{what: energy}", "nothing"),
    "timers: {materials: null}": ("timers.materials", "does not wait", "2026-03-04 10:00"),
    "ended: {warn: fired}": ("ended.warn", "fired", "nothing"),
    "tasks: [Approve]": ("tasks", "Approve", "nothing"),
    "opened: [service]": ("opened", "service", "nothing"),
    "refused: [offer.enter.when]": ("refused", "offer.enter.when", "nothing"),
    "notified: [{template: silent, to: petr}]": ("notified", "{template: silent, to: petr}", "nothing"),
}


@pytest.mark.parametrize(("written", "difference"), DIFFERENCES.items(), ids=DIFFERENCES)
def test_a_difference_shows_both_sides_as_a_scenario_writes_them(written, difference):
    (outcome,) = run(f"scenario: s\n{GIVEN}steps: [{{expect: {{{written}}}}}]\n").values()
    (found,) = outcome.fault.differences
    assert (found.name, found.expected.render(), found.found.render()) == difference
    assert found.written.column > 1


def test_all_differences_of_an_expectation_are_told_together():
    (outcome,) = run(f"scenario: s\n{GIVEN}steps: [{{expect: {{stage: talk, tasks: [Approve]}}}}]\n").values()
    assert [each.name for each in outcome.fault.differences] == ["stage", "tasks"]


def test_every_case_of_a_table_is_told_by_its_name():
    cases = "cases: {low: {discount: 5%, stage: offer}, high: {discount: 20%, stage: offer}}\n"
    given = "given: {funnel: sales, at: 2026-03-02 09:00, fields: {amount: 5}, checklist: [asked]}\n"
    steps = (
        "steps: [{move: {to: offer, set: {discount: =case.discount}}}, {expect: {stage: =case.stage, refused: []}}]\n"
    )
    outcomes = run(f"scenario: s\n{cases}{given}{steps}")
    assert {name: outcome.fault is None for name, outcome in outcomes.items()} == {"it[low]": True, "it[high]": False}


@pytest.mark.parametrize(
    ("step", "because"),
    [
        ("of: {sum: 9}, remove: true", "has no row that holds this now"),
        ("of: {sum: 5}, put: {confirmed: true}", "Several rows"),
        ("of: {sum: 5, what: a}, put: {confirmed: true}", ""),
        ("of: {what: b}, remove: true", ""),
    ],
)
def test_a_row_is_named_by_what_one_row_alone_holds(step, because):
    rows = "rows: {costs: [{what: a, sum: 5}, {what: b, sum: 5}]}"
    given = GIVEN.replace("}\n", f", {rows}}}\n")
    text = f"scenario: s\n{given}steps: [{{row: {{collection: costs, {step}}}}}, {{expect: {{stage: offer}}}}]\n"
    found = told(text)
    assert because in found
    assert bool(because) is ("FAILED" in found)
