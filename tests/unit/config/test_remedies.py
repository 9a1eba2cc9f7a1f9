"""The findings that a newcomer meets first say what to do, not only what is wrong."""

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace

FIELDS = """
set: visit
fields: {visit_on: {type: date}, cost: {type: money}, branch: {type: text, of: accounts}}
"""
OWN = b"set: own\nfields: {amount: {type: money}}\n"
FUNNEL = """
funnel: care
fields: [FIELDS]
stages:
  needs:
    why: analytics
    leave: {when: WHEN, require: [REQUIRE]}
    timed: {call: {before: 1 day, from: FROM, when: amount > 5, do: [{move: TO}]}}
"""
GOOD = {"FIELDS": "own, visit", "WHEN": "amount > 1", "REQUIRE": "amount, visit_on", "FROM": "visit_on", "TO": "lost"}
UNUSED = "It stands in the set visit: add visit to “fields” of the funnel."
UNFILLED = "What nobody filled in is missing: write x is missing or x is not missing."


def findings(**changes):
    text = FUNNEL
    for name, value in (GOOD | changes).items():
        text = text.replace(name, value)
    found = read_workspace(files(funnels=text, fields=FIELDS) | {"configs/fields/own.yaml": OWN}).findings
    return [each for each in found if each.code not in ("V5530", "V5531")]


def test_the_funnel_without_a_mistake_has_no_findings():
    assert findings() == []


@pytest.mark.parametrize(
    ("changes", "remedies"),
    [
        # A field whose set the funnel does not use: in a gate, as an anchor, in a condition.
        ({"FIELDS": "own", "REQUIRE": "amount"}, [UNUSED]),
        ({"FIELDS": "own"}, [UNUSED, UNUSED]),
        ({"FIELDS": "own", "REQUIRE": "amount", "WHEN": "cost > 1"}, [UNUSED, UNUSED]),
        # A field of accounts stands in a set that the funnel uses: the set is not what is lacking.
        ({"WHEN": "branch == 'key'"}, ["Did you mean account.branch?"]),
        # Nothing typed is no value of any type.
        ({"WHEN": "visit_on != ''"}, [UNFILLED]),
        ({"WHEN": "amount != ''"}, [UNFILLED]),
        ({"TO": "xyz"}, ["Write one of needs, won, lost, or declare it under “stages” of this funnel."]),
    ],
)
def test_a_finding_says_what_to_do(changes, remedies):
    assert [each.remedy.render("en") for each in findings(**changes)] == remedies


def test_a_cyrillic_letter_in_a_name_is_told_as_what_it_is():
    (found,) = findings(FROM="visit_оn")
    assert found.reason.render("en") == "`visit_оn` mixes Latin letters with «о», which only looks like one."
    assert found.suggestion == "visit_on"
