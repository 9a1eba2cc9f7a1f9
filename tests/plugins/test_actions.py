"""Actions of plugins: checked, decided on, done after the commit, written back."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.plugins.plugin_workspace import FUNNEL, codes, findings, open_with, plugin_code
from voronka.runtime import outbox
from voronka.runtime.service import Service
from voronka.testing import TestWorkspace, write_files

ACTION = """
def run(call):
    SEEN.append(call)
    return RESULT

RESULT = {result}

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.export", label=LABEL, run=run, time_limit={limit}, at_most_once={once}, arguments={{
        "type": "object",
        "required": ["number"],
        "additionalProperties": False,
        "properties": {{
            "number": {{"type": "integer", "x-expression": "any"}},
            "sum": {{"type": "string", "x-expression": "money"}},
            "who": {{"type": "string", "x-expression": "any"}},
            "kind": {{"type": "string", "enum": ["b2b", "b2c"], "default": "b2b"}},
            "list": {{"type": "array", "items": {{"type": "string", "x-expression": "text"}}}},
            "more": {{"type": "object", "additionalProperties": {{"x-expression": "any"}}}},
        }},
    }})
"""


def erp(result: str = "None", *, limit: float = 5.0, once: bool = False) -> dict[str, str]:
    return {"erp": plugin_code(ACTION.format(result=result, limit=limit, once=once))}


def module_of(workspace: TestWorkspace, name: str = "erp") -> Any:
    loaded = [
        module
        for key, module in sys.modules.items()
        if key.startswith(f"voronka_local_{name}_") and Path(str(module.__file__)).is_relative_to(workspace.root)
    ]
    (module,) = loaded
    assert isinstance(module, ModuleType)
    return module


EXPORT = (
    '{erp.export: {number: =number, sum: =amount * 2, who: =contact.phone, list: [a, "==b", =funnel],'
    ' more: {at: =created_at, day: =due, pass: =passport, none: =erp_no, literal: "=="}}}'
)


def test_an_action_is_handed_its_arguments_as_they_were_decided_on(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=erp()) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "phone": "+79161234567"})
        fields = {"amount": "10.50", "contact": "Ivan", "due": "2026-04-01", "passport": "4510 123456"}
        answer = workspace.execute("deal.create", funnel="sales", fields=fields)
        workspace.execute("deal.set", deal=1, fields={"amount": "99"})
        workspace.settle()
        (call,) = module_of(workspace).SEEN
        assert call.arguments == {
            "number": 1,
            "sum": "21.00",
            "who": "+79161234567",
            "kind": "b2b",
            "list": ["a", "=b", "sales"],
            "more": {
                "at": "2026-03-02T09:00:00Z",
                "day": "2026-04-01",
                "pass": "4510 123456",
                "none": None,
                "literal": "=",
            },
        }
        assert (call.key, call.attempt, call.deal.number) == (f"{answer['id']}-1.1", 1, 1)
        assert workspace.verify().sound


def test_the_history_holds_no_personal_value(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=erp()) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "phone": "+79161234567"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "passport": "4510 123456"})
        workspace.settle()
        with workspace.client.engine.read() as reader:
            from sqlalchemy import text

            tables = ("history", "outbox", "inbox", "deals")
            kept = " ".join(str(row) for table in tables for row in reader.execute(text(f"SELECT * FROM {table}")))
        assert "9161234567" not in kept
        assert "4510" not in kept


def test_what_an_action_answers_is_written_back_once_under_its_key(tmp_path: Path) -> None:
    result = 'ActionResult(set={"erp_no": "E-1", "amount": "7"}, log={"kind": "erp", "direction": "out"})'
    with open_with(tmp_path, actions=EXPORT, plugins=erp(result)) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        shown = workspace.query("deal.show", deal=1)
        values = {field["name"]: field["value"] for field in shown["fields"]}
        assert (values["erp_no"], values["amount"]) == ("E-1", 700)
        entries = workspace.query("why", deal=1)
        assert [entry["actor"] for entry in entries if entry["source"] == "plugin:erp"] == ["plugin:erp"] * 2
        assert workspace.verify().sound


def test_an_answer_can_move_the_deal_through_its_gates(tmp_path: Path) -> None:
    with open_with(
        tmp_path, actions=EXPORT, plugins=erp('ActionResult(move="talk", set={"erp_no": "1"})')
    ) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        assert workspace.query("deal.show", deal=1)["stage"]["name"] == "talk"


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ('ActionResult(set={"nothing": "1"})', "deal.set was refused: There is no field nothing."),
        ('ActionResult(set={"amount": "much"})', "deal.set was refused: “much” is not a number."),
        ('ActionResult(move="nowhere")', "deal.move was refused: There is no stage nowhere here."),
    ],
)
def test_a_refused_answer_is_told_to_the_owner_and_the_action_stays_done(tmp_path: Path, caplog, result, told) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=erp(result)) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        assert "plugin:erp could not write back" in caplog.text
        effects = {effect["channel"]: effect["status"] for effect in workspace.query("outbox")}
        assert effects == {"action:erp.export": "sent", "notice": "sent"}
        assert told in str(
            [event["told"]["en"] for entry in workspace.query("why", deal=1) for event in entry["events"]]
        )
        assert len(module_of(workspace).SEEN) == 1


@pytest.mark.parametrize("result", ["42", "'done'", "ActionResult(set=7)", "ActionResult(log=[1])", "object()"])
def test_nonsense_for_an_answer_is_a_failed_attempt_and_in_the_end_a_dead_letter(tmp_path: Path, result) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=erp(result)) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        (effect,) = workspace.query("outbox")
        assert (effect["status"], effect["attempts"]) == ("pending", 1)
        assert "ActionResult" in effect["reason"]
        workspace.advance("3 days")
        (effect,) = [each for each in workspace.query("outbox") if each["channel"] != "notice"]
        assert (effect["status"], effect["attempts"]) == ("dead", 8)


def test_nonsense_of_an_action_that_may_be_tried_once_is_for_a_person_to_look_at(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=failing("return 42", once=True)) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        effect = workspace.query("outbox")[-1]
        assert (effect["status"], effect["attempts"]) == ("unknown", 1)


def failing(body: str, **parts: Any) -> dict[str, str]:
    code = ACTION.format(result="None", limit=parts.get("limit", 5.0), once=parts.get("once", False))
    return {"erp": plugin_code(code.replace("    return RESULT", f"    {body}"))}


def test_a_lasting_fault_gives_the_action_up_and_tells_the_owner(tmp_path: Path) -> None:
    plugins = failing("raise DeliveryError('no such customer', lasting=True)")
    with open_with(tmp_path, actions=EXPORT, plugins=plugins) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        (effect,) = [each for each in workspace.query("outbox") if each["channel"] != "notice"]
        assert (effect["status"], effect["reason"], effect["attempts"]) == ("dead", "no such customer", 1)
        (notice,) = workspace.messages().values()
        assert "erp.export" in notice
        assert "no such customer" in notice


def test_an_action_that_raises_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=failing("raise RuntimeError('no luck')")) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.advance("1 day")
        effect = workspace.query("outbox")[-1]
        assert (effect["status"], effect["attempts"]) == ("dead", outbox.ATTEMPTS)
        assert "no luck" in effect["reason"]
        calls = module_of(workspace).SEEN
        assert [call.attempt for call in calls] == list(range(1, outbox.ATTEMPTS + 1))
        assert len({call.key for call in calls}) == 1


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    with open_with(
        tmp_path, actions=EXPORT, plugins=failing("raise DeliveryError('later', retry_after=120)")
    ) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        (effect,) = workspace.query("outbox")
        assert effect["next_at"] == workspace.clock.now() + 120_000_000


HANGING = "NEVER.wait()"


def test_a_hanging_action_delays_only_itself(tmp_path: Path) -> None:
    plugins = failing(HANGING, limit=0.02)
    plugins["erp"] += "\nimport threading\nNEVER = threading.Event()\n"
    actions = EXPORT + ", {notify: {to: anna, template: hello}}"
    with open_with(tmp_path, actions=actions, plugins=plugins) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        effects = {effect["channel"]: effect for effect in workspace.query("outbox")}
        assert effects["notice"]["status"] == "sent"
        assert effects["action:erp.export"]["status"] == "pending"
        assert "does not answer within 0.02 s" in effects["action:erp.export"]["reason"]
        # As long as that call has not come back, no other is made.
        workspace.advance("1 minute")
        assert len(module_of(workspace).SEEN) == 1
        module_of(workspace).NEVER.set()
        for thread in threading.enumerate():
            if thread.name == "courier":
                thread.join(5)
        workspace.advance("1 hour")
        assert workspace.query("outbox")[-1]["status"] == "sent"
        assert len(module_of(workspace).SEEN) == 2


def test_a_slow_action_goes_on_while_others_leave_and_is_settled_later(tmp_path: Path) -> None:
    plugins = failing("GO.wait()")
    plugins["erp"] += "\nimport threading\nGO = threading.Event()\n"
    with open_with(tmp_path, actions=EXPORT, plugins=plugins) as workspace:
        engine = workspace.client.engine
        workspace.execute("deal.create", funnel="sales")
        assert engine.deliver(patience=0.0) == 0
        # Its lane is taken, so nothing is leased twice meanwhile.
        workspace.execute("deal.create", funnel="sales")
        assert engine.deliver(patience=0.0) == 0
        assert sorted(effect["attempts"] for effect in workspace.query("outbox")) == [0, 1]
        module_of(workspace).GO.set()
        workspace.settle()
        assert [effect["status"] for effect in workspace.query("outbox")] == ["sent", "sent"]
        assert len(module_of(workspace).SEEN) == 2


def test_a_service_that_ends_lets_an_action_at_work_end_and_begins_no_other(tmp_path: Path) -> None:
    plugins = failing("AT_WORK.set(); GO.wait()", once=True)
    plugins["erp"] += "\nimport threading\nAT_WORK, GO = threading.Event(), threading.Event()\n"
    with open_with(tmp_path, actions=EXPORT, plugins=plugins) as workspace:
        for _ in range(2):
            workspace.execute("deal.create", funnel="sales")
        service = Service(workspace.client, None)
        service.start()
        erp = module_of(workspace)
        assert erp.AT_WORK.wait(20)
        threading.Timer(0.5, erp.GO.set).start()
        service.drain()
    with open_with(tmp_path, actions=EXPORT, plugins=plugins) as workspace:
        found = [(effect["status"], effect["attempts"]) for effect in workspace.query("outbox")]
        assert sorted(found) == [("pending", 0), ("sent", 1)]


def test_what_may_be_done_once_only_is_given_up_when_its_end_is_not_known(tmp_path: Path) -> None:
    plugins = failing(HANGING, limit=0.02, once=True)
    plugins["erp"] += "\nimport threading\nNEVER = threading.Event()\n"
    with open_with(tmp_path, actions=EXPORT, plugins=plugins) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        effect = workspace.query("outbox")[-1]
        assert effect["status"] == "unknown"
        assert "not known" in effect["reason"]
        module_of(workspace).NEVER.set()


def test_an_attempt_broken_off_by_a_crash_is_not_repeated_where_once_is_all(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=erp(once=True)) as workspace:
        workspace.execute("deal.create", funnel="sales")
        engine = workspace.client.engine
        engine.write(
            lambda work: outbox.lease(
                work,
                engine.workspace,
                now=engine.clock.now(),
                limit=5,
                random=engine.random,
                terms=engine.outside.terms,
            )
        )
        workspace.advance("1 minute")
        effect = workspace.query("outbox")[-1]
        assert (effect["status"], module_of(workspace).SEEN) == ("unknown", [])


def test_an_action_that_waits_keeps_no_new_configuration_out(tmp_path: Path) -> None:
    with open_with(tmp_path, actions="{erp.export: {number: =number}}", plugins=failing("RESULT['no']")) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        assert [effect["status"] for effect in workspace.query("outbox")] == ["pending"]
        file = tmp_path / "voronka.yaml"
        file.write_text(file.read_text(encoding="utf-8") + "title: Renamed\n", encoding="utf-8")
        assert workspace.work("reload")["changed"]


def test_an_action_outlives_its_plugin_only_as_a_fault(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=EXPORT, plugins=erp()) as workspace:
        workspace.execute("deal.create", funnel="sales")
        (tmp_path / "plugins" / "erp.py").unlink()
        (tmp_path / "configs/funnels/sales.yaml").write_text("funnel: sales\nstages: {new: {journey: problem}}\n")
        workspace.reopen()
        workspace.settle()
        effect = workspace.query("outbox")[-1]
        assert effect["status"] == "pending"
        assert "The plugin erp is broken: it is not installed" in effect["reason"]
        assert workspace.verify().sound


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("{erp.export: {}}", "V2004"),
        ("{erp.export: {number: one}}", "V2007"),
        ("{erp.export: {number: 1, kind: other}}", "V2005"),
        ("{erp.export: {number: 1, unknown: 1}}", "V2002"),
        ("{erp.export: {number: =amuont}}", "E1101"),
        ("{erp.export: {number: 1, sum: =funnel}}", "E1205"),
        ("{erp.export: {number: 1, more: {$ref: x}}}", "V2013"),
        ("{erp.exprot: {number: 1}}", "V3124"),
        ("{nowhere.go: {}}", "V3124"),
    ],
)
def test_a_wrong_action_is_found(tmp_path: Path, actions: str, expected: str) -> None:
    assert codes(findings(tmp_path, actions=actions, plugins=erp())) == [(expected, "configs/funnels/sales.yaml", 7)]


def test_an_action_of_a_broken_plugin_names_the_plugin_and_why(tmp_path: Path) -> None:
    found = findings(tmp_path, actions="{erp.export: {number: 1}}", plugins={"erp": "raise ImportError('no driver')"})
    (finding,) = found
    assert finding.code == "V3125"
    assert "no driver" in str(finding.reason)


def test_a_broken_plugin_that_nothing_uses_is_a_warning(tmp_path: Path) -> None:
    plugins = {**erp(), "old": "raise ImportError('no driver')"}
    found = findings(tmp_path, actions=EXPORT, plugins=plugins, every=True)
    assert [(each.code, each.severity, each.place.file) for each in found] == [("V3126", "warning", "plugins/old.py")]


@pytest.mark.parametrize(("terms", "first"), [("rates=(Rate(count=2, seconds=60),)", 2), ("at_most_once=True", 4)])
def test_the_terms_of_an_action_bind_what_it_left_behind_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terms: str, first: int
) -> None:
    code = f"""
@hookimpl
def voronka_actions():
    yield ActionType(name="erp.ship", label=LABEL, run=SEEN.append, {terms}, arguments={{"type": "object"}})
"""
    most: list[int] = []
    with open_with(tmp_path, actions="{erp.ship: {}}", plugins={"erp": plugin_code(code)}) as workspace:
        for _ in range(4):
            workspace.execute("deal.create", funnel="sales")
        write_files(tmp_path, {"configs/funnels/sales.yaml": FUNNEL.format(actions="{task: {title: Call}}")})
        workspace.work("reload")
        workspace.reopen()
        lease = outbox.lease

        def leased(*args: Any, **params: Any) -> outbox.Leased:
            found = lease(*args, **params)
            most.append(len(found.parcels))
            return found

        monkeypatch.setattr(outbox, "lease", leased)
        workspace.settle()
        assert max(most) == (2 if first == 2 else 1)
        assert len(module_of(workspace).SEEN) == first
        workspace.advance("1 minute")
        assert len(module_of(workspace).SEEN) == 4


def test_an_action_whose_plugin_is_slow_to_load_keeps_no_other_waiting(tmp_path: Path) -> None:
    code = """
@hookimpl
def voronka_actions():
    yield ActionType(name="{name}.ship", label=LABEL, run=SEEN.append, arguments={{"type": "object"}})
"""
    plugins = {name: plugin_code(code.format(name=name), name=name) for name in ("erp", "other")}
    with open_with(tmp_path, actions="{erp.ship: {}}, {other.ship: {}}", plugins=plugins) as workspace:
        workspace.execute("deal.create", funnel="sales")
        write_files(tmp_path, {"configs/funnels/sales.yaml": FUNNEL.format(actions="{other.ship: {}}")})
        workspace.work("reload")
        workspace.reopen()
        host, go, find = workspace.client.plugins.host, threading.Event(), workspace.client.plugins.host.find

        def slow(kind: Any, name: str) -> Any:
            if name == "erp.ship":
                go.wait(30)
            return find(kind, name)

        host.find = slow  # type: ignore[method-assign] # stands for a plugin that is slow to import
        bell = workspace.client.engine.bell()
        bell.clear()
        while not module_of(workspace, "other").SEEN:
            workspace.client.engine.deliver(patience=0.05)
        go.set()
        assert bell.wait(30)
        workspace.settle()
        assert len(module_of(workspace).SEEN) == 1
