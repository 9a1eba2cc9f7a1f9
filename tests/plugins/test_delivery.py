"""When a message leaves: rates, pauses, hours, order; and what becomes of one of which nobody knows whether it left."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.plugin_workspace import codes, findings, open_with, plugin_code
from tests.plugins.test_actions import module_of
from voronka.errors import UsageFault
from voronka.hooks.channels import Message
from voronka.messages import Text
from voronka.runtime.plugin_process.faults import Busy
from voronka.runtime.viewer import Forbidden
from voronka.storage import Effect, UnitOfWork
from voronka.testing import TestWorkspace

CHANNEL = """
FAULTS = []

class Out:
    def send(self, message):
        fault = FAULTS.pop(0) if FAULTS else None
        if fault is not None:
            raise fault
        SEEN.append((message.deal, message.address))
    def close(self):
        pass

@hookimpl
def voronka_channels():
    yield ChannelType(name="erp", label=LABEL, open=lambda settings, services: Out(), address="email"{rest})
"""
SEND = "{send: {channel: mail, to: contact, template: hello}}"


def opened(
    root: Path, terms: str = "", *, rest: str = "", also: str = "", actions: str = SEND, **parts: Any
) -> TestWorkspace:
    channels = f"channels: {{mail: {{via: erp{terms}}}}}\n"
    plugins = {"erp": plugin_code(CHANNEL.replace("{rest}", rest))}
    return open_with(root, actions=actions, also=channels + also, plugins=plugins, **parts)


def write_to(workspace: TestWorkspace, *names: str, **fields: str) -> None:
    """Open a deal with each of new contacts; their mailbox is their first letter's."""
    for name in names:
        workspace.clock.advance(1)
        workspace.execute("contact.create", fields={"name": name, "email": f"{name[0]}@x.example", **fields})
        workspace.execute("deal.create", funnel="sales", fields={"contact": name, "owner": "anna"})
    workspace.settle()


def seen(workspace: TestWorkspace) -> list[int]:
    """Return the deals of which something was sent, in this order."""
    return [deal for deal, _ in module_of(workspace).SEEN]


def listed(workspace: TestWorkspace, **params: Any) -> list[dict[str, Any]]:
    return [each for each in reversed(workspace.query("outbox", **params)) if each["channel"] == "mail"]


def fail(workspace: TestWorkspace, *faults: Exception | None) -> None:
    workspace.client.engine.outside.limit("mail")  # loads the plugin
    module_of(workspace).FAULTS.extend(faults)


def fault(workspace: TestWorkspace, *words: str, **said: Any) -> Exception:
    workspace.client.engine.outside.limit("mail")
    error: Exception = module_of(workspace).DeliveryError(*(words or ("busy",)), **said)
    return error


def test_a_rate_holds_over_a_restart_and_lets_the_oldest_go_first(tmp_path: Path) -> None:
    with opened(tmp_path, ', rate: "2 per minute"') as workspace:
        write_to(workspace, "a", "b", "c", "d", "e")
        assert seen(workspace) == [1, 2]
        waiting = listed(workspace)[2:]
        assert [each["attempts"] for each in waiting] == [0, 0, 0]
        assert {each["told"]["en"] for each in waiting} == {"waits until its channel may go on"}
        assert {each["next_at"] for each in waiting} == {workspace.clock.now() + 60_000_000}
        workspace.reopen()
        workspace.clock.advance(59_999_999)
        workspace.settle()
        assert len(listed(workspace, status="sent")) == 2
        workspace.clock.advance(1)
        workspace.settle()
        assert [each["deal"] for each in listed(workspace, status="sent")] == [1, 2, 3, 4]
        workspace.advance("1 minute")
        assert len(listed(workspace, status="sent")) == 5
        assert workspace.verify().sound


def test_what_was_leased_and_did_not_leave_uses_up_no_rate(tmp_path: Path) -> None:
    with opened(tmp_path, ', rate: "5 per hour"') as workspace:
        workspace.client.engine.outside.limit("mail")
        left: list[int] = []

        class Slow:
            """Takes so long for one that the others of its lease cannot begin any more."""

            def send(self, message: Message) -> None:
                left.append(message.deal)
                workspace.clock.advance(11_000_000)

            def close(self) -> None:
                pass

        workspace.client.engine.outside.channels["mail"] = Slow()
        write_to(workspace, "a", "b", "c", "d", "e", "f", "g")
        workspace.advance("2 minutes")
        assert left == [1, 2, 3, 4, 5]
        workspace.advance("57 minutes")
        assert left == [1, 2, 3, 4, 5]
        workspace.advance("3 minutes")
        assert left == [1, 2, 3, 4, 5, 6, 7]


def test_a_pause_outlasts_that_what_did_not_leave_is_given_back_to_a_rate(tmp_path: Path) -> None:
    with opened(tmp_path, ', rate: "2 per hour"') as workspace:
        fail(workspace, fault(workspace, retry_after=120))
        write_to(workspace, "a", "b", "c")
        assert seen(workspace) == []
        assert workspace.client.engine.next_message() == workspace.clock.now() + 120_000_000
        workspace.advance("2 minutes")
        assert seen(workspace) == [2]  # with the attempt before the pause that is as much as may be
        workspace.advance("57 minutes")
        assert seen(workspace) == [2]
        workspace.advance("2 minutes")
        assert len(seen(workspace)) == 2


def test_a_rate_per_address_holds_up_that_address_alone(tmp_path: Path) -> None:
    rates = "Rate(count=1, seconds=60, per_address=True), Rate(count=1, seconds=600, per_address=True, prefix='g')"
    rest = f", rates=({rates})"
    with opened(tmp_path, rest=rest) as workspace:
        write_to(workspace, "a1", "a2", "b1", "a3", "g1", "g2")
        assert seen(workspace) == [1, 3, 5]
        held = listed(workspace, status="pending")
        assert [(each["deal"], each["attempts"]) for each in held] == [(2, 0), (4, 0), (6, 0)]
        assert held[0]["told"]["en"] == "it waits, so that no more leaves for one address than may"
        workspace.advance("1 minute")
        assert seen(workspace)[3:] == [2]
        workspace.reopen()
        workspace.advance("1 minute")
        assert [each["deal"] for each in listed(workspace, status="pending")] == [6]
        workspace.advance("8 minutes")
        assert listed(workspace, status="pending") == []


def test_a_pause_that_is_asked_for_holds_up_the_whole_channel_and_outlasts_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as workspace:
        fail(workspace, fault(workspace, retry_after=120))
        write_to(workspace, "a1", "a2", "b1")
        assert [(each["attempts"], each["status"]) for each in listed(workspace)] == [
            (1, "pending"),
            (0, "pending"),
            (0, "pending"),
        ]
        assert workspace.client.engine.next_message() == workspace.clock.now() + 120_000_000
        workspace.reopen()
        workspace.clock.advance(119_999_999)
        workspace.settle()
        assert len(listed(workspace, status="pending")) == 3
        workspace.clock.advance(1)
        workspace.settle()
        assert len(listed(workspace, status="sent")) == 3


def test_a_pause_for_one_address_holds_up_no_other(tmp_path: Path) -> None:
    with opened(tmp_path) as workspace:
        module_pause = fault(workspace, retry_after=120, pauses=module_of(workspace).Pause.ADDRESS)
        fail(workspace, module_pause)
        write_to(workspace, "a1", "a2", "b1")
        assert seen(workspace) == [3]
        assert [(each["deal"], each["attempts"]) for each in listed(workspace, status="pending")] == [(1, 1), (2, 0)]
        workspace.advance("2 minutes")
        assert sorted(seen(workspace)) == [1, 2, 3]


def test_to_wait_for_a_process_is_no_attempt_and_keeps_the_lane_in_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as workspace:
        workspace.client.plugins.host.plugins()
        module_of(workspace).FAULTS.append(Busy(Text("all its 4 processes are at work"), 5.0))
        write_to(workspace, "Ann", "Bob")
        waiting = listed(workspace)
        assert [(each["status"], each["attempts"]) for each in waiting] == [("pending", 0)] * 2
        assert {each["reason"] for each in waiting} == {"all its 4 processes are at work"}
        assert seen(workspace) == []
        workspace.advance("1 minute")
        assert seen(workspace) == [1, 2]
        assert "attempt" not in caplog.text


def test_quiet_hours_are_judged_as_a_message_leaves_by_the_clocks_of_the_contact(tmp_path: Path) -> None:
    with opened(tmp_path, also='quiet_hours: "20:00-09:00"\n') as workspace:  # it is nine in the morning, UTC
        fail(workspace, *[fault(workspace, counts=False, retry_after=4 * 3600)] * 3)
        write_to(workspace, "here")
        write_to(workspace, "far", zone="Asia/Tokyo")
        workspace.advance("11 hours")
        assert seen(workspace) == []
        assert {each["attempts"] for each in listed(workspace)} == {0}
        workspace.advance("1 hour")  # twenty-one here, six in Tokyo
        here, far = listed(workspace)
        assert here["told"]["en"] == far["told"]["en"] == "it waits for the hours at which messages may leave"
        workspace.advance("3 hours")
        assert seen(workspace) == [2]
        workspace.advance("9 hours")
        assert seen(workspace) == [2, 1]
        assert {each["attempts"] for each in listed(workspace)} == {1}


def test_a_message_of_a_timed_event_leaves_in_its_window_however_late(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new:
    journey: problem
    timed:
      ask: {after: 1 hour, window: "10:00-12:00", do: [{send: {channel: mail, to: contact, template: hello}}]}
  talk: {journey: solutions}
"""
    plugins = {"erp": plugin_code(CHANNEL.replace("{rest}", ""))}
    files = {"configs/funnels/sales.yaml": funnel}
    with open_with(tmp_path, also="channels: {mail: {via: erp}}\n", plugins=plugins, files=files) as workspace:
        fail(workspace, fault(workspace, retry_after=4 * 3600))
        write_to(workspace, "a")
        workspace.advance("23 hours")
        assert seen(workspace) == []
        workspace.advance("2 hours")
        assert (seen(workspace), listed(workspace)[0]["attempts"]) == ([1], 2)


TIMED = """\
funnel: sales
fields: [base]
stages:
  new:
    journey: problem
    timed:
      ask: {{{timed}, do: [{{send: {{channel: mail, to: contact, template: hello}}}}]}}
      tell: {{after: 1 day, do: [{{send: {{channel: mail, to: contact, template: hello}}}}]}}
  talk: {{journey: solutions}}
"""


def told(workspace: TestWorkspace, deal: int, kind: str) -> list[dict[str, Any]]:
    return [event for entry in workspace.query("why", deal=deal) for event in entry["events"] if event["kind"] == kind]


def test_a_message_that_its_hours_never_let_leave_is_given_up_and_frees_its_lane(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": TIMED.format(timed='after: 1 hour, window: "15:00-18:00"')}
    with opened(tmp_path, also='quiet_hours: "21:00-09:00"\n', files=files) as workspace:
        write_to(workspace, "far", zone="Asia/Vladivostok")
        workspace.advance("2 days")
        never, after = listed(workspace)
        assert (never["status"], after["status"]) == ("dead", "sent")
        assert never["told"]["en"].startswith("it can never leave: the quiet hours")
        assert any("it can never leave" in text for text in workspace.messages().values())  # the owner is told
        assert workspace.verify().sound


def test_a_message_before_something_never_leaves_after_it(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": TIMED.format(timed="before: 1 minute, from: due")}
    with opened(tmp_path, ', rate: "1 per minute"', files=files) as workspace:
        for name in ("a", "b"):
            workspace.execute("contact.create", fields={"name": name, "email": f"{name}@x.example"})
            workspace.execute(
                "deal.create", funnel="sales", fields={"contact": name, "owner": "anna", "due": "2026-03-03"}
            )
        workspace.advance_to("2026-03-03 09:00")
        (late,) = listed(workspace, status="cancelled")
        assert (late["attempts"], late["told"]["en"]) == (
            0,
            "by the time at which it may leave it would come too late",
        )
        (skipped,) = told(workspace, late["deal"], "effect.skipped")
        assert (skipped["effect"], skipped["template"]) == (late["effect"], "hello")
        assert told(workspace, late["deal"], "message.failed") == []
        assert workspace.work("outbox.retry", all=True)["effects"] == 0
        workspace.advance("1 day")
        assert len(listed(workspace, status="sent")) == 3  # one in time, and what came later of both deals
        assert workspace.verify().sound


def test_a_retry_or_a_pause_does_not_carry_a_message_beyond_what_it_comes_before(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": TIMED.format(timed="before: 1 minute, from: due")}
    with opened(tmp_path, files=files) as workspace:
        fail(workspace, fault(workspace, retry_after=3600, pauses=module_of(workspace).Pause.EFFECT))
        workspace.execute("contact.create", fields={"name": "a", "email": "a@x.example"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "a", "owner": "anna", "due": "2026-03-03"})
        workspace.advance_to("2026-03-03 09:00")
        assert [(each["status"], each["attempts"]) for each in listed(workspace)] == [("cancelled", 1), ("sent", 1)]


def test_many_messages_to_one_address_are_each_leased_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leased = 0

    def lease(work: UnitOfWork, **params: Any) -> list[Effect]:
        nonlocal leased
        found = lease_effects(work, **params)
        leased += len(found)
        return found

    lease_effects = UnitOfWork.lease_effects
    monkeypatch.setattr(UnitOfWork, "lease_effects", lease)
    monkeypatch.setattr("voronka.runtime.engine._FEW", 5)
    monkeypatch.setattr("voronka.runtime.engine._MANY", 5)
    rest = ", rates=(Rate(count=2, seconds=60, per_address=True),)"
    with opened(tmp_path, rest=rest) as workspace:
        workspace.execute("contact.create", fields={"name": "a", "email": "a@x.example"})
        for _ in range(30):
            workspace.execute("deal.create", funnel="sales", fields={"contact": "a", "owner": "anna"})
        workspace.settle()
        assert len(seen(workspace)) == 2
        workspace.advance("14 minutes")
        assert len(seen(workspace)) == 30
        assert leased <= 3 * 30


def test_the_list_says_what_each_message_waits_for_and_until_when(tmp_path: Path) -> None:
    with opened(tmp_path, also='quiet_hours: "08:00-12:00"\n', actions=f"{SEND}, {SEND}") as workspace:
        write_to(workspace, "a")
        first, second = listed(workspace)
        assert first["told"]["en"] == "it waits for the hours at which messages may leave"
        assert first["goes_on_at"] == first["next_at"] == workspace.clock.now() // 10**6 * 10**6 + 3 * 3600 * 10**6
        assert (second["told"]["en"], second["goes_on_at"]) == (f"waits behind {first['effect']}", None)
        workspace.work("effects.hold")
        assert [(each["told"]["en"], each["goes_on_at"]) for each in listed(workspace)] == [
            ("is held back until `voronka effects release`", None)
        ] * 2
        workspace.work("effects.release")
        workspace.advance("3 hours")
        assert [(each["told"], each["goes_on_at"]) for each in listed(workspace)] == [(None, None)] * 2


def test_where_no_order_is_kept_a_later_message_does_not_wait(tmp_path: Path) -> None:
    for order, sent in (("deal", []), ("none", [1])):
        with opened(tmp_path / order, f", order: {order}", actions=f"{SEND}, {SEND}") as workspace:
            fail(workspace, fault(workspace))
            write_to(workspace, "a")
            assert seen(workspace) == sent
            first, second = listed(workspace)
            assert second["behind"] == (first["effect"] if order == "deal" else None)


def test_a_message_is_given_up_after_as_many_attempts_as_its_channel_says(tmp_path: Path) -> None:
    with opened(tmp_path, ", attempts: 2", actions=f"{SEND}, {SEND}") as workspace:
        fail(workspace, fault(workspace), fault(workspace))
        write_to(workspace, "a")
        workspace.advance("1 minute")
        assert [(each["status"], each["attempts"]) for each in listed(workspace)] == [("dead", 2), ("sent", 1)]


@pytest.mark.parametrize("sent", [True, False])
def test_a_person_settles_what_nobody_knows(tmp_path: Path, sent: bool) -> None:
    with opened(tmp_path, ", at_most_once: true", actions=f"{SEND}, {SEND}") as workspace:
        fail(workspace, ConnectionResetError("lost"))
        write_to(workspace, "a")
        unknown, after = listed(workspace)
        assert (unknown["status"], after["status"]) == ("unknown", "sent")  # the lane is free
        assert workspace.query("status")["outbox"]["unknown"] == 1
        assert any("outbox resolve 1" in text for text in workspace.messages().values())
        workspace.advance("1 day")
        assert seen(workspace) == [1]
        with pytest.raises(UsageFault):
            workspace.work("outbox.resolve", deal=1, effect=after["effect"], sent=True)
        workspace.work("outbox.resolve", deal=1, effect=unknown["effect"], sent=sent, actor="anna")
        workspace.settle()
        assert len(seen(workspace)) == (1 if sent else 2)
        assert {each["status"] for each in listed(workspace)} == {"sent"}
        told = [
            (entry["actor"], event["kind"])
            for entry in workspace.query("why", deal=1)
            for event in entry["events"]
            if event.get("effect") == unknown["effect"]
        ]
        later = [("anna", "message.sent")] if sent else [("anna", "effect.retried"), ("outbox", "message.sent")]
        assert sorted(told) == sorted([("outbox", "effect.unknown"), *later])
        assert workspace.verify().sound


def test_dead_letters_are_sent_again_by_a_filter_under_their_keys(tmp_path: Path) -> None:
    people = "roles: {seller: {sees: own}}\npeople: {anna: {role: seller}, oleg: {role: seller}}\n"
    with opened(tmp_path, files={"configs/people/people.yaml": people}) as workspace:
        fail(workspace, *[fault(workspace, lasting=True) for _ in range(3)])
        write_to(workspace, "a")
        workspace.advance("1 hour")
        write_to(workspace, "b", "c")
        keys = {each["effect"] for each in listed(workspace, status="dead")}
        with pytest.raises(UsageFault):
            workspace.work("outbox.retry")
        with pytest.raises(Forbidden):
            workspace.work("outbox.retry", all=True, actor="oleg")
        assert workspace.work("outbox.retry", channel="notice")["effects"] == 0
        for ask in (partial(workspace.work, "outbox.retry"), partial(workspace.query, "outbox")):
            with pytest.raises(UsageFault, match="Did you mean mail"):
                ask(channel="mial")
        assert workspace.work("outbox.retry", channel="mail", since="2026-03-02 09:30")["effects"] == 2
        assert [each["deal"] for each in listed(workspace, status="dead")] == [1]
        assert workspace.work("outbox.retry", all=True)["effects"] == 1
        workspace.settle()
        assert {each["effect"] for each in listed(workspace, status="sent")} == keys
        kinds = [event["kind"] for entry in workspace.query("why", deal=1) for event in entry["events"]]
        assert kinds.count("effect.retried") == 1
        assert workspace.verify().sound


@pytest.mark.parametrize(
    "terms",
    [
        "rate: 30/s",
        "rate: 0 per second",
        "rate: 1000000000 per day",
        "rate: [1 per week]",
        "attempts: 0",
        "order: any",
        "at_most_once: maybe",
    ],
)
def test_terms_that_are_none_are_refused(tmp_path: Path, terms: str) -> None:
    plugins = {"erp": plugin_code(CHANNEL.replace("{rest}", ""))}
    found = findings(tmp_path, also=f"channels:\n  mail:\n    via: erp\n    {terms}\n", plugins=plugins)
    assert [(file, line) for _, file, line in codes(found)] == [("voronka.yaml", 7)]


def test_a_rate_may_be_as_large_as_a_channel_is(tmp_path: Path) -> None:
    plugins = {"erp": plugin_code(CHANNEL.replace("{rest}", ""))}
    rates = '["50000 per day", 999999999 per hour]'
    assert codes(findings(tmp_path, also=f"channels: {{mail: {{via: erp, rate: {rates}}}}}\n", plugins=plugins)) == []
