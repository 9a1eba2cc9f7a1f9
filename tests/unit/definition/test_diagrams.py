"""Pictures of the reference funnels: what is drawn, and that what is written can be read back."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from voronka.config import read_workspace
from voronka.definition.diagrams import Diagram, Edge, Node, diagram_of, to_mermaid, to_svg

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def funnels():
    return read_workspace(ROOT).workspace.funnels


@pytest.fixture
def hostile():
    return Diagram(
        title='"<script>"',
        nodes=(
            Node(name="a", title="<b>&", outcome=None, details=()),
            Node(name="won", title="w", outcome="won", details=()),
        ),
        edges=(Edge(source="a", target="won", caption='go "on"', automatic=True),),
        note="",
    )


@pytest.mark.parametrize("name", ["reach", "react"])
def test_every_stage_and_every_declared_transition_is_drawn(funnels, name):
    funnel = funnels[name]
    for variant in funnel.variants.values():
        diagram = diagram_of(funnel, variant, "en")
        assert [node.name for node in diagram.nodes] == list(variant.stages)
        declared = {(one.source, one.target) for one in variant.transitions.values() if one.declared}
        assert declared <= {(edge.source, edge.target) for edge in diagram.edges}


def test_each_stage_is_joined_to_the_next_one_on_the_path(funnels):
    funnel = funnels["react"]
    drawn = {(edge.source, edge.target) for edge in diagram_of(funnel, funnel.variants[None], "en").edges}
    assert {("needs", "solution"), ("solution", "specification"), ("specification", "proposal")} <= drawn


def test_the_picture_speaks_the_language_asked_for(funnels):
    funnel = funnels["react"]
    assert diagram_of(funnel, funnel.variants[None], "en").title == "Sales"
    assert diagram_of(funnel, funnel.variants[None], "ru").title == "Продажи"


def test_an_svg_is_well_formed_and_asks_nothing_of_the_outside(funnels):
    funnel = funnels["react"]
    text = to_svg(diagram_of(funnel, funnel.variants[None], "ru"))
    drawing = ET.fromstring(text)
    assert drawing.find(f"{SVG}title").text == "Продажи"
    assert len(drawing.findall(f"{SVG}g")) == len(funnel.variants[None].stages)
    assert not re.search(r"href|<script|url\((?!#)", text)


def test_an_svg_keeps_every_drawn_thing_inside_its_frame(funnels):
    funnel = funnels["react"]
    drawing = ET.fromstring(to_svg(diagram_of(funnel, funnel.variants[None], "ru")))
    width, height = float(drawing.get("width")), float(drawing.get("height"))
    for box in drawing.iter(f"{SVG}rect"):
        assert float(box.get("x", 0)) + float(box.get("width")) <= width
        assert float(box.get("y", 0)) + float(box.get("height")) <= height


def test_a_label_cannot_break_out_of_the_picture(hostile):
    assert ET.fromstring(to_svg(hostile)).find(f"{SVG}title").text == '"<script>"'
    mermaid = to_mermaid(hostile)
    assert "<b>" not in mermaid
    assert 's_a -.->|"go #quot;on#quot;"| s_won' in mermaid
