"""Ids of records: UUIDv7 as 16 raw bytes, made at the edge out of the clock and chance that are handed in."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Random", "new_id"]

Random = Callable[[int], bytes]
"""Gives so many random bytes: `os.urandom`, or `random.Random(seed).randbytes` where a run must repeat."""


def new_id(now: int, random: Random) -> bytes:
    """Return a UUIDv7 (RFC 9562, section 5.7) of the moment `now` (UTC microseconds)."""
    tail = random(10)
    head = (max(now, 0) // 1000).to_bytes(6, "big")
    return head + bytes((0x70 | tail[0] & 0x0F, tail[1], 0x80 | tail[2] & 0x3F)) + tail[3:10]
