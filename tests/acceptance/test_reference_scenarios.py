"""The reference workspace does what its scenarios say, and nothing of it is left out by them."""

import pytest

from voronka.bootstrap import reference_workspace
from voronka.config import read_workspace
from voronka.messages import LANGUAGES
from voronka.testing import Coverage, ScenarioRunner
from voronka.testing.report import fault_lines

FILES = sorted(path.stem for path in (reference_workspace() / "configs" / "scenarios").glob("*.yaml"))


@pytest.fixture(scope="module")
def reading():
    return read_workspace(reference_workspace(), scenarios=True)


@pytest.fixture(scope="module")
def outcomes(reading):
    with ScenarioRunner(reading) as runner:
        return list(runner.run_all(reading.scenarios))


def test_the_scenarios_have_no_faults_and_titles_in_both_languages(reading):
    assert reading.findings == ()
    assert {frozenset(each.title.texts) for each in reading.scenarios} == {frozenset(LANGUAGES)}


@pytest.mark.parametrize("file", FILES)
def test_the_scenarios_of_a_file_hold(outcomes, file):
    of_file = [outcome for outcome in outcomes if outcome.scenario.name == file]
    assert of_file != []
    assert [line for outcome in of_file for line in fault_lines(outcome, "en")] == []


def test_the_scenarios_go_through_everything(reading, outcomes):
    coverage = Coverage(workspace=reading.workspace)
    for outcome in outcomes:
        coverage.add(outcome.touched)
    assert [f"{part.kind} {part.funnel} {part.name}" for part in coverage.missing()] == []
    assert coverage.percent() == 100
