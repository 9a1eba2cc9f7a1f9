"""What a scenario costs: no schema is made for it, and nothing is explained that is as expected."""

import pytest

from tests.integration.scenarios.workspace import files
from tests.integration.test_questions import statements
from voronka.config import read_workspace
from voronka.messages import Sentence
from voronka.testing import ScenarioRunner
from voronka.testing.comparison import compare
from voronka.testing.course import Course
from voronka.testing.observing import Observation
from voronka.testing.parties import Parties
from voronka.testing.placing import place
from voronka.testing.stand import Stand

RULE = """\
rules:
  silent: {trigger: {schedule: {days: working, at: "09:00"}}, where: not replied and days_since(created_at) > 3,
    do: [{task: {title: Call}}]}
"""
REFUSED = """\
scenario: Discount
given: {funnel: sales, stage: talk, at: 2026-03-02 09:00, owner: anna, fields: {amount: 5, discount: 20%}}
steps:
  - move: offer
  - expect: {refused: [REFUSAL]}
  - advance: 2 weeks
"""


def reading_of(refusal: str):
    """Return the workspace with a scheduled rule and a scenario that expects one refusal."""
    rules = {"configs/rules/rules.yaml": RULE.encode()}
    reading = read_workspace({**files(it=REFUSED.replace("REFUSAL", refusal)), **rules}, scenarios=True)
    assert reading.findings == ()
    return reading


def test_every_scenario_costs_the_same_and_makes_no_schema():
    reading = reading_of("talk.leave.checklist.asked, offer.enter.when")
    costs = []
    with ScenarioRunner(reading) as runner:
        for _ in range(3):
            with statements() as asked:
                (outcome,) = runner.run_all(reading.scenarios)
            assert outcome.fault is None, outcome.fault
            costs.append(asked)
    assert costs[0] == costs[1] == costs[2]
    assert not [statement for statement in costs[0] if statement.startswith(("CREATE", "DROP", "ALTER", "PRAGMA"))]


class Unexplained(Observation):
    """Fails where it is asked why something was refused."""

    def because(self, gate: str) -> Sentence | None:
        raise AssertionError(gate)


@pytest.mark.parametrize(
    ("refusal", "explained"), [("talk.leave.checklist.asked, offer.enter.when", False), ("offer.enter.when", True)]
)
def test_a_refusal_is_explained_only_where_another_was_expected(refusal, explained):
    reading = reading_of(refusal)
    (scenario,) = reading.scenarios
    move, expect, _ = scenario.steps
    with Stand(reading) as stand:
        engine, clock = stand.fresh(scenario.given.at)
        parties = Parties(engine)
        deal, _ = place(engine, scenario.given, parties)
        observation = Unexplained(engine, deal)
        observation.seen.refusals += Course(observation, clock, parties, scenario.given.owner).take(move)
        observation.look()
        if explained:
            with pytest.raises(AssertionError):
                compare(expect, observation, parties)
        else:
            assert compare(expect, observation, parties) == ()
