"""The reference workspace does what its scenarios say, and nothing of it is left out by them."""

import pytest

from voronka.bootstrap import reference_workspace
from voronka.config import read_workspace
from voronka.messages import LANGUAGES
from voronka.testing import Coverage, ScenarioRunner
from voronka.testing.report import fault_lines

READING = read_workspace(reference_workspace(), scenarios=True)


@pytest.fixture(scope="module")
def outcomes():
    with ScenarioRunner(READING) as runner:
        return {outcome.scenario.id: outcome for outcome in runner.run_all(READING.scenarios)}


def test_the_scenarios_have_no_faults_and_titles_in_both_languages():
    assert READING.findings == ()
    assert {frozenset(each.title.texts) for each in READING.scenarios} == {frozenset(LANGUAGES)}


@pytest.mark.parametrize("name", [scenario.id for scenario in READING.scenarios])
def test_the_scenario_holds(outcomes, name):
    assert list(fault_lines(outcomes[name], "en")) == []


def test_the_scenarios_go_through_everything(outcomes):
    coverage = Coverage(workspace=READING.workspace)
    for outcome in outcomes.values():
        coverage.add(outcome.touched)
    assert [f"{part.kind} {part.funnel} {part.name}" for part in coverage.missing()] == []
    assert coverage.percent() == 100
