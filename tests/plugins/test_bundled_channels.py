"""The bundled plugins in a workspace: from a stage's actions over the outbox to real servers, and back."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.integration.sales_workspace import FILES
from tests.plugins.local_http import LocalServer, status
from tests.plugins.local_smtp import Mailbox, mail_server
from voronka.config import Severity, read_workspace
from voronka.testing import TestWorkspace, write_files

SECRET = "whsec_" + b64encode(b"a" * 32).decode()
TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
ROOT = """\
workspace: acme
title: Acme
locale: en
timezone: Europe/Moscow
currency: RUB
calendar: office
allowed_hosts: [127.0.0.1]
channels:
  email: {{via: smtp, from_name: Acme}}
  chat: {{via: telegram, silent: true}}
plugins:
  smtp: {{host: 127.0.0.1, port: {smtp}, security: none, from: sales@acme.example}}
  telegram: {{token: "${{env:TELEGRAM_TOKEN}}", url: "{url}/telegram"}}
  webhook: {{endpoints: {{crm: {{url: "{url}/crm", secret: "${{file:crm.secret}}"}}}}}}
"""
FIELDS = FILES["configs/fields/base.yaml"] + "  telegram: {of: contacts, type: text, pii: true}\n"
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer:
    enter:
      do:
        - send: {channel: email, to: contact, template: hello}
        - send: {channel: chat, to: contact, template: hello}
        - webhook: {to: crm, type: deal.offered, data: {amount: = amount, client: = contact.name, by: voronka}}
"""
HELLO = """\
---
subject: Offer for {{ contact.name }}
---
Dear **{{ contact.name }}**,
the offer is {{ amount }}.
"""
SENT = status(200, {}, json.dumps({"ok": True, "result": {}}).encode())


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def acme(tmp_path: Path, box: Mailbox, server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestWorkspace]:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    with mail_server(box) as port:
        changed = {
            "voronka.yaml": ROOT.format(smtp=port, url=server.url),
            "configs/fields/base.yaml": FIELDS,
            "configs/funnels/sales.yaml": FUNNEL,
            "configs/templates/hello.en.md": HELLO,
            "crm.secret": SECRET + "\n",
        }
        write_files(tmp_path, {**FILES, **changed})
        with TestWorkspace(tmp_path, start="2026-03-02 09:00", zone="Europe/Moscow") as workspace:
            fields = {"name": "Ivan <b>*x*</b>", "email": "ivan@acme.example", "telegram": "77"}
            contact = workspace.execute("contact.create", fields=fields)
            assert contact
            given = {"contact": fields["name"], "owner": "anna", "amount": "1200"}
            workspace.execute("deal.create", funnel="sales", fields=given)
            yield workspace


def offer(acme: TestWorkspace) -> dict[str, tuple[str, str]]:
    acme.execute("deal.move", deal=1, to="offer")
    acme.advance("1 minute")
    return outbox(acme)


def outbox(acme: TestWorkspace) -> dict[str, tuple[str, str]]:
    return {effect["channel"]: (effect["status"], effect["reason"]) for effect in acme.query("outbox")}


def test_one_move_reaches_the_mailbox_the_chat_and_the_other_system(acme, box, server):
    server.answers.extend([SENT, SENT])

    assert {status for status, _ in offer(acme).values()} == {"sent"}

    (letter,) = box.letters
    text, page = letter.iter_parts()
    assert "Dear **Ivan <b>*x*</b>**,\r\nthe offer is" in text.get_content()
    assert "<strong>Ivan &lt;b&gt;*x*&lt;/b&gt;</strong>,<br />" in page.get_content()
    assert str(letter["Subject"]) == "Offer for Ivan <b>*x*</b>"
    received = {each.path.partition("/")[2].partition("/")[0]: each for each in server.received}
    assert json.loads(received["telegram"].body)["chat_id"] == "77"
    hook = received["crm"]
    assert hook.headers["webhook-signature"] == Webhook(SECRET).sign(
        hook.headers["webhook-id"], datetime(2026, 3, 2, 6, tzinfo=UTC), hook.body.decode()
    )
    said = json.loads(hook.body)
    assert (said["type"], said["deal"]["number"]) == ("deal.offered", 1)
    assert said["data"] == {"amount": "1200.00", "client": "Ivan <b>*x*</b>", "by": "voronka"}
    assert acme.verify().damages == ()


def test_a_refusal_that_lasts_is_told_and_one_that_passes_is_tried_again(acme, box, server):
    box.answers["RCPT"].append("550 5.1.1 unknown")
    for _ in range(2):
        server.answers.append(status(429, {"Retry-After": "600"}))

    ways = offer(acme)

    assert ways["email"] == ("dead", "the mail server refuses the recipient (550)")
    assert ways["chat"] == ("pending", "Telegram wants a pause")
    server.answers.extend([SENT, SENT])
    acme.advance("8 minutes")
    assert outbox(acme)["chat"][0] == "pending"
    acme.advance("1 minute")
    assert outbox(acme)["chat"][0] == "sent"
    assert "was given up: the mail server refuses the recipient" in "".join(acme.messages().values())


def test_secrets_are_told_by_nothing_the_workspace_keeps(acme, box, server):
    server.answers.extend([SENT, SENT])
    offer(acme)

    kept = b"".join(path.read_bytes() for path in (acme.root / ".voronka").rglob("*") if path.is_file())
    assert TOKEN.encode() not in kept
    assert SECRET.encode() not in kept


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("${env:TELEGRAM_TOKEN}", TOKEN), "V3409"),
        (("${file:crm.secret}", SECRET), "V3409"),
        (("via: smtp,", "via: smpt,"), "V3124"),
        (("silent: true", "silent: loud"), "V2009"),
        (("host: 127.0.0.1, ", ""), "V2004"),
        (("security: none", "security: ssl"), "V2005"),
        (("from_name", "form_name"), "V2002"),
    ],
)
def test_slips_in_the_settings_are_found_by_check(change, code):
    root = ROOT.format(smtp=25, url="https://crm.example")
    assert change[0] in root
    files = {name: text.encode() for name, text in {**FILES, "voronka.yaml": root.replace(*change)}.items()}

    findings = read_workspace(files).findings

    assert [each.code for each in findings if each.severity is Severity.ERROR] == [code]
