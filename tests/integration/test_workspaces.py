"""The workspaces that come with the project are clean, bilingual, and show the language in use."""

from pathlib import Path

import pytest

from voronka.config import read_workspace
from voronka.definition.funnels import Trigger
from voronka.definition.timed import Rhythm, TimedSource
from voronka.messages import Label

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/voronka.yaml"))


@pytest.fixture(scope="module")
def reference():
    workspace = read_workspace(ROOT).workspace
    assert workspace is not None
    return workspace


@pytest.mark.parametrize("root", [ROOT, *EXAMPLES], ids=lambda root: root.name)
def test_a_workspace_has_no_findings(root):
    reading = read_workspace(root)
    assert [f"{one.code} {one.place} {one.reason}" for one in reading.findings] == []
    assert reading.workspace is not None


@pytest.mark.parametrize("root", [ROOT, *EXAMPLES], ids=lambda root: root.name)
def test_every_label_reads_in_russian_and_english(root):
    def labels(value, path):
        if isinstance(value, Label):
            if "" not in value.texts and set(value.texts) != {"ru", "en"}:
                yield f"{path}: {value!r}"
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from labels(inner, f"{path}.{key}")
        elif isinstance(value, tuple):
            for number, inner in enumerate(value):
                yield from labels(inner, f"{path}[{number}]")
        elif hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                yield from labels(getattr(value, name), f"{path}.{name}")

    workspace = read_workspace(root).workspace
    assert sorted(set(labels(workspace, ""))) == []


def test_every_template_of_the_reference_is_written_in_both_languages(reference):
    assert {name: set(one.texts) for name, one in reference.templates.items() if set(one.texts) != {"ru", "en"}} == {}


def test_the_reference_goes_from_lead_to_contract(reference):
    base = reference.funnels["react"].variants[None]
    path = [name for name, stage in base.stages.items() if stage.outcome is None]
    assert list(reference.funnels) == ["event_visit", "events", "prospects", "reach", "react", "reengage", "refresh"]
    assert path == ["needs", "solution", "specification", "proposal", "negotiation", "contract"]


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("component_seller", ["needs", "proposal", "negotiation", "contract"]),
        (
            "kit_assembler",
            ["needs", "solution", "specification", "documentation", "proposal", "negotiation", "contract"],
        ),
        ("integrator", ["needs", "solution", "specification", "survey", "proposal", "negotiation", "contract"]),
        ("solution_seller", ["needs", "diagnosis", "solution", "specification", "proposal", "negotiation", "contract"]),
    ],
)
def test_each_role_of_the_seller_has_its_own_path(reference, role, path):
    variant = reference.funnels["react"].variant(role)
    assert [name for name, stage in variant.stages.items() if stage.outcome is None] == path


def test_the_reference_uses_every_rhythm_and_every_way_to_move(reference):
    variants = [funnel.variants[None] for funnel in reference.funnels.values()]
    timed = [event for variant in variants for event in variant.timed.values()]
    assert {event.rhythm for event in timed} == set(Rhythm)
    assert {event.source for event in timed} == set(TimedSource)
    assert {move.trigger for variant in variants for move in variant.transitions.values()} == set(Trigger)
    assert any(len(event.offsets) > 1 for event in timed)


def test_probability_never_falls_along_a_path(reference):
    for funnel in reference.funnels.values():
        for case, variant in funnel.variants.items():
            known = [stage.probability for stage in variant.stages.values() if stage.probability is not None]
            assert known == sorted(known), (funnel.name, case)
