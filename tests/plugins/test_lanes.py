"""Lanes by destination: an endpoint that is slow, closed or full of faults holds up no other."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.local_http import LocalServer, status
from tests.plugins.plugin_files import host_of, write_plugin
from tests.plugins.plugin_workspace import open_with, plugin_code
from tests.plugins.test_actions import module_of
from voronka.testing import TestWorkspace

SECRET = "whsec_" + b64encode(b"a" * 32).decode()
WEBHOOKS = """\
allowed_hosts: [127.0.0.1]
plugins:
  webhook:
    endpoints:
      crm: {{url: "{url}/crm", secret: "${{env:CRM_SECRET}}"}}
      erp: {{url: "{url}/erp", secret: "${{env:ERP_SECRET}}"}}
"""
BOTH = "{webhook: {to: crm}}, {webhook: {to: erp}}"
CARRIER = """
import threading
GO = threading.Event()

def run(call):
    if call.arguments["to"] == "slow":
        GO.wait(20)
    SEEN.append(call.arguments["to"])

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.ship", label=LABEL, run=run, destination="to", arguments={
        "type": "object", "required": ["to"], "properties": {"to": {"type": "string"}},
    })
"""


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


def effects(workspace: TestWorkspace) -> dict[str, dict]:
    return {each["destination"]: each for each in workspace.query("outbox") if each["action"]}


def test_a_secret_that_is_not_set_closes_its_endpoint_alone(
    tmp_path: Path, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_SECRET", raising=False)
    monkeypatch.setenv("ERP_SECRET", SECRET)
    with open_with(tmp_path, actions=BOTH, also=WEBHOOKS.format(url=server.url), plugins={}) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        found = effects(workspace)
        assert found["erp"]["status"] == "sent"
        assert (found["crm"]["status"], found["crm"]["reason"]) == (
            "pending",
            "the environment variable CRM_SECRET is not set",
        )
        troubles = workspace.query("plugins")["troubles"]
        told = {
            "en": "the environment variable CRM_SECRET is not set",
            "ru": "переменная окружения CRM_SECRET не задана",
        }
        assert troubles == {"action webhook → crm": told}
        assert found["crm"]["told"] == told
        monkeypatch.setenv("CRM_SECRET", SECRET)
        workspace.advance("1 minute")
        assert effects(workspace)["crm"]["status"] == "sent"
        assert workspace.query("plugins")["troubles"] == {}
        assert [each.path for each in server.received] == ["/erp", "/crm"]


def test_effects_of_one_deal_to_one_endpoint_leave_in_order_and_those_to_another_do_not_wait(
    tmp_path: Path, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SECRET", SECRET)
    monkeypatch.setenv("ERP_SECRET", SECRET)
    actions = "{webhook: {to: crm, type: a}}, {webhook: {to: crm, type: b}}"
    with open_with(tmp_path, actions=actions, also=WEBHOOKS.format(url=server.url), plugins={}) as workspace:
        server.answers.append(status(500))
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.client.engine.deliver()
        newer, older = workspace.query("outbox")
        assert (older["reason"], older["behind"]) == ("crm answers 500", None)
        assert newer["behind"] == older["effect"]
        assert newer["told"]["en"] == f"waits behind {older['effect']}"
        assert newer["to"] == {"": "crm"} or newer["to"]["en"] == "crm"
        workspace.advance("1 minute")
        assert {each["status"] for each in workspace.query("outbox")} == {"sent"}


def test_a_destination_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    actions = "{erp.ship: {to: slow}}, {erp.ship: {to: quick}}"
    with open_with(tmp_path, actions=actions, plugins={"erp": plugin_code(CARRIER)}) as workspace:
        module = module_of(workspace)
        engine = workspace.client.engine
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        tried = threading.Event()
        while not tried.is_set():
            engine.deliver(patience=0.05)
            if effects(workspace)["quick"]["status"] == "sent":
                tried.set()
        assert module.SEEN == ["quick"]
        assert effects(workspace)["slow"]["status"] == "pending"
        module.GO.set()
        engine.deliver()
        assert effects(workspace)["slow"]["status"] == "sent"


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ('destination="where"', "destination"),
        ('destination="sum"', "destination"),
        ('destination="n"', "destination"),
        ('destination="to", at_most_once=True', "at_most_once"),
    ],
)
def test_a_destination_is_a_constant_text(tmp_path: Path, action: str, told: str) -> None:
    code = (
        '@hookimpl\ndef voronka_actions():\n    yield ActionType(name="bad", label=Label.plain("It"), run=print,'
        f' {action}, arguments={{"type": "object", "properties": {{"to": {{"type": "string"}}, "n": {{"type": "integer"'
        '}, "sum": {"type": "string", "x-expression": "any"}}})\n'
    )
    write_plugin(tmp_path, "bad", code)
    (state,) = host_of(tmp_path).plugins()
    assert told in str(state.fault)
