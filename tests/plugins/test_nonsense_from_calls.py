"""What actions and channels say and return in the midst of delivery: nonsense harms its own effect and no other."""

from __future__ import annotations

import threading
from math import nan
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.plugin_workspace import open_with, plugin_code
from tests.plugins.test_actions import module_of
from voronka.hooks.channels import DeliveryError
from voronka.messages import Label
from voronka.runtime import outbox, settling
from voronka.testing import TestWorkspace

ACTIONS = """
import threading
NEVER = threading.Event()

def run(call):
    SEEN.append(call.key)
    {body}

def good(call):
    pass

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.tell", label=LABEL, run=run, at_most_once={once}, time_limit={limit}, arguments=OBJECT)
    yield ActionType(name="erp.good", label=LABEL, run=good, arguments=OBJECT)

OBJECT = {{"type": "object"}}
"""
BOTH = "{erp.tell: {}}, {erp.good: {}}"


def opened(root: Path, body: str, *, once: bool = False, limit: float = 5.0) -> TestWorkspace:
    code = plugin_code(ACTIONS.format(body=body, once=once, limit=limit))
    return open_with(root, actions=BOTH, plugins={"erp": code})


def effects(workspace: TestWorkspace) -> dict[str, Any]:
    return {each["action"]: each for each in workspace.query("outbox") if each["action"]}


def told(workspace: TestWorkspace) -> dict[str, str]:
    return {name: Label(words).render() for name, words in workspace.query("plugins")["troubles"].items()}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise DeliveryError('x', retry_after=float('nan'))", "x"),
        ("raise DeliveryError('x', retry_after=float('inf'))", "x"),
        ("raise DeliveryError('x', retry_after=10**400)", "x"),
        ("raise DeliveryError('x', retry_after='60')", "x"),
        ("raise DeliveryError('x', lasting='no', counts=None)", "x"),
        ("raise DeliveryError(None)", "no reason is given"),
        ("raise DeliveryError(ValueError('boo'))", "ValueError: boo"),
        (r"raise DeliveryError('x\ud800y')", "x\ufffdy"),
        (r"raise DeliveryError('x\ny\x1bz')", "x y z"),
        ("raise type('Own', (DeliveryError,), {'__init__': lambda self: None})()", "no reason is given"),
        (r"raise RuntimeError('x\ud800y')", "RuntimeError: x\ufffdy"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import asyncio; raise asyncio.CancelledError", "CancelledError"),
        ("raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()", "Mute"),
    ],
)
def test_a_nonsense_fault_is_a_failed_attempt_and_holds_up_no_other(tmp_path: Path, body: str, reason: str) -> None:
    with opened(tmp_path, body) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        found = effects(workspace)
        assert (found["erp.tell"]["status"], found["erp.tell"]["attempts"]) == ("pending", 1)
        assert found["erp.tell"]["reason"] == reason
        assert found["erp.good"]["status"] == "sent"
        assert workspace.clock.now() < found["erp.tell"]["next_at"] <= workspace.clock.now() + 10_000_000
        assert workspace.verify().sound


def test_a_reason_is_kept_only_as_long_as_a_person_reads(tmp_path: Path) -> None:
    with opened(tmp_path, "raise DeliveryError('x' * 1_000_000)") as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        assert len(effects(workspace)["erp.tell"]["reason"]) == 300


def test_an_end_that_cannot_be_written_down_spoils_no_other(tmp_path: Path, caplog) -> None:
    with opened(tmp_path, "pass") as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        engine = workspace.client.engine
        now, random = engine.clock.now(), engine.random
        terms = engine.outside.terms
        parcels, _, _ = engine.write(
            lambda work: outbox.lease(work, engine.workspace, now=now, limit=5, random=random, terms=terms)
        )
        ends = [
            outbox.Carried(each, DeliveryError("x", retry_after=nan) if each.effect.action == "erp.tell" else None)
            for each in parcels
        ]
        engine.write(lambda work: settling.settle(work, ends, now=now, random=random, terms=terms))
        assert effects(workspace)["erp.good"]["status"] == "sent"
        assert "cannot be written down" in caplog.text
        workspace.advance("1 minute")
        assert effects(workspace)["erp.tell"]["status"] == "sent"


@pytest.mark.parametrize(
    ("result", "part"),
    [
        ("log='called'", "`log` of its ActionResult must be a mapping, and is str"),
        ("set={'erp_no': object()}", "set of its ActionResult cannot be kept"),
        ("set={'amount': float('nan')}", "set of its ActionResult cannot be kept"),
        (r"set={'erp_no': 'a\ud800'}", "set of its ActionResult cannot be kept"),
        ("set={'erp_no': {1, 2}}", "set of its ActionResult cannot be kept"),
        ("log={'kind': b'x'}", "log of its ActionResult cannot be kept"),
        (r"move='a\ud800'", "move of its ActionResult cannot be kept"),
        ("move=7", "`move` of its ActionResult must be a text, and is int"),
        ("set={7: 'x'}", "a name in `set` of its ActionResult must be a text, and is int"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_a_failed_attempt_with_a_trouble(
    tmp_path: Path, result: str, part: str
) -> None:
    with opened(tmp_path, f"return ActionResult({result})") as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        found = effects(workspace)["erp.tell"]
        assert (found["status"], found["attempts"]) == ("pending", 1)
        assert part in found["reason"]
        assert told(workspace)["action erp.tell"] == found["reason"]


def test_what_may_be_done_once_is_not_repeated_after_it_has_raised(tmp_path: Path) -> None:
    with opened(tmp_path, "raise ConnectionResetError('the answer was lost')", once=True) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        workspace.advance("3 days")
        found = effects(workspace)["erp.tell"]
        assert (found["status"], found["attempts"], len(module_of(workspace).SEEN)) == ("unknown", 1, 1)
        assert found["reason"] == "ConnectionResetError: the answer was lost; whether it had its effect is not known"


def test_a_channel_that_cannot_be_opened_has_sent_nothing_and_is_tried_again(tmp_path: Path) -> None:
    code = """
def opened(settings, services):
    raise RuntimeError("no driver")

@hookimpl
def voronka_channels():
    yield ChannelType(name="erp", label=LABEL, open=opened, at_most_once=True)
"""
    send = "{send: {channel: letters, to: owner, template: hello}}"
    also = "channels: {letters: {via: erp}}\n"
    with open_with(tmp_path, actions=send, also=also, plugins={"erp": plugin_code(code)}) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        (effect,) = workspace.query("outbox")
        assert (effect["status"], effect["attempts"]) == ("pending", 1)


@pytest.mark.parametrize("once", [True, False])
def test_behind_a_call_that_hangs_nothing_counts_as_tried(tmp_path: Path, once: bool) -> None:
    hang = "len(SEEN) > 1 or NEVER.wait()"
    with opened(tmp_path, hang, once=once, limit=0.02) as workspace:
        for _ in range(3):
            workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        workspace.advance("10 minutes")
        module = module_of(workspace)
        assert len(module.SEEN) == 1
        found = [each for each in workspace.query("outbox") if each["action"] == "erp.tell"]
        ends = sorted((each["status"], each["attempts"]) for each in found)
        assert ends == sorted([("unknown", 1) if once else ("pending", 1), ("pending", 0), ("pending", 0)])
        assert any("has not come back" in each["reason"] for each in found)
        assert "does not answer within 0.02 s" in told(workspace)["action erp.tell"]
        module.NEVER.set()
        for thread in threading.enumerate():
            if thread.name == "courier":
                thread.join(5)
        workspace.advance("10 minutes")
        found = [each for each in workspace.query("outbox") if each["action"] == "erp.tell"]
        assert sorted(each["status"] for each in found) == (["sent", "sent", "unknown"] if once else ["sent"] * 3)
        assert len(module.SEEN) == (3 if once else 4)
