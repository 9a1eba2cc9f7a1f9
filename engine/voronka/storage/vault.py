"""Personal values: kept apart from the history, which holds a keyed hash of each; erasing a person leaves it valid."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, delete, insert, select, tuple_

from voronka.process.commands import Sealed
from voronka.process.state import VaultRef
from voronka.storage.tables import vault

__all__ = ["KEY", "erase", "find", "find_part", "fold", "get", "key", "put", "seal"]

# Under this reference a subject's own HMAC key is kept, in hex: without it a hash tells nothing about the value.
KEY = "key"
_CHUNK = 300


def fold(text: str) -> str:
    """Return a name as it is compared: one case, one writing of each character, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def put(
    connection: Connection,
    subject: bytes,
    ref: str,
    value: str,
    *,
    random: Callable[[int], bytes],
    match: bool = False,
) -> Sealed:
    """Keep `value` under (subject, ref) and return what may stand for it in the history.

    `random(n)` gives n random bytes, asked once a subject. `match`: the value can be found again by `find`. A
    reference is written once: writing another value under it would belie the hashes that were given out.
    """
    secret = key(connection, subject, random)
    row = {"subject": subject, "ref": ref, "value": value, "folded": fold(value) if match else None}
    connection.execute(insert(vault), row)
    return _sealed(secret, VaultRef(subject=subject, ref=ref), value)


def key(connection: Connection, subject: bytes, random: Callable[[int], bytes]) -> bytes:
    """Return a subject's own random key, made when it is first asked for."""
    known = _key(connection, subject)
    if known is not None:
        return known
    made = random(32)
    connection.execute(insert(vault), {"subject": subject, "ref": KEY, "value": made.hex()})
    return made


def seal(connection: Connection, ref: VaultRef) -> Sealed | None:
    """Return what stands in the history for a value that is kept already; None once it is erased."""
    secret = _key(connection, ref.subject)
    value = get(connection, [ref]).get(ref)
    return None if secret is None or value is None else _sealed(secret, ref, value)


def _sealed(secret: bytes, ref: VaultRef, value: str) -> Sealed:
    digest = hmac.new(secret, f"{ref.ref}\0{value}".encode(), hashlib.sha256).hexdigest()
    return Sealed(subject=ref.subject, ref=ref.ref, hmac=digest)


def get(connection: Connection, refs: Iterable[VaultRef]) -> Mapping[VaultRef, str]:
    """Return the values that are still kept; an erased one is absent."""
    wanted = list(dict.fromkeys(refs))
    found: dict[VaultRef, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        pairs = [(ref.subject, ref.ref) for ref in wanted[start : start + _CHUNK]]
        query = select(vault.c.subject, vault.c.ref, vault.c.value).where(
            tuple_(vault.c.subject, vault.c.ref).in_(pairs)
        )
        for subject, ref, value in connection.execute(query):
            found[VaultRef(subject=subject, ref=ref)] = value
    return found


def find(connection: Connection, value: str) -> tuple[VaultRef, ...]:
    """Return the references under which an equal value (by `fold`) was put with `match`."""
    return _found(connection, vault.c.folded == fold(value))


def find_part(connection: Connection, part: str) -> tuple[VaultRef, ...]:
    """Return the references under which a value that holds `part` (by `fold`) was put with `match`."""
    return _found(connection, vault.c.folded.contains(fold(part), autoescape=True))


def _found(connection: Connection, which: ColumnElement[bool]) -> tuple[VaultRef, ...]:
    query = select(vault.c.subject, vault.c.ref).where(which).order_by(vault.c.subject, vault.c.ref)
    return tuple(VaultRef(subject=subject, ref=ref) for subject, ref in connection.execute(query))


def erase(connection: Connection, subject: bytes) -> int:
    """Delete everything kept about a subject, the key of its hashes included; return how many values went."""
    gone = connection.execute(delete(vault).where(vault.c.subject == subject, vault.c.ref != KEY)).rowcount
    connection.execute(delete(vault).where(vault.c.subject == subject))
    return gone


def _key(connection: Connection, subject: bytes) -> bytes | None:
    query = select(vault.c.value).where(vault.c.subject == subject, vault.c.ref == KEY)
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else bytes.fromhex(text)
