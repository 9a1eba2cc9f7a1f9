"""Nobody is said to be needed for leaving a stage out of which a rule moves the deals."""

from __future__ import annotations

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace

FUNNEL = """\
funnel: sales
fields: [base]
flow: listed
stages: {new: {journey: problem}, talk: {journey: solutions}}
transitions:
  begin: {from: new, to: talk, by: [engineer]}
  end: {from: talk, to: won}
"""
FIELDS = "set: base\nfields: {amount: {type: money}}\n"
PEOPLE = "roles: {engineer: {label: Engineer}, seller: {label: Seller}}\npeople: {anna: {name: Anna, role: seller}}\n"


def told(rule: str) -> list[str]:
    reading = read_workspace(files(funnels=FUNNEL, fields=FIELDS, people=PEOPLE, rules=f"rules: {{moved: {rule}}}\n"))
    assert reading.workspace is not None, [str(finding.reason) for finding in reading.findings]
    return [finding.code for finding in reading.findings if finding.code != "V5306"]


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ("{trigger: {field: amount}, do: [{move: talk}]}", ["V5307"]),
        ("{trigger: {stage: sales.new}, do: [{move: lost}]}", ["V5307"]),
        ("{trigger: {field: amount}, where: 'stage == \"talk\"', do: [{move: lost}]}", ["V5308"]),
        ("{trigger: {stage: sales.talk}, do: [{move: lost}]}", ["V5308"]),
        ("{mode: shadow, trigger: {field: amount}, do: [{move: talk}]}", ["V5308"]),
        ("{trigger: {field: amount}, do: [{task: {title: Call}}]}", ["V5308"]),
    ],
)
def test_a_rule_that_moves_deals_on_is_a_way_out_of_the_stages_where_it_acts(rule: str, codes: list[str]) -> None:
    assert told(rule) == codes
