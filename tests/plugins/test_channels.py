"""Channels of plugins: settings and secrets, addresses, what they raise."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.plugins.plugin_workspace import codes, findings, open_with, plugin_code
from tests.plugins.test_actions import module_of
from voronka.process.state import Stream, StreamKind

CHANNEL = """
class Mail:
    def __init__(self, settings, services):
        SEEN.append((settings, dict(services.settings)))

    def send(self, message):
        {send}

    def close(self):
        SEEN.append("closed")

@hookimpl
def voronka_channels():
    yield ChannelType(name="erp", label=LABEL, open=Mail, address={address}, time_limit={limit}, settings={{
        "type": "object",
        "required": ["relay"],
        "additionalProperties": False,
        "properties": {{
            "relay": {{"type": "string"}},
            "port": {{"type": "integer", "default": 25}},
            "token": {{"type": "string", "x-secret": True}},
        }},
    }})
"""
SETTINGS = (
    '{"type": "object", "additionalProperties": False, "properties": {"host": {"type": "string", "default": "local"},'
    ' "password": {"type": "string", "x-secret": True}, "retries": {"type": "integer"}}}'
)
SEND = "{send: {channel: mail, to: contact, template: hello}}, {send: {channel: mail, to: anna, template: hello}}"
MAIL = "channels: {mail: {via: erp, relay: mx}}\n"


def erp(send: str = "SEEN.append(message)", *, address: str = '"email"', limit: float = 5.0) -> dict[str, str]:
    return {"erp": plugin_code(CHANNEL.format(send=send, address=address, limit=limit), settings=SETTINGS)}


def test_a_message_goes_to_the_address_that_the_channel_names(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=SEND, also=MAIL, plugins=erp()) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "i@x.example", "phone": "+79161234567"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.settle()
        seen = module_of(workspace).SEEN
        assert seen[0] == ({"relay": "mx", "port": 25}, {"host": "local"})
        assert [(each.name, each.address, each.subject) for each in seen[1:]] == [
            ("Ivan", "i@x.example", "Deal 1"),
            ("anna", "anna@acme.example", "Deal 1"),
        ]
    assert seen[-1] == "closed"


def test_a_whole_number_is_an_address_without_blanks(tmp_path: Path) -> None:
    also = MAIL.replace("relay: mx", "relay: mx, address: chat")
    files = {"configs/fields/chat.yaml": "set: chat\nfields: {chat: {of: contacts, type: integer}}\n"}
    with open_with(tmp_path, actions=SEND.partition(", {send")[0], also=also, plugins=erp(), files=files) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "chat": "-1001234567890"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.settle()
        assert module_of(workspace).SEEN[1].address == "-1001234567890"


def test_the_workspace_may_name_another_address(tmp_path: Path) -> None:
    also = MAIL.replace("relay: mx", "relay: mx, address: phone")
    with open_with(tmp_path, actions=SEND.partition(", {send")[0], also=also, plugins=erp()) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "phone": "+79161234567"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.settle()
        assert module_of(workspace).SEEN[1].address == "+79161234567"


@pytest.mark.parametrize(
    ("to", "told"), [("contact", "contact.email is empty"), ("oleg", "oleg has no email")], ids=["contact", "user"]
)
def test_a_missing_address_is_a_lasting_fault_that_names_the_field(tmp_path: Path, to: str, told: str) -> None:
    actions = f"{{send: {{channel: mail, to: {to}, template: hello}}}}"
    with open_with(tmp_path, actions=actions, also=MAIL, plugins=erp()) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.settle()
        effect = next(each for each in workspace.query("outbox") if each["channel"] == "mail")
        assert (effect["status"], effect["reason"]) == ("dead", f"no address: {told}")


SECRET = "channels: {mail: {via: erp, relay: mx, token: '${env:VORONKA_TEST_TOKEN}'}}\n"


def test_a_secret_is_resolved_when_the_channel_is_opened_and_stands_nowhere(
    tmp_path: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("VORONKA_TEST_TOKEN", "s3cret-token")
    (tmp_path / "password").write_text("pa55word\n")
    also = SECRET + "plugins: {erp: {password: '${file:password}'}}\n"
    send = 'SEEN.append(message); raise RuntimeError("refused " + SEEN[0][0]["token"] + SEEN[0][1]["password"])'
    with open_with(tmp_path, actions=SEND.partition(", {send")[0], also=also, plugins=erp(send)) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "i@x.example"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.settle()
        settings, plugin = module_of(workspace).SEEN[0]
        assert (settings["token"], plugin["password"]) == ("s3cret-token", "pa55word")
        effect = workspace.query("outbox")[0]
        assert effect["reason"] == "RuntimeError: refused ••••••"
        workspace.services("erp").log.warning("logged in with %s", "s3cret-token")
    assert "s3cret" not in caplog.text
    assert "pa55word" not in caplog.text
    everything = b"".join(path.read_bytes() for path in (tmp_path / ".voronka").rglob("*") if path.is_file())
    assert b"s3cret" not in everything
    assert b"pa55word" not in everything


@pytest.mark.parametrize("raised", ["ValueError(told)", "DeliveryError(told, lasting=True)"])
def test_what_a_channel_says_is_kept_without_what_is_personal(tmp_path: Path, raised: str) -> None:
    said = "{message.address} of {message.name} bounced: {message.body!r} and {message.body[-10:]!r}"
    send = f"told = f'{said}'; raise {raised}"
    files = {
        "configs/templates/hello.en.md": "---\nsubject: Offer\n---\nDear {{ contact.name }},\nyou are {{ passport }}"
    }
    with open_with(
        tmp_path, actions=SEND.partition(", {send")[0], also=MAIL, plugins=erp(send), files=files
    ) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "i@x.example"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "passport": "4510 12"})
        workspace.advance("3 days")
        (effect,) = (each for each in workspace.query("outbox") if each["channel"] == "mail")
        assert effect["status"] == "dead"
        assert effect["reason"].endswith("… of … bounced: '…' and 're …'")
        with workspace.client.engine.read() as reader:
            (deal,) = reader.list_deals()
            told = str([entry.events for entry in reader.history(Stream(StreamKind.DEAL, deal.id))])
        assert "bounced" in told
        assert not [each for each in ("i@x.example", "Ivan", "4510") if each in told]


def test_a_secret_that_is_not_there_closes_the_channel_and_counts_no_attempt(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("VORONKA_TEST_TOKEN", raising=False)
    with open_with(tmp_path, actions=SEND.partition(", {send")[0], also=SECRET, plugins=erp()) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "i@x.example"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        workspace.settle()
        effect = workspace.query("outbox")[0]
        assert (effect["status"], effect["attempts"]) == ("pending", 0)
        assert "VORONKA_TEST_TOKEN is not set" in effect["reason"]
        monkeypatch.setenv("VORONKA_TEST_TOKEN", "now it is")
        workspace.advance("1 hour")
        assert workspace.query("outbox")[0]["status"] == "sent"


def test_a_release_closes_a_channel_when_what_it_hands_over_is_out(tmp_path: Path) -> None:
    send = 'SEEN.append("begins"); GATE[0].set(); GATE[1].wait(20); SEEN.append("ends")'
    code = {"erp": erp(send, limit=10.0)["erp"] + "\nimport threading\nGATE = (threading.Event(), threading.Event())\n"}
    with open_with(tmp_path, actions=SEND.partition(", {send")[0], also=MAIL, plugins=code) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "i@x.example"})
        workspace.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        begun, go_on = module_of(workspace).GATE
        courier = threading.Thread(target=workspace.client.engine.deliver)
        courier.start()
        assert begun.wait(20)
        funnel = workspace.root / "configs/funnels/sales.yaml"
        funnel.write_text(funnel.read_text() + "label: Other\n")
        workspace.work("reload")
        go_on.set()
        courier.join()
        assert module_of(workspace).SEEN[1:] == ["begins", "ends", "closed"]


def test_a_hanging_channel_delays_no_other(tmp_path: Path) -> None:
    plugins = erp("NEVER.wait()", limit=0.02)
    plugins["erp"] += "\nimport threading\nNEVER = threading.Event()\n"
    actions = "{send: {channel: mail, to: anna, template: hello}}, {notify: {to: anna, template: hello}}"
    with open_with(tmp_path, actions=actions, also=MAIL, plugins=plugins) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.settle()
        effects = {effect["channel"]: effect for effect in workspace.query("outbox")}
        assert effects["notice"]["status"] == "sent"
        assert "does not answer" in effects["mail"]["reason"]
        module_of(workspace).NEVER.set()


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ("channels: {mail: {via: erq, relay: mx}}\n", ["V3124"]),
        ("channels: {mail: {via: erp}}\n", ["V2004"]),
        ("channels: {mail: {via: erp, relay: mx, color: red}}\n", ["V2002"]),
        ("channels: {mail: {via: erp, relay: mx, port: many}}\n", ["V2007"]),
        ("channels: {mail: {via: erp, relay: mx, token: hunter2}}\n", ["V3409"]),
        ("channels: {mail: {via: erp, relay: 'mx-${enw:X}'}}\n", ["V3410"]),
        ("channels: {mail: {via: file, relay: mx}}\n", ["V2002"]),
        ("plugins: {erp: {password: hunter2}}\n", ["V3409"]),
        ("plugins: {erp: {color: red}}\n", ["V2002"]),
        ("plugins: {erp: {retries: few}}\n", ["V2007"]),
        ("plugins: {nowhere: {}}\n", ["V3124"]),
        ("plugins: {erp: {password: '${env:X}'}}\nallowed_hosts: [crm.local, 10.0.0.1]\n", []),
        ("allowed_hosts: ['http://crm/']\n", ["V2006"]),
    ],
)
def test_settings_are_checked_by_the_schemas_of_plugins(tmp_path: Path, also: str, expected: list[str]) -> None:
    assert [code for code, _, _ in codes(findings(tmp_path, also=also, plugins=erp()))] == expected


def test_a_mistyped_type_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, also="channels: {mail: {via: erq, relay: mx}}\n", plugins=erp())
    assert finding.suggestion == "erp"


def test_settings_that_a_used_plugin_needs_are_asked_for(tmp_path: Path) -> None:
    settings = '{"type": "object", "required": ["host"], "properties": {"host": {"type": "string"}}}'
    code = CHANNEL.format(send="pass", address="None", limit=5.0)
    found = findings(tmp_path, also=MAIL, plugins={"erp": plugin_code(code, settings=settings)})
    assert [(each.code, "host" in str(each.reason)) for each in found] == [("V3127", True)]
