"""`voronka test`, its reports, and the plugin of pytest."""

import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from tests.integration.cli.running import voronka
from tests.integration.scenarios.workspace import FILES
from voronka.config import read_workspace
from voronka.testing import write_files
from voronka.testing.watching import changes

GOOD = """\
scenario: {en: A day passes, ru: Проходит день}
given: {funnel: sales, at: 2026-03-02 09:00}
steps: [{advance: 1 day}, {expect: {stage: talk}}]
"""
BAD = GOOD.replace("stage: talk", "stage: won").replace("A day passes", '"It is <won> & \\x01"')


@pytest.fixture
def root(tmp_path):
    write_files(tmp_path, {**FILES, "configs/scenarios/good.yaml": GOOD})
    return tmp_path


@pytest.fixture
def run(root):
    return lambda *words: voronka("-C", root, *words)


def test_scenarios_that_hold_end_with_0_and_tell_what_is_not_gone_through(run):
    ran = run("test")
    assert ran.code == 0
    assert "1 scenario: all of them hold." in ran.out
    assert "Stages: sales offer (offer)" in ran.out


def test_a_scenario_that_fails_ends_with_1(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": BAD})
    ran = run("--lang", "ru", "test")
    assert ran.code == 1
    assert "configs/scenarios/bad.yaml:3:37: шаг 2. Вышло не так, как ждали." in ran.out
    assert "2 сценария: 1 не выполнен." in ran.out


def test_only_the_named_ones_are_run_and_an_unknown_name_is_usage(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": BAD})
    assert run("test", "good").code == 0
    ran = run("test", "goof")
    assert (ran.code, "good" in ran.err) == (2, True)


def test_without_scenarios_there_is_nothing_to_test(root, run):
    (root / "configs/scenarios/good.yaml").unlink()
    assert run("test").code == 2


FAULTY = GOOD.replace("stage: talk", "stage: talks")


def test_findings_of_the_process_end_with_1_and_nothing_is_run(root, run):
    write_files(root, {"configs/funnels/service.yaml": "funnel: service\nstages: {start: {wy: analytics}}\n"})
    ran = run("test")
    assert ran.code == 1
    assert "V2002" in ran.out
    assert "scenario" not in ran.out


def test_a_faulty_file_fails_with_its_findings_and_the_others_are_run(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": FAULTY, "configs/scenarios/worse.yaml": "scenario: [\n"})
    ran = run("test")
    assert ran.code == 1
    assert "configs/scenarios/bad.yaml:3:44: error V3110" in ran.out
    assert "configs/scenarios/worse.yaml:" in ran.out
    assert "1 scenario: all of them hold.\n2 files of scenarios have errors and were not run.\n" in ran.out


def test_a_faulty_file_counts_only_where_it_is_asked_for(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": FAULTY})
    assert run("test", "good").code == 0
    ran = run("test", "bad")
    assert (ran.code, "1 file of scenarios has errors and was not run." in ran.out) == (1, True)
    assert "all of them hold" not in ran.out


def test_a_faulty_file_stands_in_the_reports(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": FAULTY})
    told = run("test", "--json", "--junit", root / "report.xml").json
    assert (told["failed"], told["broken"][0]["file"]) == (1, "configs/scenarios/bad.yaml")
    assert told["broken"][0]["findings"][0]["code"] == "V3110"
    suites = ET.parse(root / "report.xml").getroot()
    assert [suites.get(name) for name in ("tests", "failures", "errors")] == ["2", "0", "1"]
    good, bad = suites.iter("testcase")
    assert (bad.get("line"), bad.find("error").get("message")) == ("3", "There is no stage “talks” in this funnel.")
    assert good.find("error") is None


def test_a_scenario_without_an_expectation_is_a_finding(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": GOOD.replace(", {expect: {stage: talk}}", "")})
    for command in ("check", "test"):
        ran = run(command)
        assert (ran.code, "bad.yaml:3:1: error V3206" in ran.out) == (1, True)


def test_too_little_coverage_ends_with_1(run):
    assert run("test", "--fail-under", 3).code == 0
    ran = run("test", "--fail-under", 4)
    assert (ran.code, "less than 4 %" in ran.err) == (1, True)


def test_json_tells_everything(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": BAD})
    told = run("test", "--json").json
    assert [each["id"] for each in told["scenarios"]] == ["bad", "good"]
    fault = told["scenarios"][0]["fault"]
    assert (fault["file"], fault["line"], fault["column"], fault["step"]) == ("configs/scenarios/bad.yaml", 3, 37, 2)
    assert fault["differences"][0]["expected"] == {"": "won"}
    assert told["scenarios"][1]["fault"] is None
    assert told["coverage"]["whole"] == sum(each["whole"] for each in told["coverage"]["kinds"].values())
    assert {"kind", "funnel", "case", "name", "label"} <= set(told["coverage"]["missing"][0])


def test_junit_is_well_formed_and_counts(root, run):
    write_files(root, {"configs/scenarios/bad.yaml": BAD})
    run("test", "--junit", root / "reports" / "report.xml")
    suites = ET.parse(root / "reports" / "report.xml").getroot()
    assert (suites.tag, suites.get("tests"), suites.get("failures")) == ("testsuites", "2", "1")
    bad, good = suites.iter("testcase")
    assert bad.get("name") == "It is <won> & \N{REPLACEMENT CHARACTER}"
    assert "expected: won" in bad.find("failure").text
    assert good.find("failure") is None


def test_a_scenario_is_no_part_of_the_release(root):
    before = read_workspace(root)
    write_files(root, {"configs/scenarios/bad.yaml": "no scenario at all"})
    after = read_workspace(root)
    assert after.release == before.release
    assert after.workspace is not None
    assert not any("scenarios" in path for path in after.files)
    assert read_workspace(root, scenarios=True).workspace is not None


def test_watching_looks_again_after_each_change(root):
    good, plugin = root / "configs/scenarios/good.yaml", root / "plugins/erp.py"
    plugin.parent.mkdir()
    edits = [
        lambda: None,
        lambda: good.write_text(f"{GOOD}# more\n", encoding="utf-8"),
        lambda: plugin.write_text("FEE = 7\n", encoding="utf-8"),
        good.unlink,
    ]

    def pause():
        if not edits:
            raise KeyboardInterrupt  # nobody watches any more
        edits.pop(0)()

    looking = changes(root, pause)
    assert [next(looking) for _ in range(4)] == [None] * 4
    assert not good.exists()
    with pytest.raises(KeyboardInterrupt):
        next(looking)


def test_watching_outlasts_a_file_that_is_away_for_a_moment(root, run, monkeypatch):
    good = root / "configs/scenarios/good.yaml"

    def changed(*_):
        good.unlink()
        yield
        good.write_text(GOOD, encoding="utf-8")
        yield

    monkeypatch.setattr("voronka.testing.watching.changes", changed)
    ran = run("test", "--watch", "good")
    assert "There is no scenario" in ran.err
    assert "all of them hold" in ran.out


def test_pytest_collects_each_case_and_tells_failures_as_the_command_does(root):
    cases = GOOD.replace("given", "cases: {first: {wait: 1 day}, second: {wait: 2 days}}\ngiven", 1)
    write_files(root, {"configs/scenarios/good.yaml": cases.replace("advance: 1 day", "advance: =case.wait")})
    write_files(root, {"configs/scenarios/bad.yaml": BAD, "configs/scenarios/faulty.yaml": FAULTY})
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "voronka.testing.plugin", "-p", "no:cacheprovider", "-v", "configs"],
        cwd=root,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in ran.stdout, ran.stdout
    assert "2 failed" in ran.stdout
    assert "faulty.yaml::check FAILED" in ran.stdout
    assert "faulty: check" in ran.stdout
    assert "V3110" in ran.stdout
    assert "good.yaml::first PASSED" in ran.stdout
    assert "expected: won" in ran.stdout


@pytest.mark.parametrize(
    ("locale", "options", "told"), [("ru", (), "ждали"), ("ru", ("-o", "voronka_lang=en"), "expected: won")]
)
def test_pytest_tells_failures_in_the_language_of_the_workspace_or_the_one_asked_for(root, locale, options, told):
    settings = root / "voronka.yaml"
    lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("locale:")]
    settings.write_text("\n".join([*lines, f"locale: {locale}", ""]), encoding="utf-8")
    write_files(root, {"configs/scenarios/bad.yaml": BAD})
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "voronka.testing.plugin", "-p", "no:cacheprovider", *options, "configs"],
        cwd=root,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert told in ran.stdout
