"""Packs: parts of funnels, laid over those that use them and over their cases."""

import pytest

from tests.unit.config.workspaces import files, funnel
from voronka.config import read_workspace
from voronka.config.node import Node, NodeKind
from voronka.config.reader import read_text
from voronka.config.variants import compose, merge

FIELDS = "set: own\nfields: {amount: {type: money}, role: {type: choice, options: [x, y]}}\n"
FUNNEL = """
funnel: f
stages:
  one: {journey: problem}
  two: {journey: supplier}
transitions:
  onward: {from: one, to: two, require: [amount]}
use: %s
variants: {by: role, cases: {x: %s}}
"""
PACK = """
pack: tender
stages:
  bid: {journey: requirements}
  written: {journey: requirements}
timed:
  close: {in: "*", before: [3 days, 1 day], from: closes_on, do: [{task: {title: T}}]}
transitions:
  withdrawn: {from: bid, to: lost, require: [closes_on]}
"""
SETS = {"fields": FIELDS}


def used(use="[{pack: tender, after: one}]", case="{stages: {two: {probability: 10%}}}", pack=PACK):
    fields = FIELDS.replace("amount:", "closes_on: {type: date}, amount:")
    return funnel(FUNNEL % (use, case), fields=fields, packs=pack).variants


def test_a_pack_brings_stages_after_the_one_named_and_all_that_belongs_to_them():
    base = used()[None]
    assert list(base.stages) == ["one", "bid", "written", "two", "won", "lost"]
    assert base.transitions["withdrawn"].gate.require == ("closes_on",)
    assert base.timed["close"].stages == {"one", "bid", "written", "two"}


def test_the_way_over_the_stages_of_a_pack_is_split_as_over_those_of_a_case():
    way = used()[None].transitions["onward"]
    assert (way.source, way.target) == ("written", "two")


@pytest.mark.parametrize(
    ("case", "stages", "in_stages"),
    [
        ("{stages: {two: {probability: 10%}}}", "one bid written two", "one bid written two"),
        ("{stages: {bid: null}}", "one written two", "one written two"),
        ("{timed: {close: {in: [bid]}}}", "one bid written two", "bid"),
        ("{timed: {close: null}}", "one bid written two", None),
        ("{insert: [{after: bid, stages: {visit: {}}}]}", "one bid visit written two", "one bid visit written two"),
    ],
)  # fmt: skip
def test_a_case_changes_what_a_pack_of_the_funnel_brings(case, stages, in_stages):
    found = used(case=case)["x"]
    assert [name for name, stage in found.stages.items() if stage.outcome is None] == stages.split()
    assert ("close" in found.timed) is (in_stages is not None)
    assert in_stages is None or found.timed["close"].stages == set(in_stages.split())


@pytest.mark.parametrize(
    ("case", "stages", "in_stages"),
    [
        ("", "one bid written two", "one bid written two"),
        (", timed: {close: {in: [bid]}}", "one bid written two", "bid"),
        (", timed: {close: null}", "one bid written two", None),
    ],
)
def test_a_case_uses_a_pack_that_its_funnel_does_not(case, stages, in_stages):
    text = FUNNEL.replace("use: %s\n", "") % f"{{use: [{{pack: tender, after: one}}]{case}}}"
    fields = FIELDS.replace("amount:", "closes_on: {type: date}, amount:")
    found = funnel(text, fields=fields, packs=PACK).variants
    assert list(found[None].stages) == ["one", "two", "won", "lost"]
    assert "withdrawn" not in found[None].transitions
    assert [name for name, stage in found["x"].stages.items() if stage.outcome is None] == stages.split()
    assert ("close" in found["x"].timed) is (in_stages is not None)
    assert in_stages is None or found["x"].timed["close"].stages == set(in_stages.split())


def test_a_pack_brings_its_field_sets_into_a_funnel_that_names_its_own():
    workspace = files(
        funnels="funnel: f\nfields: [own]\nstages: {one: {journey: problem}}\nuse: [{pack: tender, after: one}]\n",
        packs=PACK.replace("pack: tender", "pack: tender\nfields: [dates]").replace(
            "from: closes_on", "from: closes_on, when: closes_on is not missing"
        ),
        fields=FIELDS,
    )
    workspace["configs/fields/dates.yaml"] = b"set: dates\nfields: {closes_on: {type: date}}\n"
    reading = read_workspace(workspace)
    assert reading.findings == ()
    assert "closes_on" in reading.workspace.funnels["f"].fields


def test_a_finding_in_a_pack_also_says_which_funnel_uses_it():
    funnels = "funnel: f\nstages: {one: {journey: problem}}\nuse: [{pack: tender}]\n"
    pack = "pack: tender\ntransitions: {back: {from: two, to: one}}\n"
    (finding,) = read_workspace(files(funnels=funnels, packs=pack, fields=FIELDS)).findings
    assert finding.place[:3] == ("configs/packs/only.yaml", 2, 28)
    assert finding.related[:3] == ("configs/funnels/only.yaml", 3, 14)


def tree(text) -> Node:
    return read_text("f.yaml", text).root or Node(None, NodeKind.MAPPING)


def plain(node):
    """Return what a tree says; a removal that meets nothing says nothing."""
    if not node.is_mapping:
        return node.text
    return {name: plain(each.value) for name, each in node.entries.items() if not each.value.is_null}


@pytest.mark.parametrize("base", ["{}", "{a: 1}", "{a: {b: 1, c: 2}}", "{d: 3}"])
@pytest.mark.parametrize("first", ["{}", "{d: null}", "{a: {b: 5}}", "{a: {c: null, e: 6}}"])
@pytest.mark.parametrize("second", ["{}", "{a: null}", "{a: {b: null}}", "{a: {c: 7}, d: null}", "{f: 8}"])
def test_two_changes_composed_do_what_they_do_one_after_the_other(base, first, second):
    composed = compose(tree(first), tree(second))
    one_by_one = merge(merge(tree(base), tree(first)), tree(second))
    assert plain(merge(tree(base), composed)) == plain(one_by_one)
