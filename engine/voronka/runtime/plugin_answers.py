"""What the code of plugins answers: taken only if it is an answer that can be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voronka.errors import UsageFault
from voronka.frozen import frozen
from voronka.hooks.actions import ActionResult
from voronka.hooks.health import Health
from voronka.hooks.phrases import phrase
from voronka.hooks.sources import Fetched, Item
from voronka.messages import Label, Sentence, Text
from voronka.runtime.request_faults import check_texts

__all__ = ["UnsoundAnswer", "UnsoundItem", "checked_fetched", "checked_health", "checked_result"]

_MOST = 1_000
"""Items that are taken of one answer; a source that has more says so."""


class UnsoundAnswer(Exception):  # noqa: N818 - it is told, not raised at a person
    """A plugin returned something that is no answer. `reason`: a clause."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


@frozen
class UnsoundItem:
    """What a source gave among its items and is none. `name`: what it can be told by; `reason`: a sentence."""

    name: str
    reason: Sentence


def checked_result(result: object) -> ActionResult | None:
    """Return what an action answered, if it can be kept. Raises `UnsoundAnswer`.

    Whoever forgets what to return may have forgotten the work, too; the key lets the other side tell a repeat.
    """
    if result is None:
        return None
    if not isinstance(result, ActionResult):
        raise UnsoundAnswer(Text("it returned {type} that is no ActionResult", type=type(result).__name__))
    for part in ("set", "log"):
        _check_mapping(part, getattr(result, part))
    if not isinstance(result.move, str | None):
        kind = type(result.move).__name__
        raise UnsoundAnswer(Text("`{part}` of its ActionResult must be a text, and is {type}", part="move", type=kind))
    parts = {"set": dict(result.set), "log": dict(result.log), "move": result.move}
    for name, value in parts.items():
        try:
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            told = Text("{part} of its ActionResult cannot be kept: {reason}", part=name, reason=phrase(error))
            raise UnsoundAnswer(told) from None
    return result


def _check_mapping(part: str, value: object) -> None:
    if not isinstance(value, Mapping):
        kind = type(value).__name__
        raise UnsoundAnswer(Text("`{part}` of its ActionResult must be a mapping, and is {type}", part=part, type=kind))
    odd = next((name for name in value if not isinstance(name, str)), None)
    if odd is not None:
        raise UnsoundAnswer(
            Text(
                "a name in `{part}` of its ActionResult must be a text, and is {type}",
                part=part,
                type=type(odd).__name__,
            )
        )


def checked_fetched(fetched: object) -> tuple[Fetched, tuple[UnsoundItem, ...]]:
    """Return what a source gave without the items that are unsound, and those. Raises `UnsoundAnswer`."""
    if not isinstance(fetched, Fetched):
        raise UnsoundAnswer(Text("it returned {type}, not Fetched", type=type(fetched).__name__))
    if not isinstance(fetched.items, (list, tuple)) or len(fetched.items) > _MOST:
        raise UnsoundAnswer(Text("its items are no list of at most {most}", most=_MOST))
    if not isinstance(fetched.cursor, str | None) or not _kept(fetched.cursor):
        raise UnsoundAnswer(Text("its cursor is no text"))
    items = [_checked_item(item) for item in fetched.items]
    unsound = tuple(each for each in items if isinstance(each, UnsoundItem))
    return replace(fetched, items=[each for each in items if isinstance(each, Item)]), unsound


def _checked_item(item: object) -> Item | UnsoundItem:
    if isinstance(item, UnsoundItem):
        return item
    kind = type(item).__name__
    if not isinstance(item, Item):
        return UnsoundItem(name=kind, reason=Text("It is {type}, not Item.", type=kind))
    said: Any = item  # of its parts nobody knows yet what they are
    if not isinstance(said.id, str) or not said.id:
        return UnsoundItem(
            name=phrase(repr(said.id)),
            reason=Text("Its id must be a text that is not empty, and is {type}.", type=type(said.id).__name__),
        )
    if not isinstance(said.request, Mapping):
        return UnsoundItem(
            name=phrase(said.id),
            reason=Text("Its request must be a mapping, and is {type}.", type=type(said.request).__name__),
        )
    return item


def _kept(text: str | None) -> bool:
    """Return whether a database keeps a text."""
    try:
        check_texts(text)
    except UsageFault:
        return False
    return True


def checked_health(found: object) -> Health:
    """Return what a check of health said, if it is sound. Raises `UnsoundAnswer`."""
    if not isinstance(found, Health):
        raise UnsoundAnswer(Text("returned {type}, not Health", type=type(found).__name__))
    if not isinstance(found.ok, bool) or not isinstance(found.detail, (str, Text, Label)):
        raise UnsoundAnswer(Text("returned a Health whose ok is no truth value or whose detail is no text"))
    return found
