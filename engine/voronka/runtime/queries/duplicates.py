"""Accounts and contacts that are probably one: of one name, telephone number or address, or of one key of an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.placeholders import PLACEHOLDERS, RUNS
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.process.state import Held, PartyState, StreamKind, VaultRef
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.parties import list_heads
from voronka.runtime.words import Json
from voronka.storage.vault import fold

__all__ = ["list_account_duplicates", "list_contact_duplicates", "normal_form"]

_PAGE = 1000
_SUBJECTS = {StreamKind.ACCOUNT: Subject.ACCOUNTS, StreamKind.CONTACT: Subject.CONTACTS}
_LEGAL_FORMS = frozenset(
    ("ооо", "оао", "зао", "пао", "ао", "ип", "нко", "ltd", "limited", "llc", "inc", "gmbh", "ag", "corp", "company")
)
_WORD = re.compile(r"[^\W_]+")
_FEWEST_DIGITS, _LOCAL = 7, 10


@parameters("limit", "skip")
def list_account_duplicates(asked: Asked) -> Json:
    """Answer with pairs of accounts that are probably one: parameters limit, skip."""
    return _duplicates(asked, StreamKind.ACCOUNT)


@parameters("limit", "skip")
def list_contact_duplicates(asked: Asked) -> Json:
    """Answer with pairs of contacts likewise."""
    return _duplicates(asked, StreamKind.CONTACT)


def normal_form(field: Field, value: str) -> str:
    """Return a value as it is compared; empty for one that says too little.

    A name loses its legal form, quotation marks and letter case, a telephone number all but its last ten digits, a web
    address its scheme.
    """
    text = fold(value).replace("ё", "е")
    if text in PLACEHOLDERS or len(set(text)) < 2:
        return ""
    if field.type is FieldType.PHONE:
        digits = "".join(sign for sign in text if sign.isdigit())
        made_up = len(digits) < _FEWEST_DIGITS or any(run in digits for run in RUNS)
        return "" if made_up else digits[-_LOCAL:]
    if field.type is FieldType.EMAIL:
        return text
    if field.type is FieldType.URL:
        return re.sub(r"^[a-z]+://(www\.)?|/+$", "", text)
    words = _WORD.findall(text)
    if field.name != "name":
        return "".join(words)
    return " ".join([word for word in words if word not in _LEGAL_FORMS] or words)


def _duplicates(asked: Asked, kind: StreamKind) -> Json:
    keys = {field.name: field for field in _keys(asked, kind)}
    first: dict[tuple[str, str], PartyState] = {}
    pairs: dict[tuple[bytes, bytes], tuple[PartyState, PartyState, list[str]]] = {}
    for page in _pages(asked, kind):
        known = asked.reader.vault_get(
            ref for party in page for name in keys if isinstance(ref := party.fields.get(name), VaultRef)
        )
        for party in page:
            for name, field in keys.items():
                held: Held | None = party.fields.get(name)
                text = known.get(held) if isinstance(held, VaultRef) else held
                form = normal_form(field, text) if isinstance(text, str) else ""
                if not form:
                    continue
                older = first.setdefault((name, form), party)
                if older is not party:
                    pair = (older.stream.id, party.stream.id)
                    pairs.setdefault(pair, (older, party, []))[2].append(name)
    shown = list(islice(pairs.values(), asked.number("skip"), asked.number("skip") + asked.limit()))
    heads = list_heads(asked, [party for one, other, _ in shown for party in (one, other)])
    return [
        {"keep": heads[2 * place], "drop": heads[2 * place + 1], "by": by} for place, (_, _, by) in enumerate(shown)
    ]


def _keys(asked: Asked, kind: StreamKind) -> Iterator[Field]:
    """Yield the fields by which records are known again, those that the asker may not see left out."""
    subject = _SUBJECTS[kind]
    workspace = asked.workspace
    fields = {**BUILT_IN_FIELDS[subject], **workspace.fields.get(subject, {})}
    named = {key.field for each in workspace.row_imports.values() if each.subject is subject for key in each.match}
    for field in fields.values():
        sure = field.name == "name" or field.name in named
        if (sure or field.type in (FieldType.PHONE, FieldType.EMAIL)) and (
            asked.viewer.rights.all or not field.visible_to
        ):
            yield field


def _pages(asked: Asked, kind: StreamKind) -> Iterator[list[PartyState]]:
    after: bytes | None = None
    while page := asked.reader.list_parties(kind, limit=_PAGE, after=after, owners=asked.owners):
        yield page
        after = page[-1].stream.id
