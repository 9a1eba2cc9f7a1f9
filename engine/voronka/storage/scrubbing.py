"""Personal values taken out of what repeats them: sentences kept under idempotency keys, reasons of dead letters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Column, ColumnElement, Connection, Row, String, Table, cast, or_, select, update

from voronka.frozen import frozen
from voronka.storage import vault
from voronka.storage.tables import hint_uses, inbox, outbox
from voronka.storage.tables import vault as kept

__all__ = ["erase_people"]

_GONE = "…"
_SHORTEST = 3
"""A value of fewer characters is also a word of other people's sentences: it goes from those about the person alone."""
_AT_ONCE = 500

_Json: TypeAlias = Any
_Change: TypeAlias = Callable[[str], str]


@frozen
class _Place:
    """A table with sentences that may repeat a value. `which`: its rows with any; `owners`: whom a row is about."""

    table: Table
    columns: Mapping[str, Callable[[str, _Change], str]]
    which: ColumnElement[bool]
    owners: Callable[[Row[Any]], Iterator[object]]


def erase_people(connection: Connection, subjects: Collection[bytes]) -> tuple[int, int]:
    """Delete the personal values kept about records, with their keys, and take them out of what repeats them.

    Return how many values went, and in how many rows one was repeated. The history and its replay stay as they are.
    """
    people = sorted(set(subjects))
    texts = _texts(connection, people)
    gone = sum(vault.erase(connection, subject) for subject in people)
    return gone, sum(_scrub(connection, place, frozenset(people), texts) for place in _PLACES) if texts else 0


def _texts(connection: Connection, subjects: Sequence[bytes]) -> list[str]:
    """Return the values as they may stand elsewhere, the longest first; of a message its address and name."""
    found: set[str] = set()
    for subject in subjects:
        query = select(kept.c.ref, kept.c.value).where(kept.c.subject == subject, kept.c.ref != vault.KEY)
        for ref, value in connection.execute(query):
            if ref.startswith("message "):
                said = json.loads(value)
                found |= {said.get("name", ""), said.get("address", "")}
            else:
                found.add(value)
    return sorted({text.strip() for text in found} - {""}, key=lambda text: (-len(text), text))


def _scrub(connection: Connection, place: _Place, subjects: frozenset[bytes], texts: Sequence[str]) -> int:
    keys = list(place.table.primary_key.columns)
    told = [text for text in texts if len(text) >= _SHORTEST]
    changed: list[tuple[list[ColumnElement[bool]], dict[str, str]]] = []
    query = select(place.table).where(place.which).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query):
        theirs = any(owner in subjects for owner in place.owners(row))
        without = _without(texts if theirs else told)
        cells = {name: cell for name in place.columns if (cell := getattr(row, name))}
        after = {name: new for name, cell in cells.items() if (new := place.columns[name](cell, without)) != cell}
        if after:
            changed.append(([each == getattr(row, each.name) for each in keys], after))
    for which, values in changed:
        connection.execute(update(place.table).where(*which).values(values))
    return len(changed)


def _without(texts: Sequence[str]) -> _Change:
    """Return what takes the texts out of a sentence where each stands by itself, not as a part of a longer word."""

    def change(sentence: str) -> str:
        for text in texts:
            if text in sentence:
                sentence = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", _GONE, sentence)
        return sentence

    return change


def _plain(cell: str, change: _Change) -> str:
    return change(cell)


def _in_sentences(*paths: str) -> Callable[[str, _Change], str]:
    """Return what changes the sentences of a JSON document and nothing else: no key, id, kind or value of a field.

    A path names members; ``*`` stands for every item or member.
    """

    def changed(cell: str, change: _Change) -> str:
        try:
            document = json.loads(cell)
        except (ValueError, RecursionError):
            return change(cell)  # nobody reads it any more, and it may tell whatever it was
        after = document
        for path in paths:
            after = _at(after, path.split("."), change)
        return cell if after == document else json.dumps(after, ensure_ascii=False)

    return changed


def _at(data: _Json, path: Sequence[str], change: _Change) -> _Json:
    if not path:
        return change(data) if isinstance(data, str) else data
    step, *rest = path
    if isinstance(data, list):
        return [_at(item, rest, change) for item in data] if step == "*" else data
    if isinstance(data, dict):
        return {name: _at(item, rest, change) if step in ("*", name) else item for name, item in data.items()}
    return data


def _in_request(cell: str, change: _Change) -> str:
    """Change the texts of what a refused item asked for, which is kept as a text within; not what it is to do."""
    try:
        document = json.loads(cell)
        request = json.loads(document["request"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return cell
    if not isinstance(request, dict):
        return cell
    after = {name: item if name in _PLAIN else _everywhere(item, change) for name, item in request.items()}
    return cell if after == request else json.dumps({**document, "request": json.dumps(after)})


_PLAIN = frozenset({"command", "funnel", "to", "collection"})
"""What stands in a request under these names is declared in the configuration: no word of it is anybody's."""


def _everywhere(data: _Json, change: _Change) -> _Json:
    if isinstance(data, dict):
        return {name: _everywhere(item, change) for name, item in data.items()}
    if isinstance(data, list):
        return [_everywhere(item, change) for item in data]
    return change(data) if isinstance(data, str) else data


def _of_inbox(row: Row[Any]) -> Iterator[object]:
    """Yield the ids of what a request or a queued command was for, and of what queued it."""
    yield row.origin
    for cell, member in ((row.answer, "id"), (row.command, "target")):
        try:
            yield bytes.fromhex(json.loads(cell or "{}")[member].rpartition(":")[2])
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue


def _has(column: Column[str], *members: str) -> ColumnElement[bool]:
    return or_(*(cast(column, String).contains(f'"{member}"', autoescape=True) for member in members))


_PLACES = (
    _Place(
        table=inbox,
        columns={
            "answer": _in_sentences("refusal.failures.*.reason.*", "refusal.failures.*.unblock.*", "error", "error.*"),
            "command": lambda cell, change: _in_request(
                _in_sentences("command.reason", "command.reasons.*")(cell, change), change
            ),
        },
        which=_has(inbox.c.answer, "failures", "error") | _has(inbox.c.command, "reason", "reasons"),
        owners=_of_inbox,
    ),
    _Place(
        table=outbox,
        columns={"reason": _plain, "reasons": _in_sentences("*")},
        which=(outbox.c.reason != "") | outbox.c.reasons.is_not(None),
        owners=lambda row: iter((row.deal,)),
    ),
    _Place(
        table=hint_uses,
        columns={"words": _plain},
        which=hint_uses.c.words.is_not(None),
        owners=lambda row: iter((row.deal,)),
    ),
)
