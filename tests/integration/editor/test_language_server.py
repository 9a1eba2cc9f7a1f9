"""The language server that editors have inside completes and checks with what `voronka schema` has written."""

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.editor.language_server import installed, language_server
from voronka.config.editor import SETTINGS_FILE, publish
from voronka.hooks.host import Host

ROOT = Path(__file__).resolve().parents[3]
FUNNEL = "configs/funnels/react.yaml"
BEGIN = "funnel: react\nfields: [deal_base, common]\nstages:\n  needs:\n"


def copied(source, target):
    shutil.copytree(source / "configs", target / "configs")
    shutil.copy(source / "voronka.yaml", target)
    return target


def settings(root, version="1.2"):
    return {**json.loads((root / SETTINGS_FILE).read_text(encoding="utf-8")), "yaml.yamlVersion": version}


@pytest.fixture(scope="module")
def program():
    return installed()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The reference workspace with what an editor needs, found through its settings."""
    root = copied(ROOT, tmp_path_factory.mktemp("reference"))
    (root / "configs/funnels/fresh.yaml").write_text(
        "funnel: fresh\nstages: {begin: {label: Start}}\n", encoding="utf-8"
    )
    publish(root, "en", plugins=Host.of(root))
    return root


@pytest.fixture(scope="module")
def server(program, root):
    with language_server(program, root, settings(root)) as running:
        yield running


def complete(server, text, path=FUNNEL):
    """What is offered where § stands in the text."""
    before, _, after = text.partition("§")
    server.open(path, before + after)
    return server.complete(path, before.count("\n"), len(before) - before.rfind("\n") - 1)


@pytest.mark.parametrize(
    ("source", "version"),
    [(ROOT, "1.1"), (ROOT, "1.2"), *((each, "1.2") for each in sorted((ROOT / "examples").iterdir()))],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_nothing_is_found_wrong_in_the_workspaces_here(program, source, version, tmp_path):
    root = copied(source, tmp_path)
    publish(root, "ru", modelines=True)
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.yaml"))
    with language_server(program, root, settings(root, version)) as server:
        for path in paths:
            server.open(path, (root / path).read_text(encoding="utf-8"))
        assert {path: server.faults(path) for path in paths} == {path: [] for path in paths}


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("transitions:\n  back:\n    from: needs\n    to: §\n", {"needs": "Needs", "won": "Contract signed"}),
        ("transitions:\n  back:\n    to: needs\n    from: [needs, §]\n", {"needs": "Needs"}),
        ("transitions:\n  back:\n    set:\n      §\n", {"amount": "Amount (money)"}),
        ("transitions:\n  back:\n    set:\n      loss_reason: §\n", {"no_answer": "No answer"}),
        ("transitions:\n  back:\n    by:\n      - §\n", {"head_of_sales": "Head of sales"}),
        ("    leave:\n      require: [§]\n", {"need": "The need in the client's words (long_text)"}),
        ("    enter:\n      do:\n        - move: §\n", {"lost": "Lost"}),
        ("    enter:\n      do:\n        - send:\n            channel: §\n", {"email": "", "messenger": ""}),
        ("    enter:\n      do:\n        - send:\n            template: §\n", {"first_message": None}),
        ("    enter:\n      do:\n        - task:\n            assignee: §\n", {"owner": "", "builders_1": None}),
        ("    enter:\n      do:\n        - cancel: §\n", {"tender_close": ""}),
        ("    timed:\n      x:\n        from: §\n", {"stage": "", "offer_valid_until": None, "event task.done": ""}),
        ("    timed:\n      x:\n        on_missed: §\n", {"run": "", "skip": ""}),
        ("variants:\n  by: §\n", {"seller_role": None}),
        ("variants:\n  by: seller_role\n  cases:\n    integrator:\n      moves:\n        §\n", {"needs": "Needs"}),
    ],
    ids=lambda each: each.strip().splitlines()[-1].strip() if isinstance(each, str) else "",
)
def test_the_names_of_the_workspace_are_offered_with_their_labels(server, text, offered):
    found = complete(server, BEGIN + text)
    assert found.keys() >= offered.keys()
    assert {name: found[name] for name, said in offered.items() if said is not None} == {
        name: said for name, said in offered.items() if said is not None
    }
    assert not {"true", "false", "property"} & found.keys()


def test_the_stages_offered_are_those_of_the_funnel(server):
    text = "transitions:\n  back:\n    to: §\n"
    assert "qualification" not in complete(server, BEGIN + text)
    assert (
        complete(server, f"funnel: fresh\nstages: {{begin: }}\n{text}", "configs/funnels/fresh.yaml")["begin"]
        == "Start"
    )
    assert complete(server, f"funnel: later\nstages: {{a: }}\n{text}", "configs/funnels/later.yaml").keys() >= {
        "needs",
        "qualification",
    }


def test_keys_are_offered_with_their_meaning_and_those_of_later_versions_are_not(server):
    found = complete(server, f"{BEGIN}    §\n")
    assert found["sla"].startswith("How long a deal may stay.")
    assert not {"rules", "playbook", "hints"} & found.keys()


def test_an_unknown_key_is_an_error(server):
    server.open(FUNNEL, f"{BEGIN}    probabilty: 10%\n")
    assert server.faults(FUNNEL) == ["5: Property probabilty is not allowed."]


def test_a_wrong_value_is_answered_in_words(server):
    server.open(FUNNEL, f"{BEGIN}    sla: 5 days or so\n")
    [told] = server.faults(FUNNEL)
    assert told.startswith("5: Expected here: a duration")
    assert told.endswith("such as 2 days.")


def test_a_name_that_has_just_been_written_is_no_error(server):
    server.open(FUNNEL, f"{BEGIN}  fresh:\ntransitions:\n  back: {{from: fresh, to: needs}}\n")
    assert server.faults(FUNNEL) == []


def test_a_tooltip_tells_what_a_key_means(server):
    server.open(FUNNEL, f"{BEGIN}    enter:\n      when: amount > 0\n")
    told = server.hover(FUNNEL, 5, 7)
    assert "The condition that must hold." in told
    assert "docs/expressions.md" in told


SCENARIO = "configs/scenarios/fresh.yaml"
GIVEN = "scenario: s\ngiven: {funnel: react, at: 2026-03-02 09:00}\nsteps:\n"
OFFERED_ELSEWHERE = {
    "the types of channels": ("voronka.yaml", "channels:\n  email:\n    via: §\n", {"file", "smtp", "telegram"}),
    "the team of a user": ("configs/people/people.yaml", "people:\n  anna:\n    team: §\n", {"builders"}),
    "the key of a collection": (
        "configs/fields/fresh.yaml",
        "set: fresh\ncollections:\n  parts:\n    key: §\n",
        {"component"},
    ),
    "fields between braces, from the first letter on": (
        FUNNEL,
        BEGIN + "transitions:\n  back: {to: needs, set: {a§}}\n",
        {"amount", "need"},
    ),
    "fields of a step between braces, from the first letter on": (
        SCENARIO,
        GIVEN + "  - set: {a§}\n",
        {"amount", "account.segment"},
    ),
    "gates that may refuse": (
        SCENARIO,
        GIVEN + "  - expect:\n      refused: [§]\n",
        {"needs.leave.require.need", "move", "reopen.by"},
    ),
    "the gate of a refusal": (
        SCENARIO,
        GIVEN + "  - expect:\n      refused:\n        - gate: §\n",
        {"needs.leave.require.need"},
    ),
    "the keys of the import step": (SCENARIO, GIVEN + "  - import:\n      §\n", {"mapping", "rows"}),
    "the stages of the funnel of a new scenario": (
        SCENARIO,
        "scenario: s\ngiven:\n  funnel: react\n  at: 2026-03-02 09:00\n  stage: §\nsteps: [{expect: {tasks: []}}]\n",
        {"needs", "diagnosis"},
    ),
}


@pytest.mark.parametrize("case", OFFERED_ELSEWHERE)
def test_names_are_offered_wherever_one_stands(server, case):
    path, text, offered = OFFERED_ELSEWHERE[case]
    found = complete(server, text, path)
    assert found.keys() >= offered, found.keys()
    if path == SCENARIO:
        assert "qualification" not in found


def test_a_secret_in_the_open_is_an_error(program, tmp_path):
    text = "workspace: acme\ntimezone: UTC\ncurrency: RUB\nplugins:\n  telegram: {{token: {}}}\n"
    (tmp_path / "voronka.yaml").write_text(text.format('"${env:TOKEN}"'), encoding="utf-8")
    publish(tmp_path, "en", plugins=Host.of(tmp_path))
    with language_server(program, tmp_path, settings(tmp_path)) as server:
        server.open("voronka.yaml", text.format('"${env:TOKEN}"'))
        assert server.faults("voronka.yaml") == []
        server.open("voronka.yaml", text.format('"123:abc"'))
        [told] = server.faults("voronka.yaml")
        assert told.startswith("5: A secret does not stand in the configuration")
