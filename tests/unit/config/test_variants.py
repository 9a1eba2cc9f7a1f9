"""Cases of a funnel: laid over the base, each a whole funnel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.workspaces import funnel
from voronka.config.document import Document
from voronka.config.node import Entry, Node, NodeKind
from voronka.config.reader import read_text
from voronka.config.report import Report
from voronka.config.variants import lay_over, merge

FIELDS = """
set: own
fields:
  amount: {type: money}
  due: {type: date}
  role: {type: choice, options: [x, y]}
"""
BASE = """
funnel: f
stages:
  one: {journey: problem}
  two: {journey: solutions, enter: {require: [amount], when: amount > 3, message: Three, override: {by: [head]}}}
  three: {journey: supplier, sla: 2 days}
timed:
  near: {in: [one, two], before: 1 day, from: due, do: [{task: {title: T}}]}
  here: {in: [two], after: 1 day, do: [{task: {title: T}}]}
transitions:
  back: {from: two, to: one, require: [due]}
  expire: {from: [one, two], to: lost, after: 60 days}
variants: {by: role, cases: {x: %s}}
"""


def shape(node):
    """Return everything a tree says, to be compared."""
    entries = [(name, entry.key.place, shape(entry.value)) for name, entry in node.entries.items()]
    return node.place, node.kind, node.text, node.style, [shape(each) for each in node.elements], sorted(entries)


def case(text):
    return funnel(BASE % text, fields=FIELDS, people="roles: {head: {}}").variants["x"]


def root(text) -> Node:
    document: Document = read_text("f.yaml", text)
    assert document.root is not None
    return document.root


def test_maps_merge_and_the_rest_replaces():
    enter = case("{stages: {two: {enter: {when: amount > 5, require: [due]}}}}").stages["two"].enter

    assert enter.require == ("due",)
    assert [(each.when.text, each.message.render(), each.override_by) for each in enter.checks] == [
        ("amount > 5", "Three", ("head",))
    ]


def test_null_removes():
    variant = case("{stages: {three: {sla: null}}, transitions: {back: null}, timed: {near: null}}")

    assert variant.stages["three"].sla is None
    assert "back" not in variant.transitions
    assert set(variant.timed) == {"here", "expire.one", "expire.two"}
    assert "two-one" in variant.transitions  # the ordinary way is there again


def test_removing_a_stage_joins_its_neighbours_and_drops_what_hung_on_it():
    variant = case("{stages: {two: null}, moves: {two: one}}")

    assert list(variant.stages) == ["one", "three", "won", "lost"]
    assert ("one", "three") in {(each.source, each.target) for each in variant.transitions.values()}
    assert set(variant.timed) == {"near", "expire.one", "three.sla"}
    assert variant.timed["near"].stages == {"one"}
    assert variant.moves == {"two": "one"}


def test_a_closed_deal_may_come_into_another_outcome():
    text = "funnel: f\nfields: [own]\nstages: {one: {}, gone: {outcome: lost}}\nvariants: {by: role, cases: {x: %s}}"
    case = "{stages: {gone: null}, moves: {gone: lost}}"

    assert funnel(text % case, fields=FIELDS).variants["x"].moves == {"gone": "lost"}


def test_an_inserted_stage_splits_the_step_after_its_anchor():
    variant = case("{insert: [{after: one, stages: {extra: {journey: solutions}}}]}")

    assert list(variant.stages)[:4] == ["one", "extra", "two", "three"]
    manual = {(each.source, each.target) for each in variant.transitions.values()}
    assert {("one", "extra"), ("extra", "two")} <= manual
    assert ("one", "two") not in manual


def test_a_stage_may_be_inserted_where_another_is_removed():
    variant = case("{insert: [{after: two, stages: {extra: {journey: solutions}}}], stages: {two: null}}")

    assert list(variant.stages)[:3] == ["one", "extra", "three"]


def test_the_gate_of_a_stage_that_becomes_first_stays_for_moves_into_it():
    variant = case("{stages: {one: null}}")

    assert variant.first.name == "two"
    assert variant.first.enter.require == ("amount",)


def test_a_deal_without_the_field_runs_the_base():
    built = funnel(BASE % "{stages: {three: null}}", fields=FIELDS, people="roles: {head: {}}")

    assert built.variant(None).case is None
    assert built.variant("y").case is None
    assert built.variant("x").case == "x"


def test_a_case_that_changes_nothing_is_the_base():
    base = root(BASE % "{}")

    laid = lay_over(base, root("{}"), Report())
    assert {key: shape(entry.value) for key, entry in laid.entries.items()} == {
        key: shape(entry.value) for key, entry in base.entries.items() if key != "variants"
    }


PLACE = root("a: 1").place


def mapping_of(values):
    return Node(
        PLACE,
        NodeKind.MAPPING,
        entries={key: Entry(Node(PLACE, NodeKind.SCALAR, key), value) for key, value in values.items()},
    )


def mappings(inner):
    return st.dictionaries(st.sampled_from("abc"), inner).map(mapping_of)


SCALARS = st.sampled_from(["1", "x", "null", "", "true"]).map(lambda text: Node(PLACE, NodeKind.SCALAR, text))
TREES = mappings(st.recursive(SCALARS, mappings, max_leaves=8))


@given(TREES)
def test_merging_nothing_changes_nothing(base):
    assert shape(merge(base, mapping_of({}))) == shape(base)


@given(TREES, TREES)
def test_a_merge_has_the_keys_of_both_but_those_that_the_patch_removes(base, patch):
    removed = {key for key, entry in patch.entries.items() if entry.value.is_null}

    assert set(merge(base, patch).entries) == ({*base.entries, *patch.entries} - removed)


STEPS = """
funnel: f%s
stages: {one: {}, two: {}, three: {}}
transitions: {%s}
variants: {by: role, cases: {x: {%s}}}
"""
ALL = "go: {from: one, to: two, require: [amount]}, on_to: {from: two, to: three}, end: {from: three, to: won}"
INSERT = "insert: [{after: one, stages: {middle: {}}}]"


def ways(flow, transitions, text):
    """Return what each way that leads forward requires, by its ends, in the case."""
    variant = funnel(STEPS % (flow, transitions, text), fields=FIELDS, people="roles: {head: {}}").variants["x"]
    order = [*variant.stages]
    return {
        (each.name, each.source, each.target): each.gate.require
        for each in variant.transitions.values()
        if order.index(each.source) < order.index(each.target) != order.index("lost")
    }


def test_an_inserted_stage_cannot_be_passed_by_a_refined_step():
    found = ways("", "go: {from: [one, three], to: two, require: [amount]}", INSERT)

    assert found["go.middle", "middle", "two"] == ("amount",)
    assert found["one-middle", "one", "middle"] == ()
    assert not [way for way in found if way[1:] == ("one", "two")]


def test_an_inserted_stage_splits_a_listed_step():
    assert ways("\nflow: listed", ALL, INSERT) == {
        ("one-middle", "one", "middle"): (),
        ("go", "middle", "two"): ("amount",),
        ("on_to", "two", "three"): (),
        ("end", "three", "won"): (),
    }


def test_a_stage_inserted_before_the_outcome_splits_the_listed_step_to_won():
    found = ways("\nflow: listed", ALL, "insert: [{after: three, stages: {middle: {}}}]")

    assert {("end", "middle", "won"), ("three-middle", "three", "middle")} < found.keys()
    assert ("end", "three", "won") not in found


def test_the_neighbours_of_a_removed_stage_are_joined_in_a_list_without_its_gates():
    assert ways("\nflow: listed", ALL, "stages: {two: null}") == {
        ("one-three", "one", "three"): (),
        ("end", "three", "won"): (),
    }
    assert ways("\nflow: listed", ALL, "stages: {three: null}") == {
        ("go", "one", "two"): ("amount",),
        ("two-won", "two", "won"): (),
    }


def test_a_removal_and_an_insertion_on_one_step_lead_through_what_is_inserted():
    found = ways(
        "\nflow: listed", f"{ALL}, skip: {{from: one, to: three, require: [due]}}", f"stages: {{two: null}}, {INSERT}"
    )

    assert found == {
        ("one-middle", "one", "middle"): (),
        ("skip", "middle", "three"): ("due",),
        ("end", "three", "won"): (),
    }


def test_the_ways_that_a_case_lists_itself_are_not_listed_twice():
    found = ways("\nflow: listed", ALL, INSERT + ", transitions: {ask: {from: one, to: middle, require: [due]}}")

    assert found["ask", "one", "middle"] == ("due",)
    assert ("one-middle", "one", "middle") not in found


def test_an_automatic_step_stays_beside_what_is_inserted():
    found = ways("", "go: {from: one, to: two, auto: true, when: amount > 3}", INSERT)

    assert ("go", "one", "two") in found


NARROW = """
funnel: f
stages: {one: {why: analytics}, two: {why: analytics}, three: {why: analytics},
  won: {from: [two, three]}, lost: {from: one}}
variants: {by: role, cases: {x: %s}}
"""


@pytest.mark.parametrize(
    ("text", "won"),
    [
        pytest.param("{}", {"two", "three"}, id="as in the base"),
        pytest.param("{stages: {three: null}}", {"two"}, id="without the last stage"),
        pytest.param("{stages: {two: null}}", {"one", "three"}, id="without a stage between"),
        pytest.param(
            "{insert: [{after: three, stages: {four: {why: analytics}}}]}", {"two", "four"}, id="behind the last stage"
        ),
        pytest.param(
            "{insert: [{after: two, stages: {four: {why: analytics}}}]}", {"two", "three"}, id="behind another stage"
        ),
        pytest.param("{stages: {three: null, won: {from: one}}}", {"one"}, id="as the case says"),
        pytest.param('{stages: {won: {from: "*"}}}', {"one", "two", "three"}, id="from everywhere again"),
    ],
)
def test_from_where_a_case_may_be_won(text, won):
    variant = funnel(NARROW % text, fields=FIELDS).variants["x"]

    ways = [(each.source, each.target) for each in variant.transitions.values()]
    assert {source for source, target in ways if target == "won"} == won
    assert {source for source, target in ways if target == "lost"} == {"one"}
