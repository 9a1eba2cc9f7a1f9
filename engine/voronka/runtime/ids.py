"""Ids of records: UUIDv7 as 16 raw bytes, made at the edge; those of children are derived and need no chance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

__all__ = ["Random", "derived_id", "new_id"]

Random = Callable[[int], bytes]
"""Gives so many random bytes: `os.urandom`, or `random.Random(seed).randbytes` where a run must repeat."""


def new_id(now: int, random: Random) -> bytes:
    """Return a UUIDv7 (RFC 9562, section 5.7) of the moment `now` (UTC microseconds)."""
    return _uuid7(now, random(10))


def derived_id(parent: bytes, child: str, now: int) -> bytes:
    """Return the id of what `parent` opened as its child ``seq.n``: the same for ever, however often it is made.

    `now` is the moment the parent's entry was recorded: the id sorts among those of its time, as any UUIDv7.
    """
    return _uuid7(now, hashlib.blake2b(parent + child.encode(), digest_size=10).digest())


def _uuid7(now: int, tail: bytes) -> bytes:
    head = (max(now, 0) // 1000).to_bytes(6, "big")
    return head + bytes((0x70 | tail[0] & 0x0F, tail[1], 0x80 | tail[2] & 0x3F)) + tail[3:10]
