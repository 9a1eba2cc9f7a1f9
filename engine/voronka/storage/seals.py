"""The vault against the history: each value proved by the seal that an entry holds, none that nothing refers to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlalchemy import Connection

from voronka.messages import Text
from voronka.process.codec import sealed_in
from voronka.storage import vault

__all__ = ["Seals"]


class Seals:
    """What histories say of personal values, gathered stream by stream and then compared with the vault."""

    def __init__(self) -> None:
        self._hashes: dict[bytes, dict[str, str]] = {}
        self._messages: set[str] = set()

    def add(self, events: object) -> None:
        """Take in the seals of an entry, given its events as JSON text; one that cannot be read has none."""
        if not isinstance(events, str) or '"$hmac"' not in events:
            return
        try:
            found = list(sealed_in(json.loads(events)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return
        for sealed in found:
            self._hashes.setdefault(sealed.subject, {})[sealed.ref] = sealed.hmac

    def add_messages(self, deal: bytes, children: Iterable[str]) -> None:
        """Take in a deal's messages: what each said is kept until its person is erased, and nothing else tells it."""
        self._messages.update(vault.message_ref(deal, child) for child in children)

    def damages(self, connection: Connection) -> Iterator[tuple[bytes, Text]]:
        """Yield what is wrong with the vault, with the id of the record that it is about. What was erased is not."""
        for subject, group in groupby(vault.rows(connection), key=lambda row: row.subject):
            kept = list(group)
            secret = next((row.value for row in kept if row.ref == vault.KEY), "")
            hashes = self._hashes.get(subject, {})
            for row in kept:
                if row.ref == vault.KEY or row.ref in self._messages:
                    continue
                if row.ref not in hashes:
                    yield subject, Text("No entry refers to the personal value {ref}.", ref=row.ref)
                elif not _proved(secret, row.ref, row.value, hashes[row.ref]):
                    yield subject, Text("The personal value {ref} is not the one that was written.", ref=row.ref)
                elif row.folded is not None and row.folded != vault.fold(row.value):
                    yield subject, Text("The personal value {ref} cannot be found by what it is.", ref=row.ref)


def _proved(secret: str, ref: str, value: str, digest: str) -> bool:
    try:
        return vault.digest(bytes.fromhex(secret), ref, value) == digest
    except (ValueError, TypeError):
        return False
