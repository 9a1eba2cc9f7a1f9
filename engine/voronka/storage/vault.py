"""Personal values: kept apart from the history, which holds a keyed hash of each; erasing a person leaves it valid."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_

from voronka.process.commands import Sealed
from voronka.process.state import VaultRef
from voronka.storage.bulk import insertion
from voronka.storage.tables import vault

__all__ = [
    "KEY",
    "Sealings",
    "count",
    "digest",
    "erase",
    "find",
    "find_part",
    "fold",
    "get",
    "key",
    "message_ref",
    "put",
    "rows",
    "seal",
]

# Under this reference a subject's own HMAC key is kept, in hex: without it a hash tells nothing about the value.
KEY = "key"
_CHUNK = 300
_PAGE = 2_000
INSERT = insertion(vault)


def fold(text: str) -> str:
    """Return a name as it is compared: one case, one writing of each character, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def message_ref(deal: bytes, child: str) -> str:
    """Return the reference under which is kept what a message of a deal said; `child`: the effect's key in the deal."""
    return f"message {deal.hex()} {child}"


class Sealings:
    """Personal values under seal while commands are decided: kept only once the history is to hold their seals.

    `random(n)` gives n random bytes. What is not kept leaves no trace, nor does the key of a new subject.
    """

    def __init__(self, connection: Connection, random: Callable[[int], bytes]) -> None:
        self._connection = connection
        self._random = random
        self._known: dict[bytes, bytes] = {}
        self._made: dict[bytes, bytes] = {}
        self._values: dict[VaultRef, tuple[str, bool]] = {}

    def seal(self, subject: bytes, name: str, value: str, *, match: bool = False) -> Sealed:
        """Return what stands for `value` in the history, under a reference of this `name` that was never used.

        `match`: once it is kept, `find` finds it.
        """
        ref = VaultRef(subject=subject, ref=f"{name}:{self._random(8).hex()}")
        self._values[ref] = (value, match)
        return _sealed(self._key(subject), ref, value)

    def __bool__(self) -> bool:
        return bool(self._values)

    def keep(self, sealed: Iterable[Sealed]) -> None:
        """Put those values into the vault that stand under these seals; all others are forgotten."""
        refs = {ref for one in sealed if (ref := VaultRef(subject=one.subject, ref=one.ref)) in self._values}
        made = {ref.subject for ref in refs}.intersection(self._made)
        found: list[tuple[bytes, str, str, str | None]] = [
            (subject, KEY, self._made[subject].hex(), None) for subject in sorted(made)
        ]
        for ref in sorted(refs, key=lambda ref: (ref.subject, ref.ref)):
            value, match = self._values[ref]
            found.append((ref.subject, ref.ref, value, fold(value) if match else None))
        INSERT.run(self._connection, found)
        self._values.clear()

    def _key(self, subject: bytes) -> bytes:
        found = self._known.get(subject)
        if found is None:
            found = _key(self._connection, subject)
            if found is None:
                found = self._made[subject] = self._random(32)
            self._known[subject] = found
        return found


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
    return Sealed(subject=ref.subject, ref=ref.ref, hmac=digest(secret, ref.ref, value))


def digest(secret: bytes, ref: str, value: str) -> str:
    """Return the keyed hash that the history holds of a value."""
    return hmac.new(secret, f"{ref}\0{value}".encode(), hashlib.sha256).hexdigest()


def rows(connection: Connection) -> Iterator[Any]:
    """Yield all that is kept, subject by subject, the key of each among its values."""
    query = select(vault.c.subject, vault.c.ref, vault.c.value, vault.c.folded).order_by(vault.c.subject, vault.c.ref)
    yield from connection.execute(query.execution_options(yield_per=_PAGE))


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


def find(connection: Connection, folded: Iterable[str]) -> dict[str, set[VaultRef]]:
    """Return the references under which values that `fold` makes of these were put with `match`, by what it makes."""
    wanted = sorted(set(folded))
    found: dict[str, set[VaultRef]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(vault.c.folded, vault.c.subject, vault.c.ref)
        for text, subject, ref in connection.execute(query.where(vault.c.folded.in_(wanted[start : start + _CHUNK]))):
            found.setdefault(text, set()).add(VaultRef(subject=subject, ref=ref))
    return found


def find_part(connection: Connection, part: str) -> tuple[VaultRef, ...]:
    """Return the references under which a value that holds `part` (by `fold`) was put with `match`."""
    query = select(vault.c.subject, vault.c.ref).where(vault.c.folded.contains(fold(part), autoescape=True))
    query = query.order_by(vault.c.subject, vault.c.ref)
    return tuple(VaultRef(subject=subject, ref=ref) for subject, ref in connection.execute(query))


def count(connection: Connection, subjects: Iterable[bytes]) -> int:
    """Return how many values are kept about these subjects."""
    wanted = sorted(set(subjects))
    query = select(func.count()).select_from(vault).where(vault.c.ref != KEY)
    chunks = (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
    return sum(connection.execute(query.where(vault.c.subject.in_(chunk))).scalar_one() for chunk in chunks)


def erase(connection: Connection, subject: bytes) -> int:
    """Delete everything kept about a subject, the key of its hashes included; return how many values went."""
    gone = connection.execute(delete(vault).where(vault.c.subject == subject, vault.c.ref != KEY)).rowcount
    connection.execute(delete(vault).where(vault.c.subject == subject))
    return gone


_KEY_OF = select(vault.c.value).where(vault.c.subject == bindparam("id"), vault.c.ref == KEY)


def _key(connection: Connection, subject: bytes) -> bytes | None:
    text = connection.execute(_KEY_OF, {"id": subject}).scalar_one_or_none()
    return None if text is None else bytes.fromhex(text)
