"""What stands in a subject or a name arrives as it was written, whatever it looks like, and writes nothing else."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import DEEP
from tests.plugins.services import message
from voronka_smtp.mail import email_of

HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version"}
CONTENT = {"Content-Type", "Content-Transfer-Encoding"}
WRITTEN = {
    "a long text": "Договор № 54321 подписан, следующий шаг — монтаж VRV-IV Daikin",
    "a long text in ASCII": "The contract 54321 is signed, the next step is to mount what was ordered in May",
    "one long word": "Ё" * 300,
    "half of an encoded word": "👍 «Ёлки» =? и ?=",
    "headers": "=?utf-8?q?a=0D=0AReply-To:_all@acme.example=0D=0AX-Evil:_1?=",
    "the text": "=?utf-8?q?a=0D=0A=0D=0APay_here?=",
    "base64": "Offer =?utf-8?b?YQ0KQmNjOiBhbGxAYWNtZS5leGFtcGxl?=",
    "beside letters beyond ASCII": "Скидка =?utf-8?q?a=0ABcc:_all@acme.example?= 5",
    "one within another": "=?utf-8?q?" + "x" * 60 + "=?utf-8?q?=0ABcc:_all@acme.example?=",
    "two recipients": 'Ivan" <all@acme.example>, "x',
    "spaces": " Иван   Ёлкин ",
}
PARTS = ["Договор", "подписан,", "Daikin", "№ 5", " ", "  ", "=?", "?=", "=?utf-8?q?", '"', "\\", "<all@acme.example>",
         ",", ";", "(x)", "👍", "é", "Ё" * 40, "a" * 70, "\u00a0"]  # fmt: skip


def plain(header: str) -> str:
    return str(make_header(decode_header(header)))


def check(written: str) -> None:
    """Read the letter by both parsers; that of `policy` keeps the space between two encoded words of a name."""
    letter = bytes(email_of(message(name=written, subject=written), {"from": "us@acme.example", "from_name": written}))
    new: EmailMessage = message_from_bytes(letter, policy=default)
    old = message_from_bytes(letter)

    assert set(new) | set(old) <= HEADERS | CONTENT
    assert all(len(line) <= 78 for line in letter.split(b"\r\n\r\n")[0].split(b"\r\n"))
    assert new["Subject"] == plain(old["Subject"]) == written
    assert new.get_content().splitlines() == message().body.splitlines()
    for header, to in (("To", "ivan@acme.example"), ("From", "us@acme.example")):
        assert [(plain(name), at) for name, at in getaddresses([old[header]])] == [(written, to)]
        (found,) = new[header].addresses
        assert found.addr_spec == to
        assert "".join(found.display_name.split()) == "".join(written.split())


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_a_header_arrives_as_it_was_written(written: str) -> None:
    check(written)


@settings(max_examples=1_000 if DEEP else 60, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS) | st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])), min_size=1)
)
def test_a_header_of_any_texts_arrives_as_it_was_written(parts: list[str]) -> None:
    if written := "".join(parts):
        check(written)


def test_a_letter_of_the_alphabet_that_no_mail_can_hold_is_told_as_a_question_mark() -> None:
    letter = message_from_bytes(
        bytes(email_of(message(subject="x\ud800"), {"from": "us@acme.example"})), policy=default
    )
    assert letter["Subject"] == "x?"
