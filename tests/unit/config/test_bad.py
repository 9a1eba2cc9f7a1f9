"""Every bad configuration is answered by exactly the findings it deserves, each with a way out."""

import pytest

from tests.unit.config.corpus import base, cases, workspace_of
from voronka.config import has_errors, read_workspace

CASES = cases()


def written(finding):
    told = f"{finding.code} {finding.place.file}:{finding.place.line}:{finding.place.column}"
    return f"{told} {finding.suggestion}" if finding.suggestion else told


def test_the_base_of_the_corpus_is_good():
    reading = read_workspace(base(), scenarios=True)

    assert reading.findings == ()
    assert reading.workspace is not None
    assert [scenario.id for scenario in reading.scenarios] == ["offer[low]", "offer[none]"]


def test_the_corpus_is_large_enough_and_its_cases_have_names_of_their_own():
    names = [case["case"] for case in CASES]

    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_bad_configuration_gets_its_findings(case):
    files = workspace_of(case)
    reading = read_workspace(files, scenarios=True)

    assert [written(finding) for finding in reading.findings] == case["expect"]
    of_definition = [each for each in reading.findings if not each.place.file.startswith("configs/scenarios/")]
    assert (reading.workspace is None) == has_errors(of_definition)
    for finding in reading.findings:
        for language in ("en", "ru"):
            assert finding.reason.render(language).strip()
            assert finding.remedy.render(language).strip()
        if finding.place.file in files:
            lines = files[finding.place.file].decode(errors="replace").splitlines() or [""]
            line = lines[finding.place.line - 1]
            assert finding.place.column + finding.place.length <= len(line) + 2
