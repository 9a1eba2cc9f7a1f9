"""YAML text into a tree of placed values, with limits, from PyYAML's parse events.

Nothing of YAML beyond mappings, lists and scalars is let in: no aliases, merges, tags or second documents. What
people write by mistake and YAML reads as something else is told as what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

import yaml

from voronka.config.decoding import decode
from voronka.config.document import Document, split_lines
from voronka.config.finding import Finding, Place
from voronka.config.masking import hidden, masked_sign, shown
from voronka.config.node import Entry, Node, NodeKind
from voronka.config.syntax import explain, inner_bracket, inner_colon, misread
from voronka.messages import Text

__all__ = ["MAX_DEPTH", "MAX_FINDINGS", "MAX_NODES", "read_document", "read_text"]

MAX_DEPTH = 32
"""Mappings and lists may stand in each other at most so deep."""
MAX_NODES = 50_000
"""A file may have at most so many keys and values."""
MAX_FINDINGS = 200
"""After so many faults of a file the rest of it is not read."""

_MOST_FALLEN_APART = 32
"""For each value that falls apart a file is read once more from its beginning."""
_FALLING_APART = frozenset({"V1028", "V1029"})
_COMMENT = re.compile(r"[ \t]#")
_ODD = re.compile("[\u00a0\u2007\u202f\u3000–—−‐‑•·●▪◦“”„‟‘’‚]")
_LONGEST_TORN = 2_000
_NAMELESS = frozenset({"", "~", "null", "Null", "NULL"})
_DIGITS = re.compile(r"[0-9]+(?: [0-9]{3})*%?")
_FRACTION = re.compile(rf"(?:{_DIGITS.pattern})(?P<unit> *[^\W\d_][\w ]*)?")
_ENDS_WITH_DIGITS = re.compile(r"(?<![\w.])[0-9]+$")
_BEGINS_WITH_DIGITS = re.compile(r"[0-9]+(?![\w.])")
_QUOTE_OPENS = re.compile(r'(?<![\w.])"')
_CUT = re.compile(r"[ \t]+#(\S?)[^\r\n]*")


class _Mark(Protocol):
    index: int
    line: int
    column: int


class _Event(Protocol):
    """What the loader gives, of whatever kind; a kind has only the attributes that belong to it."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None
    flow_style: bool


class _Loader(Protocol):
    def get_event(self) -> _Event | None: ...
    def dispose(self) -> None: ...


class _LoaderType(Protocol):
    def __call__(self, stream: str, /) -> _Loader: ...


_LOADER: _LoaderType = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_document(file: str, content: bytes, *, loader: _LoaderType = _LOADER) -> Document:
    """Read one YAML file. Never raises for what the file holds: all faults are findings of the document."""
    text = decode(file, content)
    if isinstance(text, Finding):
        return Document(file=file, text="", root=None, findings=(text,))
    return read_text(file, text, loader=loader)


def read_text(file: str, text: str, *, first_line: int = 1, loader: _LoaderType = _LOADER) -> Document:
    """Read YAML text that begins on line `first_line` of a file; `text` has passed `decode`."""
    lines, parsed, events = split_lines(text), text, 0
    for rest in reversed(range(_MOST_FALLEN_APART)):
        reading = _Reading(file=file, text=text, lines=lines, first_line=first_line, masked=parsed is not text)
        root = reading.run(loader(parsed))
        # A value that fell apart is told; with its signs hidden from the parser the rest of the file is read as well.
        further = hidden(parsed, text, reading.fell_apart_at) if reading.fell_apart_at is not None else None
        events += reading.count
        if further is None or events > MAX_NODES or not rest:
            break
        parsed = further
    return Document(file=file, text=text, root=root, findings=tuple(reading.findings), first_line=first_line)


class _Halt(Exception):  # noqa: N818 - ends one reading, never leaves this module
    """The rest of the file is not worth reading."""


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end is still to come."""

    place: Place
    is_mapping: bool
    in_flow: bool
    elements: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    repeated: list[Entry] = field(default_factory=list)
    key: Node | None = None
    torn_at: int | None = None
    """Where a value began that has more opening parentheses or quotes than closing ones."""
    torn_from: int = 0
    """The number of the element that began there."""
    unclosed: Node | None = None
    """Its fragments so far in a mapping, where they would be keys without values."""


@dataclass(slots=True)
class _Reading:
    file: str
    text: str
    lines: list[str]
    first_line: int
    masked: bool = False
    """Whether signs of the text are hidden from the parser."""
    fell_apart_at: int | None = None
    """Where the parser stopped because a value that is not quoted has a sign of YAML in it."""
    findings: list[Finding] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    root: Node | None = None
    count: int = 0
    commented: set[int] = field(default_factory=set)

    def run(self, loader: _Loader) -> Node | None:
        if "#" in self.text:
            self.commented = {number for number, line in enumerate(self.lines) if _COMMENT.search(line)}
        try:
            while (event := loader.get_event()) is not None:
                self.take(event)
        except _Halt:
            return None
        except yaml.YAMLError as fault:
            finding = explain(self.file, self.lines, self.first_line, fault)
            # A slip just before is what threw the parser off.
            if not self.findings or self.findings[-1].place.line < finding.place.line - 1:
                self.findings.append(finding)
            mark = fault.problem_mark if isinstance(fault, yaml.MarkedYAMLError) else None
            if finding.code in _FALLING_APART and mark is not None:
                self.fell_apart_at = mark.index
            return None
        finally:
            loader.dispose()
        return self.root

    def take(self, event: _Event) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            self.report(
                "V1008",
                self.place(event),
                Text("The file has more than {limit} keys and values.", limit=MAX_NODES),
                Text("Split it into several files."),
            )
            raise _Halt
        if len(self.findings) >= MAX_FINDINGS:
            self.report(
                "V1009",
                self.place(event),
                Text("The file has {limit} faults and more; the rest of it was not read.", limit=MAX_FINDINGS),
                Text("Set them right, then check again."),
            )
            raise _Halt
        kind: type[object] = type(event)
        if kind is yaml.ScalarEvent:
            self.scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.open(event, is_mapping=kind is yaml.MappingStartEvent)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.close()
        elif kind is yaml.AliasEvent:
            self.report_alias(event)
            self.add(Node(self.place(event), NodeKind.SCALAR, "", "'"), event)
        elif kind is yaml.DocumentStartEvent and self.root is not None:
            self.report(
                "V1014",
                self.place(event),
                Text("A second document begins here; one file holds one document."),
                Text("Remove the line `---`, or move what follows into a file of its own."),
            )
            raise _Halt

    def place(self, event: _Event) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.index - start.index if end.line == start.line else len(self.lines[start.line]) - start.column
        return Place(self.file, start.line + self.first_line, start.column + 1, max(1, length))

    def report(self, code: str, place: Place, reason: Text, remedy: Text, related: Place | None = None) -> None:
        self.findings.append(Finding(code=code, place=place, reason=reason, remedy=remedy, related=related))

    def report_alias(self, event: _Event) -> None:
        self.report(
            "V1010",
            self.place(event),
            Text("`*{name}` is a YAML alias; aliases are not used here.", name=event.anchor),
            Text("Write the value out; if it is text that begins with `*`, put it in quotes."),
        )

    def check_properties(self, event: _Event) -> None:
        """Refuse an anchor (``&x``) or a tag (``!x``) before a value."""
        if event.anchor is not None:
            self.report(
                "V1011",
                self.place(event),
                Text("`&{name}` is a YAML anchor; anchors are not used here.", name=event.anchor),
                Text("Remove it; if it is text that begins with `&`, put it in quotes."),
            )
        if event.tag is not None:
            self.report(
                "V1012",
                self.place(event),
                Text("`!` begins a YAML tag; tags are not used here."),
                Text("Remove the tag; if it is text or a condition that begins with `!`, put it in quotes."),
            )

    def open(self, event: _Event, *, is_mapping: bool) -> None:
        self.check_properties(event)
        if len(self.stack) == MAX_DEPTH:
            self.report(
                "V1007",
                self.place(event),
                Text("Values stand in each other more than {limit} levels deep.", limit=MAX_DEPTH),
                Text("Check the brackets and the indentation."),
            )
            raise _Halt
        self.stack.append(_Open(self.place(event), is_mapping, bool(event.flow_style)))

    def close(self) -> None:
        done = self.stack.pop()
        if done.unclosed is not None:
            self.report_torn(done.unclosed.place, done.unclosed.text)
        kind = NodeKind.MAPPING if done.is_mapping else NodeKind.SEQUENCE
        self.add(Node(done.place, kind, "", "", tuple(done.elements), done.entries, tuple(done.repeated)), None)

    def scalar(self, event: _Event) -> None:
        if event.anchor is not None or event.tag is not None:
            self.check_properties(event)
        style = event.style or ""
        node = Node(self.place(event), NodeKind.SCALAR, event.value, style)
        sign = masked_sign(node.text) if self.masked else None
        if sign is not None:
            node = Node(node.place, NodeKind.SCALAR, shown(node.text), style)
            self.report_fallen_apart(node.place, sign)
        if not style and node.text and (self.commented or not node.text.isascii()):
            self.check_plain(node, event)
        self.add(node, event)

    def check_plain(self, node: Node, event: _Event) -> None:
        fault = misread(node) if _ODD.search(node.text) else None
        if fault:
            self.findings.append(fault)
        end = event.end_mark
        if self.commented and end.line in self.commented:
            cut = _CUT.match(self.text, end.index)
            if cut and (cut.group(1).strip(" \t#!-=") or _is_torn(node.text)):
                self.report(
                    "V1026",
                    Place(self.file, end.line + self.first_line, end.column + 1, len(cut.group())),
                    Text("` #` begins a comment, so the value ends here: `{value}`.", value=node.text),
                    Text("Put the whole value in quotes; if it is a comment, write a space after `#`."),
                )

    def add(self, node: Node, event: _Event | None) -> None:
        """Put a finished node where it belongs; `event` is the scalar's, None for a mapping or list."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if not parent.is_mapping:
            self.add_element(parent, node, event)
        elif parent.key is None:
            parent.key = node
        else:
            key, parent.key = parent.key, None
            if parent.torn_at is not None and event is not None and node.is_empty and not key.style:
                last = next(reversed(parent.entries.values()))
                whole = self.mend(parent, last.value, parent.torn_at, event)
                parent.entries[last.key.text] = Entry(last.key, whole)
                parent.unclosed = whole if _is_torn(whole.text) else None
            elif not node.text and _FRACTION.fullmatch(key.text) and self.is_decimal(parent, key):
                last = next(reversed(parent.entries.values()))
                parent.entries[last.key.text] = Entry(last.key, self.decimal(last.value, key))
            elif not node.text and not key.style and self.is_decimal_of_formula(parent, key):
                last = next(reversed(parent.entries.values()))
                parent.entries[last.key.text] = Entry(last.key, self.formula(last.value, key))
            elif self.is_good_key(parent, key):
                parent.entries[key.text] = Entry(key, node)
                parent.torn_at = _torn_at(parent, node, event)
            elif key.is_scalar and key.text in parent.entries:
                parent.repeated.append(Entry(key, node))

    def add_element(self, parent: _Open, node: Node, event: _Event | None) -> None:
        if parent.torn_at is not None and event is not None and not node.style:
            parent.elements.append(node)
            whole = self.mend(parent, parent.elements[parent.torn_from], parent.torn_at, event)
            # A list may hold texts with such signs: only what closes them tells that they belong together.
            if not _is_torn(whole.text):
                parent.elements[parent.torn_from :] = [whole]
        elif self.is_broken_length(parent, node):
            parent.elements[-1] = self.decimal(parent.elements[-1], node)
        else:
            parent.elements.append(node)
            parent.torn_at = _torn_at(parent, node, event)
            parent.torn_from = len(parent.elements) - 1

    def mend(self, parent: _Open, first: Node, since: int, event: _Event) -> Node:
        """Join the fragments of a value that a comma inside ``{…}`` or ``[…]`` tore apart."""
        whole = self.text[since : event.end_mark.index]
        place = first.place._replace(length=len(re.split(r"[\r\n]", whole)[0]))
        if len(whole) > _LONGEST_TORN:
            parent.torn_at = None
        elif not _is_torn(whole):
            parent.torn_at = None
            self.report_torn(place, whole)
        return Node(place, NodeKind.SCALAR, whole)

    def report_fallen_apart(self, place: Place, sign: str) -> None:
        self.findings.append(inner_colon(place) if sign == ":" else inner_bracket(place, sign))

    def report_torn(self, place: Place, whole: str) -> None:
        self.report(
            "V1029",
            place,
            Text("Inside `{{…}}` and `[…]` a comma ends a value, so `{value}` falls apart.", value=whole),
            Text("Put the whole value in quotes."),
        )

    def is_decimal(self, parent: _Open, key: Node) -> bool:
        """Tell whether a key is what follows the decimal comma of the value before it: ``{probability: 0,5}``."""
        last = next(reversed(parent.entries.values()), None)
        return parent.in_flow and last is not None and _goes_on(last.value, key)

    def is_decimal_of_formula(self, parent: _Open, key: Node) -> bool:
        """Tell whether a key is what follows the decimal comma of a condition: ``{when: amount >= 10,5}``."""
        last = next(reversed(parent.entries.values()), None)
        return (
            parent.in_flow
            and last is not None
            and last.value.is_scalar
            and not last.value.style
            and _ENDS_WITH_DIGITS.search(last.value.text) is not None
            and _BEGINS_WITH_DIGITS.match(key.text) is not None
            and _touches(last.value, key)
        )

    def formula(self, whole: Node, fraction: Node) -> Node:
        text = f"{whole.text},{fraction.text}"
        place = whole.place._replace(length=len(text))
        if self.findings and (self.findings[-1].code, self.findings[-1].place) == ("V1029", whole.place):
            self.findings.pop()  # of an earlier number in it
        self.report(
            "V1029",
            place,
            Text("Inside `{{…}}` and `[…]` a comma ends a value, so `{value}` falls apart.", value=text),
            Text("Write a decimal point."),
        )
        return Node(place, NodeKind.SCALAR, text)

    def is_broken_length(self, parent: _Open, node: Node) -> bool:
        """Tell whether a value of a list is what follows the decimal comma of a length of time: ``[1,5 days]``."""
        if not parent.in_flow or not parent.elements or node.style:
            return False
        found = _FRACTION.fullmatch(node.text)
        return found is not None and found["unit"] is not None and _goes_on(parent.elements[-1], node)

    def decimal(self, whole: Node, fraction: Node) -> Node:
        text = f"{whole.text},{fraction.text}"
        place = whole.place._replace(length=len(text))
        found = _FRACTION.fullmatch(fraction.text)
        if found is not None and found["unit"]:  # its place tells how such a length is written
            return Node(place, NodeKind.SCALAR, text)
        self.findings.append(
            Finding(
                code="V2008",
                place=place,
                reason=Text("`{text}` has a decimal comma.", text=text),
                remedy=Text("Write a decimal point."),
                suggestion=text.replace(",", "."),
            )
        )
        return Node(place, NodeKind.SCALAR, text)

    def is_good_key(self, parent: _Open, key: Node) -> bool:
        place = key.place
        if key.kind is not NodeKind.SCALAR:
            if self.text_before(place) == "{":
                self.report(
                    "V1039",
                    place,
                    Text("Without quotes YAML reads `{{{{ … }}}}` as a mapping."),
                    Text("Put the whole text in quotes."),
                )
            else:
                self.report(
                    "V1016",
                    place,
                    Text("A list or mapping stands where a key belongs."),
                    Text("Write a name before the colon; if this is text, put it in quotes."),
                )
        elif key.text in _NAMELESS and not (key.style and key.text):
            self.report(
                "V1015",
                place,
                Text("The key is empty or `null`."),
                Text("Write a name before the colon; if the name is the word null, put it in quotes."),
            )
        elif key.text == "<<" and not key.style:
            self.report(
                "V1013",
                place,
                Text("`<<` is a YAML merge; merges are not used here."),
                Text("Write the keys out."),
            )
        elif key.text in parent.entries:
            self.report(
                "V1017",
                place,
                Text("The key `{key}` stands here a second time.", key=key.text),
                Text("Keep one of the two."),
                parent.entries[key.text].key.place,
            )
        else:
            return True
        return False

    def text_before(self, place: Place) -> str:
        return self.lines[place.line - self.first_line][: place.column - 1][-1:]


def _goes_on(whole: Node, fraction: Node) -> bool:
    """Tell whether digits are followed by a comma and, without a space, by what may be their fraction."""
    return bool(_DIGITS.fullmatch(whole.text)) and _touches(whole, fraction)


def _touches(whole: Node, fraction: Node) -> bool:
    """Tell whether only a comma stands between two values of a line."""
    return (whole.place.line, whole.place.column + whole.place.length + 1) == fraction.place[1:3]


def _torn_at(parent: _Open, node: Node, event: _Event | None) -> int | None:
    """Return where a value of a ``{…}`` or ``[…]`` begins that seems to go on after the comma."""
    if event is None or not parent.in_flow or node.style or not _is_torn(node.text):
        return None
    return event.start_mark.index


def _is_torn(text: str) -> bool:
    """Tell whether a text opens a parenthesis or a quote that it does not close; the sign of inches opens none."""
    if text.count("(") > text.count(")"):
        return True
    return text.count('"') % 2 == 1 and _QUOTE_OPENS.search(text) is not None
