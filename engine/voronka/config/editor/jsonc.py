"""JSON with comments and trailing commas, as editors keep their settings, read with places so that it can be edited."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from voronka.frozen import frozen

__all__ = ["JsoncError", "JsoncObject", "Member", "read_object"]

_GAP = re.compile(r"(?:[ \t\r\n]|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_LITERAL = re.compile(r"true|false|null|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DEEPEST = 100


class JsoncError(ValueError):
    """The text is no JSON with comments. `line`: of the place where it ceases to be, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


@frozen
class Member:
    """A key of an object with its value; offsets in the text. `comma`: where the one after it stands, if any."""

    key: str
    value: object
    start: int
    value_start: int
    end: int
    comma: int | None


@frozen
class JsoncObject:
    """An object: `start` at its opening brace, `end` after the closing one."""

    members: tuple[Member, ...]
    start: int
    end: int

    def plain(self) -> dict[str, object]:
        """Return the values by key; of a key that stands several times, the last."""
        return {each.key: _plain(each.value) for each in self.members}


def read_object(text: str) -> JsoncObject:
    """Return the object that a text consists of. Raises `JsoncError` for any other text."""
    reader = _Reader(text)
    return reader.whole()


def _plain(value: object) -> object:
    if isinstance(value, JsoncObject):
        return value.plain()
    return [_plain(each) for each in value] if isinstance(value, list) else value


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> JsoncObject:
        self._skip()
        if not self._next("{"):
            self._fail()
        found = self._object()
        self._skip()
        if self._at < len(self._text):
            self._fail()
        return found

    def _skip(self) -> None:
        gap = _GAP.match(self._text, self._at)
        self._at = gap.end() if gap else self._at

    def _next(self, character: str) -> bool:
        return self._text.startswith(character, self._at)

    def _fail(self) -> NoReturn:
        raise JsoncError(self._text.count("\n", 0, self._at) + 1)

    def _value(self) -> object:
        if self._next("{"):
            return self._object()
        if self._next("["):
            return self._list()
        if self._next('"'):
            return self._string()
        found = _LITERAL.match(self._text, self._at)
        if found is None:
            self._fail()
        self._at = found.end()
        return json.loads(found[0])

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            self._fail()
        try:
            value = str(json.loads(found[0]))
        except ValueError:  # an escape that does not exist
            self._fail()
        self._at = found.end()
        return value

    def _list(self) -> list[object]:
        members = []
        self._open()
        while not self._next("]"):
            members.append(self._value())
            self._comma("]")
        self._close()
        return members

    def _object(self) -> JsoncObject:
        members = []
        begin = self._at
        self._open()
        while not self._next("}"):
            start = self._at
            key = self._string()
            self._skip()
            if not self._next(":"):
                self._fail()
            self._at += 1
            self._skip()
            value_start = self._at
            value = self._value()
            end = self._at
            comma = self._comma("}")
            members.append(Member(key=key, value=value, start=start, value_start=value_start, end=end, comma=comma))
        self._close()
        return JsoncObject(members=tuple(members), start=begin, end=self._at)

    def _open(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail()
        self._at += 1
        self._skip()

    def _close(self) -> None:
        self._depth -= 1
        self._at += 1

    def _comma(self, closing: str) -> int | None:
        """Go past the comma after a member, if there is one, and tell where it is."""
        self._skip()
        if self._next(","):
            comma = self._at
            self._at += 1
            self._skip()
            return comma
        if not self._next(closing):
            self._fail()
        return None
