"""A message as an e-mail: its headers, its text, and its HTML beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from voronka.api import DeliveryError, Label, Message

__all__ = ["address", "email_of"]

# 7bit: bodies are encoded, so that every server on the way takes them. Headers written here stay as they are written:
# what folds them anew loses the spaces between encoded words.
_POLICY = SMTP.clone(cte_type="7bit", refold_source="none")
_NO_ADDRESS = "это не адрес электронной почты"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LINE = 60  # characters that stand on the line of their header as they are
_LENGTH = 76  # characters of a line with an encoded word
_FOLD = "\r\n"
_PLAIN = re.compile(r"(?!.*=\?)[!-~]+( [!-~]+)*")  # ASCII in which nothing is taken for an encoded word (RFC 2047)
_LOCAL = re.compile(
    r"""(?!.*=\?)[^\s\x00-\x20\x7f-\xa0()<>\[\]:;@\\,."]+(\.[^\s\x00-\x20\x7f-\xa0()<>\[\]:;@\\,."]+)*"""
)
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")


def address(written: str) -> Address:
    """Return an e-mail address, its domain in ASCII. Raises `ValueError` unless it is one plain address."""
    local, _, domain = written.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(local.encode()) > 64 or len(domain) > 253:
        raise ValueError("it is no e-mail address")
    return Address(username=local, domain=domain)


def _is_plain(text: str) -> bool:
    return len(text) <= _LINE and _PLAIN.fullmatch(text) is not None


def _encoded(text: str, header: str) -> str:
    """Return a text in the encoded words (RFC 2047) with which `header` begins.

    Readers drop the space between two such words, so those of the text stand within them.
    """
    known = text.encode(errors="replace").decode()
    return Header(known, "utf-8", maxlinelen=_LENGTH, header_name=header).encode(linesep=_FOLD)


def _mailbox(to: Address, name: str, header: str) -> str:
    """Return an address after the name of whose it is, as `header` has it."""
    if not name:
        return to.addr_spec
    quotable = _is_plain(name) and '"' not in name and "\\" not in name
    words = f'"{name}"' if quotable else _encoded(name, header)
    fits = len(f"{header}: {words} <{to.addr_spec}>") <= _LENGTH
    return f"{words}{'' if fits else _FOLD} <{to.addr_spec}>"


def email_of(message: Message, settings: Mapping[str, str]) -> EmailMessage:
    """Return the e-mail of a message, the same for the same message.

    Raises `DeliveryError`: a lasting one for what would write headers of its own or an address that is none.
    """
    for what, place, text in (
        ("subject", "теме", message.subject),
        ("name", "имени", message.name),
        ("address", "адресе", message.address),
    ):
        if _CONTROL.search(text):
            told = {
                "en": f"the {what} has a line break or a control character in it",
                "ru": f"в {place} есть перевод строки или управляющий символ",
            }
            raise DeliveryError(Label(told), lasting=True)
    try:
        recipient = address(message.address)
    except ValueError as error:
        told = {"en": f"the address cannot be written to: {error}", "ru": f"на адрес нельзя написать: {_NO_ADDRESS}"}
        raise DeliveryError(Label(told), lasting=True) from None
    try:
        sender = address(settings["from"])
        answers = address(settings["reply_to"]) if "reply_to" in settings else None
    except ValueError as error:
        told = {"en": f"the sender in the settings: {error}", "ru": f"отправитель в настройках: {_NO_ADDRESS}"}
        raise DeliveryError(Label(told), counts=False) from None
    email = EmailMessage(policy=_POLICY)
    email.set_raw("From", _mailbox(sender, settings.get("from_name", ""), "From"))
    email.set_raw("To", _mailbox(recipient, message.name, "To"))
    if answers is not None:
        email["Reply-To"] = answers
    subject = message.subject
    email.set_raw("Subject", subject if _is_plain(subject) else _encoded(subject, "Subject"))
    email["Date"] = format_datetime(message.at)
    email["Message-ID"] = f"<{message.key}@{sender.domain}>"
    email["Auto-Submitted"] = "auto-generated"
    if message.locale:
        email["Content-Language"] = message.locale
    email.set_content(message.body)
    if message.html:
        email.add_alternative(_page(message), subtype="html")
        email.set_boundary(_boundary(message))
    return email


def _boundary(message: Message) -> str:
    """Return what divides the parts, the same for the same message: nobody can write a text that holds its own hash."""
    said = "\0".join((message.key, message.subject, message.body, message.html))
    return f"={sha256(said.encode(errors='surrogatepass')).hexdigest()[:40]}="


def _page(message: Message) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(message.locale)}">\n<head><meta charset="utf-8">'
        f"<title>{escape(message.subject)}</title></head>\n<body>\n{message.html}</body>\n</html>\n"
    )
