"""What an action has answered is never lost, whatever keeps the deal from taking it at the time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.plugin_workspace import FUNNEL, open_with, plugin_code
from voronka.storage import message_ref
from voronka.testing import TestWorkspace

EXPORT = """
def run(call):
    return ActionResult(move="talk", set={"erp_no": "E-1", "passport": "4510 123456"}, log={"kind": "erp"})

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.export", label=LABEL, run=run, arguments={"type": "object", "properties": {}})
"""
FEE = """
@hookimpl
def voronka_functions():
    yield ExpressionFunction(name="fx.fee", parameters=(Kind.MONEY,), result=Kind.MONEY, call=lambda sum: sum)
"""
GATE = '{journey: solutions, enter: {when: "fx.fee(amount) > 0"}}'
RULE = """
rules:
  told: {trigger: {event: message.sent}, of: deals, where: fx.fee(amount) > 0, do: [{set: {erp_no: told}}]}
"""
LETTER = "{send: {channel: email, to: contact, template: hello}}"


def funnel(actions: str, talk: str) -> str:
    return FUNNEL.format(actions=actions).replace("{journey: solutions}", talk)


def broken_on_the_way(root: Path, files: dict[str, str], also: str = "") -> TestWorkspace:
    """Open a workspace, ask for its effect, and break the function before the effect is done; mended by `mend`."""
    plugins = {"erp": plugin_code(EXPORT), "fx": plugin_code(FEE, name="fx")}
    workspace = open_with(root, actions="", plugins=plugins, files=files, also=also)
    workspace.execute("contact.create", fields={"name": "Ivan", "email": "ivan@acme.example"})
    workspace.execute("deal.create", funnel="sales", fields={"amount": "5", "contact": "Ivan"})
    (root / "plugins" / "fx.py").write_text("raise RuntimeError('half an update')\n")
    workspace.reopen()
    workspace.settle()
    return workspace


def mend(root: Path, workspace: TestWorkspace) -> None:
    (root / "plugins" / "fx.py").write_text(plugin_code(FEE, name="fx"))
    workspace.reopen()
    workspace.settle()


def test_an_answer_waits_for_a_plugin_that_a_gate_needs_and_is_taken_once_it_is_mended(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": funnel("{erp.export: {}}", GATE)}
    with broken_on_the_way(tmp_path, files) as workspace:
        (effect,) = workspace.query("outbox")
        assert effect["status"] == "sent"
        assert workspace.query("deal.show", deal=1)["stage"]["name"] == "new"
        assert workspace.query("status")["queue"] == 1
        assert workspace.verify().sound
        mend(tmp_path, workspace)
        shown = workspace.query("deal.show", deal=1)
        values = {field["name"]: field["value"] for field in shown["fields"]}
        assert (shown["stage"]["name"], values["erp_no"]) == ("talk", "E-1")
        told = [entry for entry in workspace.query("why", deal=1) if entry["source"] == "plugin:erp"]
        assert len({entry["seq"] for entry in told}) == 2  # the interaction, and then the move
        assert workspace.query("status")["queue"] == 0
        assert workspace.verify().sound


def test_what_waits_holds_no_personal_value_and_an_erased_answer_is_told_to_be_gone(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": funnel("{erp.export: {}}", GATE)}
    with broken_on_the_way(tmp_path, files) as workspace:
        from sqlalchemy import text

        with workspace.client.engine.read() as reader:
            kept = " ".join(str(row) for row in reader.execute(text("SELECT * FROM inbox")))
            assert "4510" not in kept
            ((deal, seq, n),) = reader.execute(text("SELECT deal, seq, n FROM outbox")).all()
        workspace.client.engine.write(lambda work: work.erase_people([deal]))
        with workspace.client.engine.read() as reader:
            rows = reader.execute(text("SELECT ref FROM vault")).scalars().all()
        assert message_ref(deal, f"{seq}.{n}") not in rows
        mend(tmp_path, workspace)
        assert workspace.query("deal.show", deal=1)["stage"]["name"] == "new"
        assert workspace.query("status")["queue_unmet"]["refused"] == 1  # its interaction was taken before
        assert workspace.verify().sound


@pytest.mark.parametrize("mended", [True, False])
def test_a_deal_that_cannot_be_told_of_a_message_is_told_once_it_can(tmp_path: Path, mended: bool) -> None:
    files = {"configs/funnels/sales.yaml": funnel(LETTER, "{journey: solutions}"), "configs/rules/told.yaml": RULE}
    with broken_on_the_way(tmp_path, files, also="channels: {email: {via: file}}\n") as workspace:
        (effect,) = workspace.query("outbox")
        assert effect["status"] == "sent"
        assert workspace.verify().sound
        if mended:
            mend(tmp_path, workspace)
        events = [event["kind"] for entry in workspace.query("why", deal=1) for event in entry["events"]]
        assert events.count("message.sent") == mended
        assert ("field.changed" in events) == mended
        assert len(workspace.messages()) == 1
        assert workspace.verify().sound
