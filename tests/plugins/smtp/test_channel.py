"""Messages by the plugin `smtp`, to a real mail server: what arrives, and what each refusal means."""

import socket
import ssl
from collections.abc import Iterator
from email.message import MIMEPart
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.plugins.local_smtp import Mailbox, mail_server, speaking_server
from tests.plugins.services import message
from voronka.api import DeliveryError
from voronka_smtp import channel as module
from voronka_smtp.channel import SmtpChannel, health
from voronka_smtp.mail import address, email_of


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Mailbox, int]]:
    """One server for many tests: to start and to end one takes longer than most of them."""
    box = Mailbox()
    with mail_server(box, enable_SMTPUTF8=True) as port:
        yield box, port


@pytest.fixture
def box(served: tuple[Mailbox, int]) -> Mailbox:
    served[0].empty()
    return served[0]


@pytest.fixture
def port(served: tuple[Mailbox, int]) -> int:
    return served[1]


def settings(port: int, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "security": "none", "from": "sales@acme.example", **more}


@pytest.fixture
def mail(port: int) -> Iterator[SmtpChannel]:
    channel = SmtpChannel(settings(port, from_name="Акме", reply_to="answers@acme.example"))
    yield channel
    channel.close()


def words(part: MIMEPart) -> str:
    return part.get_content().replace("\r\n", "\n")


def test_a_letter_has_its_headers_and_both_forms(box, mail):
    mail.send(
        message(name="Иван Ёлкин", subject="Предложение 12", body="Иван,\nвот оно.\n", html="<p>Иван, <b>вот</b></p>\n")
    )

    (letter,) = box.letters
    assert {name: str(letter[name]) for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")} == {
        "From": "Акме <sales@acme.example>",
        "To": "Иван Ёлкин <ivan@acme.example>",
        "Reply-To": "answers@acme.example",
        "Subject": "Предложение 12",
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID": "<00ff-7@acme.example>",
    }
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "multipart/alternative"
    text, page = letter.iter_parts()
    assert (text.get_content_type(), words(text)) == ("text/plain", "Иван,\nвот оно.\n")
    assert page.get_content_type() == "text/html"
    assert "<p>Иван, <b>вот</b></p>" in page.get_content()
    assert '<html lang="en">' in page.get_content()
    assert box.envelopes[0].rcpt_tos == ["ivan@acme.example"]
    assert bytes(box.envelopes[0].original_content).isascii()


def test_no_value_adds_a_part_of_its_own(box, mail):
    page = "<p>Hello</p>"
    foreseen = ("=00ff-7=", email_of(message(html=page), settings(25)).get_boundary())
    forged = "".join(f"--{each}\nContent-Type: text/html\n\n<b>Forged</b>\n" for each in foreseen)
    mail.send(message(body=f"Hello\n{forged}", html=page))

    (letter,) = box.letters
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    assert "Forged" not in letter.get_body(("html",)).get_content()


def test_a_letter_without_html_is_plain(box, mail):
    mail.send(message(name=""))

    assert (box.letters[0].get_content_type(), str(box.letters[0]["To"])) == ("text/plain", "ivan@acme.example")
    assert words(box.letters[0]) == "Dear Ivan,\nthe offer is ready.\n"


def test_a_repeat_is_the_same_letter(box, mail):
    for _ in range(2):
        mail.send(message(html="<p>x</p>", subject="Ё" * 200, body="Слово " * 500 + "\n.\n..\nFrom x\n"))

    first, second = box.envelopes
    assert first.original_content == second.original_content
    assert str(box.letters[0]["Subject"]) == "Ё" * 200
    assert words(next(box.letters[0].iter_parts())).endswith("\n.\n..\nFrom x\n")


def test_one_connection_is_kept_for_many_letters_and_opened_anew_when_it_is_gone(box, mail):
    for _ in range(3):
        mail.send(message())
    assert len(set(box.peers)) == 1
    box.answers["MAIL"].append("drop")
    mail.send(message())
    mail.close()
    mail.send(message())
    assert len(box.letters) == 5
    assert len(set(box.peers)) == 3


def test_a_connection_that_was_silent_for_long_is_opened_anew(box, mail, monkeypatch):
    monkeypatch.setattr(module, "_IDLE", 0.0)
    for _ in range(2):
        mail.send(message())

    assert len(set(box.peers)) == 2


def test_a_server_that_breaks_off_at_once_is_tried_again_later(box, mail):
    box.answers["MAIL"].append("drop")
    with pytest.raises(DeliveryError, match="broken the connection off") as failed:
        mail.send(message())
    assert not failed.value.lasting
    mail.send(message())


REFUSALS = {
    "MAIL 451": ("MAIL", "451 4.7.1 later", (False, True)),
    "MAIL 421": ("MAIL", "421 4.3.2 closing", (False, False)),
    "MAIL 530": ("MAIL", "530 5.7.0 log in first", (False, False)),
    "MAIL 550": ("MAIL", "550 5.7.1 not your address", (False, False)),
    "MAIL 552": ("MAIL", "552 5.3.4 too big", (True, True)),
    "RCPT 421": ("RCPT", "421 4.3.2 closing", (False, False)),
    "RCPT 450": ("RCPT", "450 4.2.0 greylisted", (False, True)),
    "RCPT 452": ("RCPT", "452 4.2.2 mailbox full", (False, True)),
    "RCPT 530": ("RCPT", "530 5.7.0 log in first", (False, False)),
    "RCPT 550": ("RCPT", "550 5.1.1 ivan@acme.example unknown", (True, True)),
    "RCPT 553": ("RCPT", "553 5.1.3 bad", (True, True)),
    "DATA 451": ("DATA", "451 4.3.0 later", (False, True)),
    "DATA 552": ("DATA", "552 5.2.2 over quota", (True, True)),
    "DATA 554": ("DATA", "554 5.7.1 spam from ivan@acme.example", (True, True)),
}


@pytest.mark.parametrize(("command", "answer", "meaning"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_whether_to_try_again_and_the_next_letter_goes(box, mail, command, answer, meaning):
    box.answers[command].append(answer)

    with pytest.raises(DeliveryError, match=answer[:3]) as failed:
        mail.send(message())
    assert (failed.value.lasting, failed.value.counts) == meaning
    assert "ivan" not in str(failed.value.reason)
    mail.send(message())
    assert len(box.letters) == 1


INJECTED = {
    "subject": {"subject": "Offer\r\nBcc: all@acme.example"},
    "subject with a feed": {"subject": "Offer\nBcc: all@acme.example"},
    "subject with a separator": {"subject": "Offer\u2028Bcc: all@acme.example"},
    "subject with NUL": {"subject": "Offer\0"},
    "name": {"name": "Ivan\r\nBcc: all@acme.example"},
    "name with a return": {"name": "Ivan\rBcc: all@acme.example"},
    "address": {"address": "ivan@acme.example\r\nRCPT TO:<all@acme.example>"},
    "address at its end": {"address": "ivan@acme.example\n"},
}


@pytest.mark.parametrize("changed", INJECTED.values(), ids=INJECTED)
def test_nothing_writes_headers_of_its_own(box, mail, changed):
    with pytest.raises(DeliveryError, match="line break or a control character") as failed:
        mail.send(message(**changed))
    assert failed.value.lasting
    assert box.letters == []


@pytest.mark.parametrize(
    "name",
    [
        'Ivan" <all@acme.example>, "x',
        "Ivan, Petr",
        "Ivan <x@y.example>",
        "=?utf-8?q?x?=",
        "a" * 500,
        "a, all@acme.example " * 5,
        "Ё" * 300,
        "Ivan\\",
        "@",
    ],
)
def test_a_name_is_only_a_name(box, mail, name):
    mail.send(message(name=name))

    (recipient,) = box.letters[0]["To"].addresses
    assert recipient.addr_spec == "ivan@acme.example"
    assert box.envelopes[0].rcpt_tos == ["ivan@acme.example"]


@pytest.mark.parametrize(
    "written",
    ["", "ivan", "@acme.example", "ivan@", "ivan@@acme.example", "a b@acme.example", "ivan@acme..example",
     "a,b@acme.example", "a@b.example,c@d.example", "<ivan@acme.example>", '"i v"@acme.example', "ivan@[127.0.0.1]",
     ".ivan@acme.example", "ivan.@acme.example", "i..n@acme.example", "ivan@acme.example>", "a" * 65 + "@acme.example",
     "ivan@" + "a" * 64 + ".example", "ivan@" + "a." * 130 + "example", "%s@acme_x.example", "ivan@-a.example",
     "=?utf-8?q?a=0D=0AX=3A_1?=@acme.example", "a=?x?q?y?=@acme.example"],
)  # fmt: skip
def test_what_is_no_address_is_not_written_to(box, mail, written):
    with pytest.raises(DeliveryError, match="no e-mail address") as failed:
        mail.send(message(address=written))
    assert failed.value.lasting
    assert box.letters == []


def test_domains_beyond_ascii_are_written_in_ascii(box, mail):
    mail.send(message(address="ivan@почта.рф"))

    assert box.envelopes[0].rcpt_tos == ["ivan@xn--80a1acny.xn--p1ai"]
    assert address(" Ivan+tag@ACME.example ").addr_spec == "Ivan+tag@ACME.example"


def test_names_of_mailboxes_beyond_ascii_need_a_server_that_takes_them(box, mail):
    mail.send(message(address="иван@почта.рф"))
    assert box.envelopes[0].rcpt_tos == ["иван@xn--80a1acny.xn--p1ai"]

    with mail_server(box, enable_SMTPUTF8=False) as port:
        old = SmtpChannel(settings(port))
        with pytest.raises(DeliveryError, match="beyond ASCII") as failed:
            old.send(message(address="иван@почта.рф"))
        assert failed.value.lasting
        old.send(message())
        old.close()


@pytest.mark.parametrize("sender", [{"from": "sales"}, {"from": "a@b.example\r\nBcc: x@y.example"}, {"reply_to": "x"}])
def test_a_sender_that_is_none_is_a_matter_of_the_settings(port, sender):
    with pytest.raises(DeliveryError, match="the sender in the settings") as failed:
        SmtpChannel(settings(port, **sender)).send(message())
    assert not failed.value.counts


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_connection_is_encrypted_and_the_name_is_checked(box, certificate, security):
    with mail_server(box, tls=certificate, at_once=security == "tls") as port:
        given = settings(port, security=security)
        sound = SmtpChannel({**given, "host": "localhost"})
        sound.send(message())
        sound.close()
        with pytest.raises(DeliveryError, match="cannot be reached") as failed:
            SmtpChannel(given).send(message())
    assert box.secure == [True]
    assert not failed.value.counts


def test_a_server_without_starttls_gets_no_letter(box, port):
    with pytest.raises(DeliveryError, match="no STARTTLS") as failed:
        SmtpChannel(settings(port, security="starttls")).send(message())
    assert (failed.value.counts, box.letters) == (False, [])


@pytest.mark.parametrize(("password", "in_"), [("secret", True), ("wrong", False), ("ы" * 9, False)])
def test_who_logs_in_may_send(box, certificate, password, in_):
    with mail_server(box, tls=certificate, auth_required=True) as port:
        given = settings(port, security="starttls", host="localhost", user="sales", password=password)
        told = health(given)
        if in_:
            channel = SmtpChannel(given)
            channel.send(message())
            channel.close()
            assert len(box.letters) == 1
        else:
            with pytest.raises(DeliveryError) as failed:
                SmtpChannel(given).send(message())
            assert (failed.value.counts, box.letters) == (False, [])
            assert password not in str(failed.value.reason)
        assert told.ok is in_


def test_without_a_login_a_server_that_asks_for_one_is_no_fault_of_the_message(box, certificate):
    with (
        mail_server(box, tls=certificate, auth_required=True) as port,
        pytest.raises(DeliveryError, match="530") as failed,
    ):
        SmtpChannel(settings(port, security="starttls", host="localhost")).send(message())
    assert not failed.value.counts


def test_a_server_that_is_not_there_is_no_fault_of_the_message():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(DeliveryError, match="cannot be reached") as failed:
        SmtpChannel(settings(port)).send(message())
    assert not failed.value.counts
    assert not health(settings(port)).ok


def test_a_letter_has_one_time_limit_for_everything(box, mail, monkeypatch):
    mail.send(message())
    monkeypatch.setattr(module, "_SECONDS", 0.2)
    box.answers["MAIL"].append("wait")

    with pytest.raises(DeliveryError, match=r"does not answer within 0.2 s") as failed:
        mail.send(message())
    assert (failed.value.lasting, failed.value.counts) == (False, True)
    monkeypatch.setattr(module, "_SECONDS", 18.0)
    mail.send(message())
    assert len(box.letters) == 2


@pytest.mark.parametrize(
    ("greeting", "slowly", "reason"),
    [
        (b"220 ", True, "cannot be reached"),
        (b"", False, "cannot be reached"),
        (b"554 not for you\r\n", False, "refuses the connection"),
        (b"HTTP/1.1 200 OK\r\n", False, "mail server"),
    ],
)
def test_a_server_that_does_not_greet_is_waited_for_only_so_long(monkeypatch, greeting, slowly, reason):
    monkeypatch.setattr(module, "_SECONDS", 0.3)
    with speaking_server(greeting, slowly=slowly) as port, pytest.raises(DeliveryError, match=reason) as failed:
        SmtpChannel(settings(port)).send(message())
    assert not failed.value.counts
