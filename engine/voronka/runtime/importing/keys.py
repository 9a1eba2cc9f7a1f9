"""Keys of rows and of the deals that they name: hashes, as the cells may hold personal values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

__all__ = ["case_of", "deal_key", "keyed_hash"]


def keyed_hash(secret: bytes, cells: Iterable[str]) -> str:
    """Return a hash of cells under the workspace's own key, without which it tells nothing about them."""
    text = "\x1f".join([cell.strip() for cell in cells])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=secret).hexdigest()


def case_of(cells: Sequence[str]) -> str:
    """Return how cells name a deal: of several, a slash in each is escaped, so that no two rows share one."""
    parts = [cell.strip() for cell in cells]
    if len(parts) == 1:
        return parts[0]
    return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in parts)


def deal_key(secret: bytes, case: str) -> str:
    """Return the key under which the history knows the deal that a file calls `case`."""
    return keyed_hash(secret, [case])
