"""What was refused of what a source gave, as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voronka.errors import UsageFault, VoronkaError
from voronka.hooks.phrases import phrase
from voronka.messages import Sentence
from voronka.runtime.answers import Answer
from voronka.runtime.plugin_answers import UnsoundItem
from voronka.runtime.request_faults import check_texts
from voronka.runtime.words import words
from voronka.storage import RefusedItem

__all__ = ["LONGEST_ID", "refusal_of", "refused_item", "unsound_item"]

LONGEST_ID = 500
"""Characters of an item's id."""
_LARGEST = 100_000
"""Characters of a request that is kept."""


def refusal_of(answer: Answer | VoronkaError) -> Sentence | None:
    """Return why an item was refused; None: it was not."""
    if isinstance(answer, VoronkaError):
        return answer.reason
    return None if answer.refusal is None else answer.refusal.failures[0].reason


def refused_item(source: str, key: str, request: Mapping[str, Any], reason: Sentence, at: int) -> RefusedItem:
    """Return what is kept of a refused item; what cannot be asked for a second time is kept without its request."""
    kept: Mapping[str, Any] | None = request
    try:
        check_texts(key)
        if len(key) > LONGEST_ID or len(json.dumps(dict(request), allow_nan=False)) > _LARGEST:
            kept = None
    except (UsageFault, ValueError, TypeError, RecursionError):
        kept = None
    known = key if kept is not None else phrase(key)
    return RefusedItem(source=source, key=known, reason=words(reason), request=kept, at=at)


def unsound_item(source: str, item: UnsoundItem, at: int) -> RefusedItem:
    """Return what is kept of something that a source gave and is no item."""
    return RefusedItem(source=source, key=item.name, reason=words(item.reason), request=None, at=at)
