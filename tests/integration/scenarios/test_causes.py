"""Behind a difference stands its cause, out of the history that the scenario made; in both languages."""

import json
from pathlib import Path

import pytest
import yaml

from tests.integration.scenarios.workspace import files
from voronka.config import read_workspace
from voronka.testing import ScenarioRunner

RULES = """\
rules:
  silent:
    trigger: {event: interaction.logged}
    where: funnel == "sales" and amount > 100
    do: [{task: {title: Answer}}]
  shadow:
    trigger: {event: interaction.logged}
    where: funnel == "sales"
    mode: shadow
    do: [{task: {title: Think}}]
  asleep:
    trigger: {event: interaction.logged}
    mode: "off"
    do: [{task: {title: Sleep}}]
  served:
    trigger: {event: deal.created}
    where: funnel == "service"
    do: [{task: {title: Serve}}]
"""
SERVICE = """\
funnel: service
fields: [base]
stages: {start: {why: analytics, enter: {do: [{notify: {to: petr, template: opened}}]}}}
"""
TEXT = Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8")
CASES = {case["case"]: case for case in yaml.load(TEXT, yaml.BaseLoader)}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_cause_is_told(case):
    text = json.dumps({"scenario": "s", "given": case["given"], "steps": case["steps"]}).replace('"null"', "null")
    reading = read_workspace(
        {
            **files(it=text),
            "configs/rules/rules.yaml": RULES.encode(),
            "configs/funnels/service.yaml": SERVICE.encode(),
            "configs/templates/opened.en.md": b"---\nsubject: New\n---\nA deal.\n",
        },
        scenarios=True,
    )
    assert reading.findings == ()
    with ScenarioRunner(reading) as runner:
        because = runner.run(reading.scenarios[0]).fault.because
    for language in ("en", "ru"):
        told = "".join(f"{line.render(language)}\n" for line in because)
        assert told.replace("\N{NO-BREAK SPACE}", " ") == case[language]
