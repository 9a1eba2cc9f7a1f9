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


IDLE = """\
roles: {engineer: {label: Engineer, changes: none}, seller: {label: Seller}}
people: {anna: {name: Anna, role: seller}, ivan: {name: Ivan, role: engineer}}
"""
ALSO_OPEN = FUNNEL.replace("  end:", "  lose: {from: new, to: lost}\n  end:")


def sentences(funnel: str, *, people: str = PEOPLE, fields: str = FIELDS) -> list[str]:
    findings = read_workspace(files(funnels=funnel, fields=fields, people=people)).findings
    return [f"{each.code} {each.reason} {each.remedy}" for each in findings if each.code != "V5306"]


@pytest.mark.parametrize(
    ("funnel", "said"),
    [
        (FUNNEL, "V5308 Nobody may move a deal out of the stage new. Let engineer change records"),
        (ALSO_OPEN, "V5307 Nobody may make the move begin: it is for engineer. Let engineer change records"),
        (
            FUNNEL.replace("to: won", "to: won, require: [amount]"),
            "V5312 end asks for amount, which is for engineer to set, and engineer may change nothing. Let engineer",
        ),
    ],
)
def test_of_a_role_that_changes_nothing_it_is_not_said_that_nobody_holds_it(funnel: str, said: str) -> None:
    fields = FIELDS.replace("type: money", "type: money, set_by: [engineer]")
    told = sentences(funnel, people=IDLE, fields=fields if "V5312" in said else FIELDS)
    assert any(each.startswith(said) for each in told), told
    assert not any("Give " in each for each in told)


@pytest.mark.parametrize(("mode", "needed"), [("active", False), ("shadow", True), ("off", True)])
def test_only_a_rule_that_acts_fills_a_field_in(mode: str, needed: bool) -> None:
    fields = "set: base\nfields: {amount: {type: money, set_by: [engineer]}, visit: {type: date}}\n"
    funnel = FUNNEL.replace("to: won", "to: won, require: [amount]").replace(
        "talk: {journey: solutions}",
        "talk: {journey: solutions, timed: {call: {before: 3 days, from: visit, do: [{task: {title: Call}}]}}}",
    )
    rule = f"{{trigger: {{event: task.done}}, do: [{{set: {{amount: 5, visit: 2026-03-01}}}}], mode: {mode}}}"
    findings = read_workspace(
        files(funnels=funnel, fields=fields, people=PEOPLE, rules=f"rules: {{own: {rule}}}\n")
    ).findings
    codes = {finding.code for finding in findings}
    assert ("V5312" in codes, "V5606" in codes) == (needed, needed), codes


AHEAD = """\
funnel: sales
fields: [base]
stages: {new: {journey: problem}, talk: {journey: solutions}}
transitions:
  win: {from: talk, to: won, by: [engineer]}
  lose: {from: talk, to: lost, by: [engineer]}
"""


def test_a_stage_from_which_everybody_may_only_go_back_is_told_once() -> None:
    (told,) = sentences(AHEAD)
    assert told.startswith("V5308 Nobody may move a deal on from the stage talk, only back. Give one of the roles")
    assert [each[:5] for each in sentences(AHEAD.replace("to: lost, by: [engineer]", "to: lost"))] == ["V5307"]
