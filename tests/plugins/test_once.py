"""What is to go at most once: what may have left when an attempt was broken off is unknown, and not repeated."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

from tests.integration.sales_workspace import ZONE, with_changes
from tests.plugins import local_http
from tests.plugins.local_http import Answer, LocalServer, status
from tests.plugins.local_smtp import Mailbox, mail_server
from tests.plugins.plugin_workspace import open_with, plugin_code
from tests.plugins.services import AT, PlainServices, message
from tests.plugins.test_actions import module_of
from voronka.api import Channel, ChannelType, DeliveryError, HttpClient, Label, Message
from voronka.runtime.clock import SystemClock
from voronka.runtime.outbox import LEASE
from voronka.runtime.plugin_process.pool import Pool
from voronka.runtime.plugin_process.stand_ins import stand_in
from voronka.runtime.secrets import Secrets
from voronka.runtime.services import PluginServices
from voronka.testing import TestWorkspace, write_files
from voronka_smtp.channel import SmtpChannel
from voronka_telegram.bot import Bot, TelegramChannel
from voronka_webhook.delivery import WebhookChannel

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "whsec_" + b64encode(b"a" * 32).decode()
SENT = status(200, {}, b'{"ok": true, "result": {}}')


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


def telegram(server: LocalServer) -> Channel:
    return TelegramChannel(Bot(PlainServices({"token": TOKEN, "url": server.url})), silent=False)


def webhook(server: LocalServer) -> Channel:
    return WebhookChannel("crm", PlainServices({"endpoints": {"crm": {"url": server.url, "secret": SECRET}}}))


def test_a_letter_that_the_server_had_and_did_not_answer_to_is_unknown_and_goes_once() -> None:
    box = Mailbox()
    with mail_server(box) as port:
        channel = SmtpChannel({"host": "127.0.0.1", "port": port, "security": "none", "from": "sales@acme.example"})
        channel.send(message())
        box.answers["DATA"].append("drop")
        with pytest.raises(DeliveryError, match="broken the connection off") as failed:
            channel.send(message())
        assert (failed.value.unknown, len(box.letters)) == (True, 2)
        box.answers["MAIL"].append("drop")
        with pytest.raises(DeliveryError) as failed:
            channel.send(message())
        assert (failed.value.unknown, len(box.letters)) == (False, 2)


@pytest.mark.parametrize("answer", [local_http.reset, local_http.nonsense, local_http.silent, local_http.slow])
def test_a_request_that_has_no_whole_answer_is_unknown_and_goes_once(server: LocalServer, answer: Answer) -> None:
    client = HttpClient(frozenset({"127.0.0.1"}))
    client.post(server.url, b"first", {}, seconds=5)
    server.answers.append(answer)
    with pytest.raises(DeliveryError) as failed:
        client.post(server.url, b"second", {}, seconds=0.2, once=True)
    client.close()
    assert failed.value.unknown
    assert [each.body for each in server.received] == [b"first", b"second"]


def test_what_reaches_nobody_is_known_not_to_have_left() -> None:
    with LocalServer() as gone:
        pass
    with pytest.raises(DeliveryError) as failed:
        HttpClient(frozenset({"127.0.0.1"})).post(gone.url, b"", {}, seconds=5, once=True)
    assert not failed.value.unknown


@pytest.mark.parametrize("make", [telegram, webhook])
@pytest.mark.parametrize(("code", "unknown"), [(400, False), (429, False), (500, True), (502, True), (503, False)])
def test_a_server_that_fails_may_have_taken_it(
    server: LocalServer, make: Callable[[LocalServer], Channel], code: int, unknown: bool
) -> None:
    server.answers.append(status(code))
    with pytest.raises(DeliveryError) as failed:
        make(server).send(message(address="7"))
    assert failed.value.unknown == unknown


@pytest.mark.parametrize("make", [telegram, webhook])
def test_a_kept_connection_that_breaks_is_not_replaced(
    server: LocalServer, make: Callable[[LocalServer], Channel]
) -> None:
    channel = make(server)
    server.answers.extend([SENT, local_http.reset, SENT])
    channel.send(message(address="7", once=True))
    with pytest.raises(DeliveryError) as failed:
        channel.send(message(key="00ff-8", address="7", once=True))
    assert (failed.value.unknown, len(server.received)) == (True, 2)


@pytest.mark.parametrize("once", [True, False])
def test_a_message_of_which_a_part_has_left_may_not_begin_anew(server: LocalServer, once: bool) -> None:
    server.answers.extend([SENT, status(429)])
    with pytest.raises(DeliveryError) as failed:
        telegram(server).send(message(address="7", body="слово " * 1_000, once=once))
    assert failed.value.unknown == once


CHANNEL = """
class Seen:
    def send(self, message):
        SEEN.append(message.once)

    def close(self):
        pass

@hookimpl
def voronka_channels():
    yield ChannelType(name="erp", label=LABEL, open=lambda settings, services: Seen())
"""


@pytest.mark.parametrize("once", [True, False])
def test_a_channel_is_told_what_may_go_only_once(tmp_path: Path, once: bool) -> None:
    with open_with(
        tmp_path,
        actions="{send: {channel: mail, to: owner, template: hello}}",
        also=f"channels: {{mail: {{via: erp, at_most_once: {str(once).lower()}}}}}\n",
        plugins={"erp": plugin_code(CHANNEL)},
    ) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        workspace.settle()
        assert [once] == module_of(workspace).SEEN


WAITS = """\
funnel: sales
fields: [base]
stages:
  new: {enter: {do: [{send: {channel: email, to: contact, template: hello}}]}}
  offer: {}
"""


@pytest.mark.parametrize("until", ["2026-03-02 20:59:50", "2026-03-02 15:00"], ids=["quiet hours", "at once"])
def test_what_was_broken_off_does_not_leave_after_it_has_waited_for_the_end_of_quiet_hours(
    tmp_path: Path, until: str
) -> None:
    files = with_changes(funnel=WAITS)
    once = files["voronka.yaml"].replace("{email: {via: file}}", "{email: {via: file, at_most_once: true}}")
    write_files(tmp_path, files | {"voronka.yaml": f'{once}quiet_hours: "21:00-09:00"\n'})
    with TestWorkspace(tmp_path, start=until, zone=ZONE) as sales:
        sales.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.com"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan"})
        now = sales.clock.now()
        sales.client.engine.write(lambda work: work.lease_effects(now=now, limit=1, until=now + LEASE))  # and dies
        sales.advance("1 minute")
        sales.advance("1 day")
        assert [each["status"] for each in sales.query("outbox") if each["channel"] == "email"] == ["unknown"]
        assert not any("ivan@example.com" in text for text in sales.messages().values())


PAY = """
import pathlib

def pay(call):
    pathlib.Path(LOG).open("a").write(call.key)

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.pay", label=LABEL, run=pay, at_most_once=True, arguments={"type": "object"})
"""


def test_what_was_broken_off_is_not_done_again_once_a_broken_plugin_is_mended(tmp_path: Path) -> None:
    log = tmp_path / "paid"
    code = plugin_code(PAY.replace("LOG", repr(str(log))))
    with open_with(tmp_path, actions="{erp.pay: {}}", plugins={"erp": code}) as workspace:
        plugin = tmp_path / "plugins" / "erp.py"
        sound = plugin.read_text(encoding="utf-8")
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        now = workspace.clock.now()
        workspace.client.engine.write(lambda work: work.lease_effects(now=now, limit=1, until=now + LEASE))  # and dies
        plugin.write_text(f"import nothing_there\n{sound}", encoding="utf-8")
        workspace.reopen()
        workspace.advance("5 minutes")
        assert [each["status"] for each in workspace.query("outbox") if each["channel"] != "notice"] == ["pending"]
        plugin.write_text(sound, encoding="utf-8")
        workspace.reopen()
        workspace.advance("5 minutes")
        assert [each["status"] for each in workspace.query("outbox") if each["channel"] != "notice"] == ["unknown"]
        assert not log.exists()


def test_all_of_a_message_goes_to_the_process_of_a_plugin(tmp_path: Path) -> None:
    class Line:
        said: Mapping[str, Any] = {}

        def call(self, request: Mapping[str, Any], seconds: float) -> None:
            self.said = request["message"]

    line = Line()
    kind = ChannelType(name="erp", label=Label.plain("It"), open=print)
    away = stand_in(kind, cast(Pool, line), 1.0)
    services = PluginServices(
        "erp", settings={}, secrets=Secrets(tmp_path), folder=tmp_path, allowed_hosts=frozenset(), clock=SystemClock()
    )
    cast(ChannelType, away).open({}, services).send(message(once=True))
    assert Message(**{**line.said, "at": AT}) == message(once=True)
    assert line.said.keys() == {each.name for each in fields(Message)}
