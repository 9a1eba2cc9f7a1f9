"""What tells of hidden fields beside the fields themselves."""

from dataclasses import replace

import pytest

from tests.unit.process.builders import simple, stage, when
from tests.unit.process.test_rules import rule
from voronka.definition.actions import Argument, PersonalValue, PluginAction
from voronka.definition.guarded import counts_from, given_hidden, open_arguments
from voronka.definition.workspace import Workspace

HIDDEN = frozenset({"score", "contact.phone"})


def giving(*declared: dict[str, Argument]) -> Workspace:
    rules = [
        rule(f"r{n}", "event deal.created", do=(PluginAction(name="erp", arguments=each),))
        for n, each in enumerate(declared)
    ]
    return replace(simple(stage("needs")), rules={each.name: each for each in rules})


SCORE, NEED = when("score + 1", None), when("need", None)


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ([{"a": SCORE, "b": NEED, "c": "x"}], {"a": 3, "b": "n", "c": "x"}, {"b": "n", "c": "x"}),
        ([{"a": PersonalValue(name="contact.phone")}], {"a": "+7"}, {}),
        ([{"a": {"x": SCORE, "y": NEED}}], {"a": {"x": 3, "y": "n"}}, {"a": {"y": "n"}}),
        ([{"a": ("k", SCORE, NEED)}], {"a": ["k", 3, "n"]}, {"a": ["k", "n"]}),
        ([{"a": NEED}, {"a": SCORE}], {"a": "n"}, {}),
        ([{"a": NEED}], {"a": "n", "old": 3}, {"a": "n"}),
        ([], {"a": 3}, {}),
    ],
)
def test_an_argument_that_is_made_of_something_hidden_is_left_out(declared, given, expected):
    workspace = giving(*declared)
    assert open_arguments(workspace, "erp", given, HIDDEN) == expected
    if expected != given and given.keys() <= {name for each in declared for name in each}:
        assert given_hidden(workspace, "erp", HIDDEN)


def test_an_action_that_is_given_nothing_hidden_tells_nothing_hidden():
    open_ = giving({"a": {"x": NEED}, "b": ("k", NEED), "c": PersonalValue(name="contact.email")})
    assert not given_hidden(open_, "erp", HIDDEN)
    assert given_hidden(open_, "other", HIDDEN)
    assert not given_hidden(open_, "other", frozenset())


def test_of_a_release_that_cannot_be_read_nothing_is_told_but_to_who_sees_everything():
    assert open_arguments(None, "erp", {"a": 1}, HIDDEN) == {}
    assert open_arguments(None, "erp", {"a": 1}, frozenset()) == {"a": 1}
    assert counts_from(None, "sales", "near", HIDDEN)
    assert not counts_from(None, "sales", "near", frozenset())
