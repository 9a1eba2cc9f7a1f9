"""Any funnel that follows the rules of the language builds, and its graph holds together."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.config.workspaces import files
from voronka.config import read_workspace
from voronka.definition.funnels import Trigger

FIELDS = """
set: own
fields:
  amount: {type: money}
  due: {type: date}
  role: {type: choice, options: [x, y]}
collections:
  parts: {fields: {cost: {type: money}, agreed: {type: bool}}}
"""
STEPS = ("problem", "solutions", "requirements", "supplier")
CONDITIONS = ["amount > 5", "not replied", "count(parts, agreed) >= 2", "due is missing", "today > due", 'role == "x"']
durations = st.builds(
    "{} {}".format, st.integers(1, 30), st.sampled_from(["minutes", "hours", "days", "weeks", "working days"])
)
conditions = st.sampled_from(CONDITIONS)
gates = st.fixed_dictionaries(
    {},
    optional={
        "require": st.lists(st.sampled_from(["amount", "due", "account"]), min_size=1, max_size=2, unique=True),
        "when": conditions,
        "do": st.just([{"task": {"title": "T", "due": "today"}}]),
    },
)
timed = st.builds(
    lambda rhythm, offset, more: {rhythm: offset, "do": [{"set": {"amount": "=amount * 2"}}], **more},
    st.sampled_from(["after", "every"]),
    durations,
    st.fixed_dictionaries({}, optional={"when": conditions, "from": st.sampled_from(["stage", "due", "created_at"])}),
)


@st.composite
def funnels(draw):
    count = draw(st.integers(1, 5))
    steps = sorted(draw(st.lists(st.sampled_from(STEPS), min_size=count, max_size=count)), key=STEPS.index)
    stages = {}
    for number, step in enumerate(steps):
        stage = {"journey": step, "leave": draw(gates)}
        if number:
            stage["enter"] = draw(gates)
        if draw(st.booleans()):
            stage["sla"] = draw(durations)
        if draw(st.booleans()):
            stage["timed"] = {f"timed_{number}": draw(timed)}
        stages[f"s{number}"] = {key: value for key, value in stage.items() if value}
    funnel = {"funnel": "f", "stages": stages}
    if draw(st.booleans()):
        funnel["transitions"] = {"expire": {"from": "*", "to": "lost", "after": draw(durations)}}
    if count > 1 and draw(st.booleans()):
        removed = draw(st.sampled_from(sorted(stages)))
        funnel["variants"] = {"by": "role", "cases": {"x": {"stages": {removed: None}}, "y": {}}}
    return funnel


@given(funnels())
@settings(max_examples=60, deadline=None)
def test_a_funnel_that_follows_the_rules_builds(funnel):
    reading = read_workspace(files(funnels=json.dumps(funnel), fields=FIELDS))

    # Warnings: `due` may stay empty, and what stages ask for may be passed over on the ordinary way to won.
    assert {each.code for each in reading.findings} <= {"V5606", "V5115"}
    built = reading.workspace.funnels["f"]
    for case, variant in built.variants.items():
        assert variant.case == case
        assert list(variant.stages)[-2:] == ["won", "lost"]
        ends = {(each.source, each.target) for each in variant.transitions.values()}
        assert all(source in variant.stages and target in variant.stages for source, target in ends)
        by_hand = [
            (each.source, each.target) for each in variant.transitions.values() if each.trigger is Trigger.MANUAL
        ]
        assert len(by_hand) == len(set(by_hand))
        assert all(event.stages <= variant.stages.keys() for event in variant.timed.values())
        assert all(event.name == name for name, event in variant.timed.items())
    if "y" in built.variants:
        base, same = built.variants[None], built.variants["y"]
        assert (base.stages, base.transitions, base.timed) == (same.stages, same.transitions, same.timed)
