"""The hash chain of a stream: each entry's hash covers the one before it and the entry's own canonical text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from voronka.process.codec import canonical
from voronka.process.texts import texts_of
from voronka.storage.entry import Entry

__all__ = ["GENESIS", "Written", "link", "written"]

_COMMAND = {"command"}

GENESIS = bytes(32)
"""What the first entry of a stream follows."""

Written = tuple[bytes, int, str, str, str, str, str, int, int, str, str]
"""An entry as its row holds it: the columns of `history` in their order, but for the hash."""

_quoted = lru_cache(maxsize=4096)(json.JSONEncoder(ensure_ascii=False).encode)
_alone = lru_cache(maxsize=64)(lambda command: canonical({"command": command}))


def written(entry: Entry) -> Written:
    """Return the entry as it is stored: what is structured as canonical text."""
    return (
        entry.stream.id,
        entry.seq,
        entry.stream.kind.value,
        entry.release,
        entry.actor,
        entry.source,
        _cause_text(entry.cause),
        entry.occurred_at,
        entry.recorded_at,
        texts_of(entry.events),
        texts_of(entry.links),
    )


def _cause_text(cause: Mapping[str, Any]) -> str:
    """Return the canonical text of what led to an entry: mostly a command of which no more is told than its kind."""
    return _alone(cause["command"]) if cause.keys() == _COMMAND else canonical(cause)


def link(previous: bytes, row: Written) -> bytes:
    """Return the hash of an entry: SHA-256 over the hash before it and the entry's canonical text.

    The text is a JSON array of the columns in their order; those that are canonical text already go in as they are.
    """
    stream, seq, kind, release, actor, source, cause, occurred_at, recorded_at, events, links = row
    text = (
        f'["{stream.hex()}",{seq},"{kind}","{release}",{_quoted(actor)},{_quoted(source)},{cause},'
        f"{occurred_at},{recorded_at},{events},{links}]"
    )
    return sha256(previous + text.encode()).digest()
