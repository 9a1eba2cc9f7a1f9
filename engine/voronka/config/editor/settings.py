"""The settings of an editor that name the schemas: ``.vscode/settings.json``, changed in this one place only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from voronka.config.editor.jsonc import JsoncError, JsoncObject, Member, read_object

__all__ = ["schemas_of", "with_schemas"]

_SETTING = "yaml.schemas"
_EMPTY = "{\n}\n"

_INDENT = "    "


def schemas_of(text: str) -> Mapping[str, object]:
    """Return the patterns of files by schema, as the settings have them.

    Raises `JsoncError` where the text is no object of JSON with comments, or the setting is no object.
    """
    setting = _setting(text, read_object(text or _EMPTY))
    return setting.plain() if setting is not None else {}


def with_schemas(text: str, wanted: Mapping[str, Sequence[str]], *, ours: Callable[[str], bool]) -> str:
    """Return the settings with the schemas in `wanted` for these patterns of files.

    A schema that is `ours` and not wanted any more goes; all else stays as it is written, comments included. Raises
    what `schemas_of` raises.
    """
    text = text or _EMPTY
    root = read_object(text)
    setting = _setting(text, root)
    if setting is None:
        return _Editing(text, root).changed({_SETTING: wanted})
    before = setting.plain()
    gone = {key: None for key in before if ours(key) and key not in wanted}
    new = {key: each for key, each in wanted.items() if before.get(key) != each}
    return _Editing(text, setting).changed({**gone, **new})


def _setting(text: str, root: JsoncObject) -> JsoncObject | None:
    member = next((each for each in reversed(root.members) if each.key == _SETTING), None)
    if member is None:
        return None
    if not isinstance(member.value, JsoncObject):
        raise JsoncError(text.count("\n", 0, member.value_start) + 1)
    return member.value


class _Editing:
    """Changes of the members of one object, as edits of the text."""

    def __init__(self, text: str, target: JsoncObject) -> None:
        self._text = text
        self._target = target
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._edits: list[tuple[int, int, str]] = []

    def changed(self, values: Mapping[str, object | None]) -> str:
        """Return the text with the members of these keys set; None takes one out."""
        if not values:
            return self._text
        members = self._target.members
        kept = [each for each in members if values.get(each.key, each) is not None]
        added = {key: value for key, value in values.items() if value is not None and key not in self._target.plain()}
        for member in members:
            if member not in kept:
                self._remove(member)
            elif member.key in values:
                self._edit(
                    member.value_start, member.end, self._written(values[member.key], self._indent(member.start))
                )
        for member in kept[:-1] if not added else kept:
            if member.comma is None:
                self._edit(member.end, member.end, ",")
        if kept and not added and kept[-1] is not members[-1] and (comma := kept[-1].comma) is not None:
            self._edit(comma, comma + 1, "")
        if added:
            self._add(added)
        return self._applied()

    def _remove(self, member: Member) -> None:
        start = len(self._text[: member.start].rstrip(" \t"))
        if self._text[:start].endswith(self._newline):
            start -= len(self._newline)
        self._edit(start, member.end if member.comma is None else member.comma + 1, "")

    def _add(self, values: Mapping[str, object]) -> None:
        members, end = self._target.members, self._target.end - 1
        outer = self._indent(self._target.start)
        inner = self._indent(members[0].start) if members else outer + _INDENT
        lines = [f"{inner}{json.dumps(key)}: {self._written(value, inner)}" for key, value in values.items()]
        content = len(self._text[:end].rstrip())
        rest = self._text[content:end]
        after = rest if self._newline in rest else f"{self._newline}{outer}"
        self._edit(content, end, self._newline + f",{self._newline}".join(lines) + after)

    def _indent(self, offset: int) -> str:
        """Return what the line of an offset begins with."""
        line = self._text[self._text.rfind("\n", 0, offset) + 1 : offset]
        return line[: len(line) - len(line.lstrip())]

    def _written(self, value: object, indent: str) -> str:
        written = json.dumps(value, ensure_ascii=False, indent=_INDENT)
        return written.replace("\n", f"{self._newline}{indent}")

    def _edit(self, start: int, end: int, text: str) -> None:
        self._edits.append((start, end, text))

    def _applied(self) -> str:
        parts = []
        done = 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[0]):
            parts += [self._text[done:start], new]
            done = end
        return "".join([*parts, self._text[done:]])
