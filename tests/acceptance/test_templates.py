"""What `voronka init` offers to begin with: whole, in both languages, held by its own scenarios, and able to live."""

from collections import Counter
from datetime import date
from random import Random

import pytest
import yaml

from voronka.bootstrap import init_workspace, lay_out, open_workspace, reference_workspace, workspace_template
from voronka.calendars import day_start
from voronka.config import read_workspace
from voronka.config.starting import template_names
from voronka.definition.funnels import Outcome
from voronka.errors import UsageFault
from voronka.messages import LANGUAGES
from voronka.simulation.clock import VirtualClock
from voronka.simulation.values import Inventor
from voronka.simulation.year import live
from voronka.storage import verify
from voronka.testing import Coverage, ScenarioRunner
from voronka.testing.report import fault_lines

WHOLE = "b2b-4r"
SMALLER = [name for name in template_names() if name != WHOLE]
WORDS = {"label", "title", "message", "unit"}
LABELLED = ("stages", "fields", "roles", "teams", "collections", "groups", "sources", "checklist")


@pytest.fixture(scope="module", params=SMALLER)
def made(request, tmp_path_factory):
    """A workspace made of a template, read with its scenarios."""
    folder = tmp_path_factory.mktemp("made") / "w"
    lay_out(folder, workspace_template(request.param).files)
    return folder, read_workspace(folder, scenarios=True)


def untold(node, path=""):
    """The places where people meet a word that is not in both languages, or a name without one."""
    if isinstance(node, list):
        return [found for number, each in enumerate(node) for found in untold(each, f"{path}.{number}")]
    if not isinstance(node, dict):
        return []
    alone = {name for name, told in node.items() if name in WORDS and isinstance(told, str)}
    halved = {
        name
        for name, told in node.items()
        if isinstance(told, dict) and set(told) & set(LANGUAGES) and set(told) != set(LANGUAGES)
    }
    nameless = {
        f"{kind}.{name}"
        for kind in LABELLED
        if isinstance(node.get(kind), dict)
        for name, each in node[kind].items()
        if "label" not in each
    }
    below = [found for name, each in node.items() for found in untold(each, f"{path}.{name}")]
    return [f"{path}.{name}" for name in sorted(alone | halved | nameless)] + below


def test_the_reference_workspace_comes_first_and_the_smallest_last():
    assert template_names() == [
        WHOLE, "components", "kits", "integration", "solutions", "services", "call-centre", "simple"
    ]  # fmt: skip


@pytest.mark.parametrize("name", template_names())
def test_a_template_says_in_a_sentence_what_it_is_for(name):
    template = workspace_template(name)
    assert set(template.label.texts) == set(LANGUAGES)
    assert all(text.endswith(".") and text.count(".") == 1 for text in template.label.texts.values())
    assert f"configs/funnels/{template.funnel}.yaml" in template.files


def test_the_whole_template_is_the_reference_workspace(tmp_path):
    reference = reference_workspace()
    assert workspace_template(WHOLE).files == {
        name: reference / name for name in init_workspace(tmp_path / "w", reference)
    }


@pytest.mark.parametrize(("written", "meant"), [("simpel", "simple"), ("call_centre", "call-centre"), ("kit", "kits")])
def test_an_unknown_template_is_told_with_the_one_that_was_meant(written, meant):
    with pytest.raises(UsageFault) as fault:
        workspace_template(written)
    assert f"Did you mean {meant}?" in fault.value.render("en")


def test_a_name_like_none_is_told_with_all_templates():
    with pytest.raises(UsageFault) as fault:
        workspace_template("xyz")
    assert ", ".join(template_names()) in fault.value.render("en")


def test_the_simple_funnel_has_ten_lines():
    files = workspace_template("simple").files
    assert len(files["configs/funnels/sales.yaml"].read_text("utf-8").splitlines()) == 10


def test_the_check_finds_nothing(made):
    assert [str(finding.reason) for finding in made[1].findings] == []


def test_nothing_is_won_past_what_the_stages_ask_for(made):
    for funnel in made[1].workspace.funnels.values():
        for variant in funnel.variants.values():
            if any(gate.require or gate.checks or gate.checklist for gate in variant.gates):
                last = [stage.name for stage in variant.stages.values() if stage.outcome is None][-1]
                ways = variant.transitions.values()
                assert {way.source for way in ways if way.target == "won"} == {last}


def test_every_word_is_there_in_both_languages(made):
    folder, _ = made
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    read = {name: yaml.safe_load(path.read_text("utf-8")) for name, path in files.items() if name.endswith(".yaml")}
    titles = {name: read.pop(name)["scenario"] for name in list(read) if name.startswith("configs/scenarios/")}
    assert [f"{name}{place}" for name, each in read.items() for place in untold(each)] == []
    assert [name for name, title in titles.items() if set(title) != set(LANGUAGES)] == []
    letters = {name.removesuffix(".md").rpartition(".")[::2] for name in files if name.endswith(".md")}
    assert letters == {(stem, language) for stem, _ in letters for language in LANGUAGES}


def test_the_scenarios_hold_and_go_through_everything(made):
    _, reading = made
    coverage = Coverage(workspace=reading.workspace)
    with ScenarioRunner(reading) as runner:
        outcomes = list(runner.run_all(reading.scenarios))
    for outcome in outcomes:
        coverage.add(outcome.touched)
    assert [line for outcome in outcomes for line in fault_lines(outcome, "en")] == []
    assert [f"{part.kind} {part.funnel} {part.name}" for part in coverage.missing()] == []


def test_a_made_up_year_breaks_no_promise_and_wins_deals_in_each_funnel(made):
    folder, reading = made
    clock = VirtualClock(day_start(date(2025, 1, 9), "UTC"))
    client = open_workspace(folder, clock=clock, random=Random(1).randbytes, durable=False)
    try:
        lived = live(client.engine, clock, seed=1, days=240, deals=40)
        assert lived.commands > 300
        assert verify(client.engine.database).damages == ()
        with client.engine.read() as reader:
            stood = Counter((deal.funnel, deal.stage) for deal in reader.list_deals())
            seen = {(deal.funnel, stage) for deal in reader.list_deals() for stage in deal.visits}
    finally:
        client.close()
    funnels = reading.workspace.funnels.values()
    stages = {(funnel.name, name): stage for funnel in funnels for name, stage in funnel.variants[None].stages.items()}
    assert {place for place, stage in stages.items() if stage.outcome is not Outcome.LOST} - seen == set()
    open_deals = {place: count for place, count in stood.items() if stages[place].outcome is None}
    assert max(open_deals.values(), default=0) <= 5, open_deals


def test_made_up_lines_are_what_the_catalogue_offers():
    files = {name: path.read_bytes() for name, path in workspace_template("services").files.items()}
    workspace = read_workspace(files).workspace
    inventor = Inventor(workspace, None, (), Random(1))
    lines = [inventor.line() for _ in range(60)]
    assert {line["item"] for line in lines} == {"audit", "implementation", "training"}
    assert all(workspace.catalogs["consulting"].quote(line).price for line in lines)
