"""How an effect ended is told once, of the last attempt and with its own time, however late its deal can be told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.plugins.plugin_workspace import open_with, plugin_code
from tests.plugins.test_written_back import FEE, LETTER, RULE, broken_on_the_way, funnel, mend
from voronka.errors import VoronkaError
from voronka.runtime.service import Service
from voronka.storage import Received, answer_key
from voronka.testing import TestWorkspace

HOUR = 3_600_000_000
POST = """
from pathlib import Path

TRIED = Path({tried!r})

class Post:
    def __init__(self, settings, services):
        pass

    def send(self, message):
        with TRIED.open("a") as tried:
            tried.write("x" * (message.deal == 1))
        if message.deal == 1 and len(TRIED.read_text()) <= {failing}:
            raise DeliveryError(Label.plain("no such box"), lasting=True)

    def close(self):
        pass

@hookimpl
def voronka_channels():
    yield ChannelType(name="post", label=LABEL, open=Post, address="email")
"""
TOLD = """
rules:
  given_up: {trigger: {event: message.failed}, of: deals, where: fx.fee(amount) > 0, do: [{set: {erp_no: told}}]}
"""


def given_up(root: Path, failing: int) -> TestWorkspace:
    """Open a workspace whose deal cannot be told that its letter was given up; the first `failing` attempts fail."""
    post = POST.format(tried=str(root / "tried"), failing=failing)
    plugins = {"post": plugin_code(post, name="post"), "fx": plugin_code(FEE, name="fx")}
    files = {"configs/funnels/sales.yaml": funnel(LETTER, "{journey: solutions}"), "configs/rules/told.yaml": TOLD}
    workspace = open_with(root, actions="", plugins=plugins, files=files, also="channels: {email: {via: post}}\n")
    workspace.execute("contact.create", fields={"name": "Ivan", "email": "ivan@acme.example"})
    workspace.execute("deal.create", funnel="sales", fields={"amount": "5", "contact": "Ivan", "owner": "anna"})
    (root / "plugins" / "fx.py").write_text("raise RuntimeError('half an update')\n")
    workspace.reopen()
    workspace.settle()
    (effect,) = workspace.query("outbox")
    assert (effect["status"], workspace.query("status")["queue"]) == ("dead", 1)
    return workspace


def told(workspace: TestWorkspace, *kinds: str) -> list[str]:
    events = [event["kind"] for entry in workspace.query("why", deal=1) for event in entry["events"]]
    return [kind for kind in events if kind in kinds]


ENDS = ("message.sent", "message.failed", "effect.retried")


def test_of_a_letter_that_has_left_at_last_only_that_is_told(tmp_path: Path) -> None:
    with given_up(tmp_path, 1) as workspace:
        workspace.client.work("outbox.retry", {"deal": 1, "effect": "1.1"})
        assert workspace.query("status")["queue"] == 0
        assert workspace.verify().sound
        workspace.settle()
        assert told(workspace, *ENDS) == ["effect.retried", "message.sent"]
        assert workspace.verify().sound


def test_a_letter_given_up_again_keeps_no_other_from_leaving_and_is_told_once(tmp_path: Path) -> None:
    with given_up(tmp_path, 2) as workspace:
        workspace.client.work("outbox.retry", {"deal": 1, "effect": "1.1"})
        workspace.execute("deal.create", funnel="sales", fields={"amount": "1", "contact": "Ivan"})
        workspace.settle()
        assert [each["status"] for each in workspace.query("outbox", deal=2)] == ["sent"]
        assert workspace.query("status")["queue"] == 1
        mend(tmp_path, workspace)
        assert told(workspace, "effect.retried", "message.failed") == ["effect.retried", "message.failed"]
        assert workspace.verify().sound


def test_what_cannot_be_queued_keeps_nothing_else_from_settling(tmp_path: Path) -> None:
    with given_up(tmp_path, 2) as workspace:
        workspace.client.work("outbox.retry", {"deal": 1, "effect": "1.1"})
        with workspace.client.engine.database.write() as work:
            taken = answer_key(bytes.fromhex(workspace.query("deal.show", deal=1)["id"]), "1.1", "effect.record", 2)
            work.inbox_record("chain", [Received(key=taken, digest="")], at=0)
        workspace.execute("deal.create", funnel="sales", fields={"amount": "1", "contact": "Ivan"})
        workspace.settle()
        assert [each["status"] for each in workspace.query("outbox", deal=2)] == ["sent"]
        assert workspace.query("outbox", deal=1)[-1]["attempts"] == 1


class Stopping(threading.Event):
    """Stops the service as soon as it waits, and remembers for how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        self.set()
        return True


def test_a_worker_that_fails_waits_although_it_has_rung_its_own_bell(tmp_path: Path) -> None:
    with open_with(tmp_path, plugins={}) as workspace:
        service, bell, tried = Service(workspace.client, None), threading.Event(), []
        service._stopping = stopping = Stopping()

        def step() -> int:
            tried.append(1)
            bell.set()
            if len(tried) > 1:
                stopping.set()
            raise RuntimeError("it cannot be settled")

        service._work("messages", step, lambda: None, bell)
        assert (len(tried), stopping.waited) == (1, [5.0])


def test_what_is_told_late_stands_at_the_time_when_it_happened(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": funnel(LETTER, "{journey: solutions}"), "configs/rules/told.yaml": RULE}
    with broken_on_the_way(tmp_path, files, also="channels: {email: {via: file}}\n") as workspace:
        left = workspace.clock.now()
        workspace.advance("3 days")
        mend(tmp_path, workspace)
        assert told(workspace, "message.sent") == ["message.sent"]
        assert {entry["occurred_at"] for entry in workspace.query("why", deal=1)} == {left}


ANSWER = """
def run(call):
    return ActionResult({answer})

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.export", label=LABEL, run=run, arguments={{"type": "object", "properties": {{
        "n": {{"type": "string", "x-expression": "text"}}}}}})
"""
AGAIN = """
rules:
  again: {trigger: {field: erp_no}, of: deals, do: [{erp.export: {n: =erp_no}}]}
"""


TO_AND_FRO = """\
funnel: sales
fields: [base]
stages:
  new: {journey: problem, enter: {do: [{erp.export: {n: talk}}]}}
  talk: {journey: solutions, enter: {do: [{erp.export: {n: new}}]}}
"""


def test_answers_of_actions_that_ask_for_one_another_come_to_an_end(tmp_path: Path) -> None:
    answer = ANSWER.format(answer='move=call.arguments["n"]')
    files = {"configs/funnels/sales.yaml": TO_AND_FRO}
    with open_with(tmp_path, plugins={"erp": plugin_code(answer)}, files=files) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"amount": "5"})
        workspace.settle()
        entered = told(workspace, "stage.entered")
        assert 10 < len(entered) <= 51
        assert workspace.query("status")["queue_unmet"]["refused"] == 1
        assert workspace.verify().sound


def test_a_rule_is_not_triggered_by_the_answer_of_its_own_action(tmp_path: Path) -> None:
    answer = ANSWER.format(answer='set={"erp_no": str(int(call.arguments.get("n") or 0) + 1)}')
    files = {"configs/rules/again.yaml": AGAIN}
    with open_with(
        tmp_path, actions="{erp.export: {n: '0'}}", plugins={"erp": plugin_code(answer)}, files=files
    ) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"amount": "5"})
        workspace.settle()
        values = {field["name"]: field["value"] for field in workspace.query("deal.show", deal=1)["fields"]}
        assert values["erp_no"] == "2"  # the stage asks, its answer triggers the rule, whose answer does not
        assert workspace.query("status")["queue_unmet"]["refused"] == 0
        assert workspace.verify().sound


def waiting_answer(root: Path, answer: str) -> TestWorkspace:
    """Open a workspace in which the answer of an action waits to be taken."""
    plugins = {"erp": plugin_code(ANSWER.format(answer=answer))}
    workspace = open_with(root, actions="{erp.export: {}}", plugins=plugins)
    workspace.execute("deal.create", funnel="sales", fields={})
    workspace.client.engine.deliver()
    assert workspace.query("status")["queue"] == 1
    return workspace


CHANGES = {
    "the currency": ("voronka.yaml", "EUR", "USD"),
    "the type of a field": ("configs/fields/base.yaml", "erp_no: {type: text}", "erp_no: {type: date}"),
    "a field": ("configs/fields/base.yaml", "  erp_no: {type: text}\n", ""),
    "a stage": ("configs/funnels/sales.yaml", "  talk:", "  speak:"),
}


def test_a_release_is_refused_that_takes_from_a_waiting_answer_what_it_needs(tmp_path: Path) -> None:
    with waiting_answer(tmp_path, 'move="talk", set={"amount": "100.00", "erp_no": "E-1"}') as workspace:
        for file, before, after in CHANGES.values():
            path = tmp_path / file
            text = path.read_text()
            assert before in text
            path.write_text(text.replace(before, after))
            with pytest.raises(VoronkaError):
                workspace.client.work("reload", {})
            path.write_text(text)
        workspace.settle()
        shown = workspace.query("deal.show", deal=1)
        assert shown["stage"]["name"] == "talk"
