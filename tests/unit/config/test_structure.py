"""What looks like a fault of a funnel's graph and is none; the faults themselves stand in the corpus."""

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace

FIELDS = "set: own\nfields: {amount: {type: money}, due: {type: date}}\n"
LISTED = "flow: listed\ntransitions: {a: {from: one, to: two}, b: {from: two, to: won}}"
ASKS = "why: analytics, enter: {require: [amount]}"
STAGES = "funnel: f\nstages: {one: {journey: problem}, two: {journey: solutions}}\n"


def findings(text):
    return [finding.code for finding in read_workspace(files(funnels=text, fields=FIELDS)).findings]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            STAGES
            + "transitions:\n  a: {from: one, to: two, auto: true, when: amount > 1}\n"
            + "  b: {from: two, to: one, after: 1 day}\n",
            id="a circle with a delay",
        ),
        pytest.param(
            STAGES + "transitions: {a: {from: one, to: two, auto: true, when: amount > 1}}",
            id="an automatic move one way",
        ),
        pytest.param(
            "funnel: f\nstages: {one: {journey: solutions}, two: {why: analytics}, three: {journey: solutions}}",
            id="a stage without a step of the buyer between two alike",
        ),
        pytest.param(
            "funnel: f\nstages: {one: {why: analytics}}\nflow: listed\ntransitions: {a: {from: one, to: won}}",
            id="an outcome that nobody wrote and no way leads to",
        ),
        pytest.param(
            "funnel: f\nstages: {one: {why: analytics}, two: {why: analytics, enter: {do: [{move: won}]}}}",
            id="a move on entry to an outcome",
        ),
        *(
            pytest.param(
                f"funnel: f\nstages: {{one: {{why: analytics}}, two: {{{ASKS}}}, {won}", id=f"asked, and {name}"
            )
            for name, won in {
                "won that nobody wrote": "}",
                "won that asks for something": "won: {enter: {require: [due]}}}",
                "won from some stages": "won: {from: two}}",
                "won from everywhere, as is said": 'won: {from: "*"}}',
                "a way to won that is declared": "won: {}}\ntransitions: {a: {from: one, to: won}}",
                "listed ways alone": "won: {}}\n" + LISTED,
            }.items()
        ),
        pytest.param(
            STAGES
            + "transitions:\n  a: {from: one, to: won, after: 1 day}\n"
            + "  b: {from: one, to: won, auto: true, when: amount > 1}\n",
            id="two automatic ways and one by hand between the same stages",
        ),
    ],
)
def test_what_is_no_fault(text):
    assert findings(text) == []


def test_each_circle_is_told_once():
    assert findings(
        STAGES
        + "transitions:\n"
        + "  a: {from: one, to: two, auto: true, when: amount > 1}\n"
        + "  b: {from: two, to: one, auto: true, when: amount > 1}\n"
        + "  c: {from: two, to: one, auto: true, when: amount > 2}\n"
    ) == ["V5104"]


def test_a_stage_that_only_leads_into_a_dead_end_is_not_told_too():
    assert findings(
        "funnel: f\nflow: listed\nstages: {one: {why: analytics}, two: {why: analytics}}\n"
        "transitions: {a: {from: one, to: two}}"
    ) == ["V5102"]
