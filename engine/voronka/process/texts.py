"""The canonical text of events and of why they happened, written straight from them.

The same text as ``canonical(encode(value))``, without the dictionary between and without sorting its keys each time:
for each class one function is made that knows them. It costs a third, and each event is written once in its life.
"""

# ruff: noqa: ANN401 - values of whatever type a hint names are what this module is about

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, lru_cache
from typing import Any

from voronka.process.codec import SCALAR, canonical, form_of
from voronka.process.events import Event

__all__ = ["text_of", "texts_of", "words_text"]

_quote: Callable[[str], str] = json.encoder.encode_basestring


def text_of(value: Any) -> str:
    """Return the canonical text of an event, a link or any other dataclass of a step."""
    kind: Any = type(value)
    return _writer(kind)(value)


def texts_of(values: Sequence[Any]) -> str:
    """Return the canonical text of a list of them."""
    return f"[{','.join([text_of(value) for value in values])}]"


def words_text(words: Mapping[str, str]) -> str:
    """Return the canonical text of words by language: mostly those of a definition, the same again and again."""
    return _words_text(tuple(words.items()))


@lru_cache(maxsize=4096)
def _words_text(words: tuple[tuple[str, str], ...]) -> str:
    return canonical(dict(words))


def _plain(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return _quote(value)
    if kind is int:
        return str(value)
    if value is None:
        return "null"
    return _truth(value) if kind is bool else canonical(value)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _of(hint: Any) -> Callable[[Any], str]:
    if hint is str:
        return _quote
    if hint is bool:
        return _truth
    if typing.get_origin(hint) is tuple and is_dataclass(typing.get_args(hint)[0]):
        return texts_of
    if isinstance(hint, type) and issubclass(hint, tuple):
        return _record(hint)
    if hint == Mapping[str, str]:
        return words_text
    form = form_of(hint)
    if form is SCALAR:
        return _plain
    write = form.write
    if write is list or write is dict:  # a tuple is written as a list anyway, a mapping as a dictionary
        return canonical
    return lambda value: canonical(write(value))


@cache
def _record(kind: Any) -> Callable[[Any], str]:
    """Return the function that writes a named tuple: the list of its parts."""
    hints = typing.get_type_hints(kind)
    known = {f"write_{name}": _of(hint) for name, hint in hints.items()}
    parts = ",".join(f"{{{name}}}" if hint is int else f"{{write_{name}({name})}}" for name, hint in hints.items())
    return _made(f"def write(value):\n    {', '.join(hints)}, = value\n    return f'[{parts}]'", known)


@cache
def _writer(kind: Any) -> Callable[[Any], str]:
    """Return the function that writes one class, its keys in their order. What has its default is left out."""
    hints = typing.get_type_hints(kind)
    known: dict[str, Any] = {}
    pieces: dict[str, str] = {}
    for part in fields(kind):
        name, hint = part.name, hints[part.name]
        default = part.default_factory() if part.default_factory is not MISSING else part.default
        if hint is int and default is MISSING:
            pieces[name] = f"text += f',\"{name}\":{{value.{name}}}'"
            continue
        known[f"write_{name}"] = _of(hint)
        add = f"text += ',\"{name}\":' + write_{name}(value.{name})"
        if default is not MISSING:
            known[f"default_{name}"] = default
            other = f"part != default_{name} or type(part) is not type(default_{name})"
            add = f"part = value.{name}\n    if part is not default_{name} and ({other}):\n        {add}"
        pieces[name] = add
    if issubclass(kind, Event):
        pieces["kind"] = f"text += ',\"kind\":{_quote(kind.kind)}'"
        pieces["version"] = f"text += ',\"version\":{kind.version}'"
    body = "\n    ".join(pieces[name] for name in sorted(pieces))
    return _made(f"def write(value):\n    text = ''\n    {body}\n    return '{{' + text[1:] + '}}'", known)


def _made(source: str, known: dict[str, Any]) -> Callable[[Any], str]:
    scope: dict[str, Any] = {}
    exec(source, known, scope)  # noqa: S102 - the names of parts, as `dataclass` itself does
    write: Callable[[Any], str] = scope["write"]
    return write
