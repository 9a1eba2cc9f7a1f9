"""Plugins that load and then fail at work, in whatever they declare: each is named, and the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.plugin_workspace import open_with, plugin_code
from voronka.messages import Label
from voronka.testing import TestWorkspace

PLUGIN = """
import threading
from datetime import date

def fail(*given):
    {body}

def well(*given):
    return None

class Post:
    def __init__(self, settings, services):
        {opening}
    send = fail if {sending} else well
    def close(self):
        pass

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.tell", label=LABEL, run=fail, time_limit=0.1, arguments={{"type": "object"}})

@hookimpl
def voronka_channels():
    yield ChannelType(name="erp", label=LABEL, open=Post, time_limit=0.1)

@hookimpl
def voronka_sources():
    yield SourceType(name="erp", label=LABEL, fetch=fail, time_limit=0.1)

@hookimpl
def voronka_functions():
    yield ExpressionFunction(name="erp.fee", parameters=(Kind.MONEY,), result=Kind.MONEY, call=fail)

@hookimpl
def voronka_health():
    yield HealthCheck(name="erp.link", label=LABEL, check=fail, time_limit=0.1)
"""
RAISES, HANGS, TALKS = "raise RuntimeError('no luck')", "threading.Event().wait(30)", "return 'nonsense'"
LEAVES = "raise SystemExit(3)"
TOLD = {RAISES: "no luck", LEAVES: "SystemExit", HANGS: "0.1 s", TALKS: "str"}
ALSO = "channels: {letters: {via: erp}}\nsources: {leads: {via: erp, every: 5 minutes}}\n"
FILES = {
    "configs/fields/fees.yaml": "set: fees\nfields:\n  fee: {type: money, formula: erp.fee(amount)}\n",
    "configs/funnels/fees.yaml": "funnel: fees\nfields: [base, fees]\nstages: {begun: {journey: problem}}\n",
}
SEND = "{send: {channel: letters, to: owner, template: hello}}"


def opened(
    tmp_path: Path, body: str, *, actions: str = "{task: {title: Call}}", opening: str = "pass", sending: bool = True
) -> TestWorkspace:
    code = plugin_code(PLUGIN.format(body=body, opening=opening, sending=sending))
    return open_with(tmp_path, actions=actions, also=ALSO, plugins={"erp": code}, files=FILES)


def troubles(workspace: TestWorkspace) -> dict[str, str]:
    return {name: Label(told).render() for name, told in workspace.query("plugins")["troubles"].items()}


def the_rest_goes_on(workspace: TestWorkspace) -> None:
    workspace.execute("deal.create", funnel="fees", fields={"owner": "oleg"})
    assert workspace.query("status")["open"]
    assert workspace.verify().sound


@pytest.mark.parametrize("body", [RAISES, LEAVES, HANGS, TALKS])
def test_an_action_that_fails_is_named_and_tried_again(tmp_path: Path, caplog, body: str) -> None:
    with opened(tmp_path, body, actions="{erp.tell: {}}") as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        (effect,) = workspace.query("outbox")
        assert (effect["status"], effect["attempts"]) == ("pending", 1)
        assert TOLD[body] in effect["reason"]
        assert TOLD[body] in troubles(workspace)["action erp.tell"]
        assert "action erp.tell" in caplog.text
        the_rest_goes_on(workspace)


@pytest.mark.parametrize("body", [RAISES, LEAVES, HANGS])
@pytest.mark.parametrize("part", ["open", "send"])
def test_a_channel_that_fails_is_named_and_tried_again(tmp_path: Path, caplog, body: str, part: str) -> None:
    opening = body if part == "open" else "pass"
    with opened(tmp_path, body, actions=SEND, opening=opening, sending=part == "send") as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        (effect,) = workspace.query("outbox")
        assert (effect["status"], effect["attempts"]) == ("pending", 1)
        assert TOLD[body] in troubles(workspace)["channel letters"]
        assert "channel letters" in caplog.text
        the_rest_goes_on(workspace)


@pytest.mark.parametrize("body", [RAISES, LEAVES, HANGS, TALKS])
def test_a_source_that_fails_is_named(tmp_path: Path, body: str) -> None:
    with opened(tmp_path, body) as workspace:
        workspace.ask("leads")
        assert TOLD[body] in troubles(workspace)["source leads"]
        the_rest_goes_on(workspace)


@pytest.mark.parametrize("body", [RAISES, LEAVES, TALKS])
def test_a_function_that_fails_is_named_and_its_value_is_missing(tmp_path: Path, body: str) -> None:
    with opened(tmp_path, body) as workspace:
        workspace.execute("deal.create", funnel="fees", fields={"owner": "anna", "amount": "10"})
        assert "fee" not in {field["name"] for field in workspace.query("deal.show", deal=1)["fields"]}
        assert TOLD[body] in troubles(workspace)["function erp.fee"]
        the_rest_goes_on(workspace)


@pytest.mark.parametrize("body", [RAISES, LEAVES, HANGS, TALKS])
def test_a_check_that_fails_is_not_well(tmp_path: Path, body: str) -> None:
    with opened(tmp_path, body) as workspace:
        erp = next(each for each in workspace.query("plugins")["plugins"] if each["name"] == "erp")
        (health,) = erp["health"]
        assert not health["ok"]
        assert TOLD[body] in json.dumps(health)
        the_rest_goes_on(workspace)
