"""Two rules that one change can trigger and that give a field different values are told."""

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace

FUNNEL = """\
funnel: sales
fields: [base]
stages: {new: {journey: problem}, talk: {journey: solutions}}
"""
FIELDS = """\
set: base
fields: {amount: {type: money}, level: {type: integer}, note: {type: text}, turnover: {of: accounts, type: money}}
"""
RULES = """\
rules:
  first: {{trigger: {first}, where: '{where}', do: [{{set: {{note: one}}}}]}}
  second: {{trigger: {second}, where: '{other}', do: [{{set: {{note: {value}}}}}]}}
"""
EVERY = "{schedule: {every: 5 minutes}}"
TALK, NEW = "{stage: sales.talk}", "{stage: sales.new}"


def told(first, second, *, where="level > 0", other="amount > 0", value="two"):
    rules = RULES.format(first=first, second=second, where=where, other=other, value=value).replace("where: '', ", "")
    reading = read_workspace(files(funnels=FUNNEL, fields=FIELDS, rules=rules))
    assert reading.workspace is not None, [str(finding.reason) for finding in reading.findings]
    return [finding.code for finding in reading.findings]


def event(name):
    return f"{{event: {name}}}"


def field(name):
    return f"{{field: {name}}}"


def daily(days, at):
    return f'{{schedule: {{days: {days}, at: "{at}"}}}}'


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (field("amount"), field("amount")),
        (field("amount"), field("level")),
        (field("amount"), field("account.turnover")),
        (field("amount"), event("field.changed")),
        (field("amount"), event("deal.created")),
        (field("amount"), event("score.changed")),
        (field("amount"), event("timer.fired")),
        (TALK, TALK),
        (TALK, event("stage.entered")),
        (TALK, event("stage.left")),
        (TALK, field("amount")),
        (NEW, event("deal.created")),
        (event("stage.entered"), event("deal.reopened")),
        (event("sla.breached"), event("timer.fired")),
        (daily("working", "09:00"), daily("mon-fri", "09:00")),
        (daily("[mon, tue]", "09:00"), daily("[tue]", "09:00")),
        (EVERY, EVERY),
        (EVERY, "{schedule: {every: 7 minutes}}"),
        (EVERY, daily("working", "09:00")),
    ],
)
def test_triggers_that_one_change_may_bring(first, second):
    assert told(first, second) == ["V5706"]
    assert told(second, first) == ["V5706"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (TALK, NEW),
        (TALK, event("interaction.logged")),
        (field("amount"), event("interaction.logged")),
        (event("interaction.logged"), event("task.done")),
        (event("deal.created"), event("stage.left")),
        (event("deal.created"), event("checklist.ticked")),
        (event("message.sent"), event("message.failed")),
        (event("transition.refused"), event("stage.entered")),
        (field("amount"), daily("working", "09:00")),
        (daily("working", "09:00"), daily("working", "10:00")),
        (daily("[mon]", "09:00"), daily("[tue]", "09:00")),
    ],
)
def test_triggers_that_no_change_brings_together(first, second):
    assert told(first, second) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"value": "one"},
        {"where": "amount > 5", "other": "amount < 3"},
        {"where": 'stage == "new"', "other": 'stage == "talk"'},
    ],
)
def test_rules_of_different_triggers_that_cannot_contradict_each_other(parts):
    assert told(field("amount"), field("level"), **parts) == []


SETTING = """\
rules:
  first: {{trigger: {{field: level}}, {mode}do: [{{set: {{{first}}}}}]}}
  second: {{trigger: {{field: level}}, do: [{{set: {{{second}}}}}]}}
"""


def told_of_values(first, second, mode=""):
    rules = SETTING.format(first=first, second=second, mode=mode)
    return [finding.code for finding in read_workspace(files(funnels=FUNNEL, fields=FIELDS, rules=rules)).findings]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("amount: 10", "amount: =10"),
        ("amount: 0", "amount: =0.00"),
        ("amount: =2 * 5", "amount: 10"),
        ("amount: null", "amount: =missing"),
        ("note: won", "note: '=\"won\"'"),
        ("amount: =account.turnover * 2", "amount: '= account.turnover  * 2'"),
    ],
)
def test_one_value_written_in_two_ways_is_no_contradiction(first, second):
    assert told_of_values(first, second) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("amount: 10", "amount: =11"), ("amount: null", "amount: =0"), ("amount: =account.turnover", "amount: =10")],
)
def test_two_values_are_a_contradiction_however_they_are_written(first, second):
    assert told_of_values(first, second) == ["V5706"]
    assert told_of_values(second, first) == ["V5706"]


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_a_rule_that_does_not_act_contradicts_none(mode):
    assert told_of_values("amount: 10", "amount: 11", f"mode: {mode}, ") == []


def test_a_rule_for_a_stage_meets_no_rule_for_another_stage():
    assert told(TALK, field("amount"), other='stage == "new"') == []
    assert told(TALK, field("amount"), other='stage == "talk"') == ["V5706"]


@pytest.mark.parametrize(("by_clock", "trigger"), [(EVERY, field("amount")), (daily("working", "09:00"), TALK)])
@pytest.mark.parametrize(
    ("scheduled", "triggered", "codes"),
    [
        ("level > 0", "level > 0", ["V5706"]),
        ("level > 0", "level > 5 and amount > 0", ["V5706"]),
        ("", "level > 0", ["V5706"]),
        ("level > 5", "level > 0", []),
        ("level > 0", "amount > 0", []),
        ("days_since(last_interaction_at) > 30", "level > 0", []),
        ("level <= 0", "level > 0", []),
    ],
)
def test_a_scheduled_rule_meets_one_that_acts_on_nothing_but_its_own_deals(
    by_clock, trigger, scheduled, triggered, codes
):
    assert told(by_clock, trigger, where=scheduled, other=triggered) == codes
    assert told(trigger, by_clock, where=triggered, other=scheduled) == codes


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ("", "", ["V5706"]),
        ("", "amount > 0", ["V5706"]),
        ("amount > 0", "amount > 5", ["V5706"]),
        ("level > 0", "amount > 0", []),
        ("amount > 5", "amount < 5", []),
    ],
)
def test_a_scheduled_rule_meets_one_at_another_time_that_acts_on_nothing_but_its_own_deals(first, second, codes):
    nine, ten = daily("working", "09:00"), daily("[mon]", "10:00")
    assert told(nine, ten, where=first, other=second) == codes
    assert told(nine, ten, where=second, other=first) == codes


def test_all_rules_that_contradict_one_are_named():
    rules = "rules:\n" + "".join(
        f"  {name}: {{trigger: {trigger}, do: [{{set: {{note: {name}}}}}]}}\n"
        for name, trigger in (("w1", field("amount")), ("u3", TALK), ("x9", event("task.done")), ("u5", TALK))
    )
    reading = read_workspace(files(funnels=FUNNEL, fields=FIELDS, rules=rules))
    assert [str(finding.reason) for finding in reading.findings] == [
        "The rules w1 and u3 can act at once, and each sets note to another value.",
        "The rule u5 can act at once with w1, u3, and they set note to other values.",
    ]
