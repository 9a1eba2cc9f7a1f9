"""The shapes of phone numbers, email addresses, web addresses and paths. Whether they lead anywhere is not asked."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from voronka.definition.faults import ValueFault, brief
from voronka.messages import Text

__all__ = ["email", "file", "phone", "read_email", "read_phone", "url"]

_PHONE_SIGNS = re.compile(r"[\s().\-–\u2010\u2011]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_FILE = re.compile(r"""(?:[A-Za-z]:)?[^<>:"|?*]*[^<>:"|?*/\\\s.]\.[^\W_]{1,10}""")
_EMAIL = re.compile(r"""[^\s@<>()\[\],;:"\\]{1,64}@(?:[^\s@<>()\[\],;:"\\./]+\.)+[^\s@<>()\[\],;:"\\./]{2,63}""")


def read_phone(text: str) -> str:
    """Return a number in its international form (E.164). ``8 …`` and ``7 …`` of eleven digits are Russian."""
    number = _PHONE_SIGNS.sub("", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif len(number) == 11 and number[0] in "78":
        number = f"+7{number[1:]}"
    if _PHONE.fullmatch(number) is None:
        raise _no_phone(text)
    return number


def phone(text: str) -> str:
    """Return `text` if it is a number in its international form: ``+`` and 7 to 15 digits (E.164)."""
    if _PHONE.fullmatch(text) is None:
        raise _no_phone(text)
    return text


def _no_phone(text: str) -> ValueFault:
    return ValueFault(
        Text("“{text}” is not a phone number.", text=brief(text)),
        Text("Write it with the code of the country and nothing else: {example}.", example="+79161234567"),
    )


def read_email(text: str) -> str:
    """Return an email address in small letters.

    By RFC 5321 (2.4) the case of what stands before the “@” might matter; nobody has two mailboxes that differ in it,
    and everybody writes one address in several ways.
    """
    return email(text.lower())


def email(text: str) -> str:
    """Return `text` if it has the shape of one email address, its domain in small letters at least."""
    name, _, domain = text.rpartition("@")
    bad_dots = name.startswith(".") or name.endswith(".") or ".." in name
    if len(text) > 254 or _EMAIL.fullmatch(text) is None or bad_dots or domain != domain.lower():
        raise ValueFault(
            Text("“{text}” is not an email address.", text=brief(text)),
            Text("Write one address, such as {example}.", example="anna@acme.example"),
        )
    return text


def file(text: str) -> str:
    """Return `text` if it says where a file is kept: a web address, or a path that ends in a name with its ending."""
    if "://" in text:
        return url(text)
    if _FILE.fullmatch(text) is None:
        raise ValueFault(
            Text("“{text}” is neither a path to a file nor a web address.", text=brief(text)),
            Text("Write where the file is kept, such as {example}.", example="offers/17.pdf"),
        )
    return text


def url(text: str) -> str:
    """Return `text` if it has the shape of a web address (http, https)."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or any(character.isspace() for character in text):
        raise ValueFault(
            Text("“{text}” is not a web address.", text=brief(text)),
            Text("Write it whole, such as {example}.", example="https://acme.example/offer"),
        )
    return text
