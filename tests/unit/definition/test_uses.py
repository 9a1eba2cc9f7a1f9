"""What uses a field is worked out of the whole configuration; so is what nothing uses, and what nobody is asked for."""

from __future__ import annotations

import dataclasses

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace
from voronka.config.field_uses import field_findings
from voronka.definition.fields import Subject
from voronka.definition.uses import uses

FIELDS = """
set: deal
sources: {erp: {class: transactional}}
fields:
  need: {type: text}
  cost: {type: money}
  amount: {type: money, sources: [erp], ttl: 1 week}
  margin: {type: percent, formula: (amount - cost) / amount}
  deadline: {type: date}
  role: {type: choice, options: [a, b]}
  idle: {type: text}
  turnover: {of: accounts, type: money}
  mood: {of: contacts, type: text}
"""
FUNNEL = """
funnel: f
stages:
  new:
    why: analytics
    leave: {require: [need]}
    timed: {late: {before: 1 day, from: deadline, do: [{set: {need: x}}]}}
  offer: {why: analytics, enter: {when: margin > 0 and not stale(amount)}}
  won: {}
  lost: {}
transitions: {go: {from: new, to: lost, auto: true, when: contact.mood == "bad"}}
variants: {by: role, cases: {a: {stages: {offer: null}}, b: {}}}
"""
RULES = """
rules: {big: {trigger: {field: account.turnover}, where: amount > 1, do: [{task: {title: T}}]}}
"""
READING = read_workspace(files(fields=FIELDS, funnels=FUNNEL, rules=RULES))


@pytest.mark.parametrize(
    ("subject", "name", "expected"),
    [
        (Subject.DEALS, "need", {"f.new.leave"}),
        (Subject.DEALS, "cost", {"f.offer.enter", "margin"}),
        (Subject.DEALS, "amount", {"f.offer.enter", "margin", "big"}),
        (Subject.DEALS, "margin", {"f.offer.enter"}),
        (Subject.DEALS, "deadline", {"f.late"}),
        (Subject.DEALS, "role", {"f"}),
        (Subject.DEALS, "idle", set()),
        (Subject.ACCOUNTS, "turnover", {"big"}),
        (Subject.CONTACTS, "mood", {"f.go"}),
    ],
)
def test_a_field_is_used_by_what_reads_it_wherever_that_stands(subject: Subject, name: str, expected: set[str]) -> None:
    assert READING.workspace is not None, READING.findings
    assert {use.name for use in uses(READING.workspace)[subject, name]} == expected


def test_what_nothing_uses_and_what_nobody_is_asked_for_are_warned_of_at_their_place() -> None:
    assert READING.workspace is not None
    found = [(each.code, each.reason.render("en")) for each in field_findings(READING.workspace, READING.files)]
    assert [(code, reason.split()[0]) for code, reason in found] == [
        ("V5530", "idle"),
        ("V5531", "deadline"),
        ("V5531", "role"),
        ("V5531", "turnover"),
        ("V5531", "mood"),
    ]
    assert all(each.place.line > 1 for each in field_findings(READING.workspace, READING.files))


@pytest.mark.parametrize(
    ("declared", "warned"),
    [("{type: text}", False), ("{type: text, set_by: [owner]}", True)],
    ids=["set by the process alone", "people fill it in as well"],
)
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("funnels", FUNNEL.replace("{set: {need: x}}", "{set: {need: x, mark: y}}")),
        ("funnels", FUNNEL.replace("auto: true,", "auto: true, set: {mark: y},")),
        ("rules", RULES.replace("[{task", "[{set: {mark: y}}, {task")),
    ],
    ids=["action", "transition", "rule"],
)
def test_what_the_process_sets_costs_nobody_anything(kind: str, text: str, declared: str, warned: bool) -> None:
    given = {"fields": f"{FIELDS}  mark: {declared}\n", "funnels": FUNNEL, "rules": RULES, kind: text}
    reading = read_workspace(files(**given))
    assert reading.workspace is not None, reading.findings
    told = [each.reason.render("en") for each in field_findings(reading.workspace, reading.files)]
    assert any(each.startswith("mark is filled in") for each in told) is warned


def test_what_a_script_asks_for_is_filled_in_by_people_though_an_action_sets_it_too() -> None:
    funnel = FUNNEL.replace("{set: {need: x}}", "{set: {need: x, mark: y}}")
    script = "scripts: {talk: {say: Hello., questions: {a: {ask: What is it?, field: mark}}}}"
    reading = read_workspace(
        files(fields=f"{FIELDS}  mark: {{type: text}}\n", funnels=funnel, rules=RULES, playbooks=script)
    )
    assert reading.workspace is not None, reading.findings
    told = [each.reason.render("en") for each in field_findings(reading.workspace, reading.files)]
    assert "mark is filled in and nothing uses it." in told


def test_nobody_is_asked_is_said_only_where_the_workspace_says_where_its_data_come_from() -> None:
    assert READING.workspace is not None
    quiet = dataclasses.replace(READING.workspace, data_sources={})
    assert [each.code for each in field_findings(quiet, READING.files)] == ["V5530"]
