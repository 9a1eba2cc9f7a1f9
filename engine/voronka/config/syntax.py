"""Why a text is not the YAML it was meant to be, in words that name the slip and not the parser's state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml

from voronka.config.finding import Finding, Place
from voronka.config.node import Node
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["explain", "inner_bracket", "inner_colon", "misread"]

_BEGINNING = 500  # slips stand at the beginning of a line; a longer one would cost time only
_HARD_SPACES = "\u00a0\u2007\u202f\u3000"
_KEY = r"(?:- +)*(?:\"[^\"]*\"|'[^']*'|[^\s#:\"'{\[][^:#]*?)"
_BULLET = re.compile(r"[ \t]*(?P<slip>[–—−‐‑•·●▪◦])[ \u00a0]")
_SPACE = re.compile(rf"[ ]*(?P<slip>[{_HARD_SPACES}])|[ ]*{_KEY}?[:-](?P<after>[{_HARD_SPACES}])")
_CURLY = re.compile(rf"[ ]*(?:{_KEY}: +|- +)?(?P<slip>[“”„‟‘’‚])")
_TAB = re.compile(r" *(?P<slip>\t)")
_NO_SPACE = re.compile(r"[ ]*(?:- +)*[A-Za-z_]\w*(?P<slip>:)[^\s:/]")
_VALUE = re.compile(rf"[ ]*(?:{_KEY}:[ ]+|- +)?(?P<first>\S)")
_INNER_COLON = re.compile(rf"[ ]*{_KEY}:[ ]+(?P<value>.*)$")


def misread(node: Node) -> Finding | None:
    """Return what is wrong with a plain scalar that YAML takes for text, but that was meant as something else."""
    stray = len(node.text.rstrip(_HARD_SPACES))
    if stray < len(node.text) > node.place.length:
        return _hard_space(node.place)
    if stray < len(node.text):
        return _hard_space(node.place._replace(column=node.place.column + stray, length=1))
    return next(_slips(node.place.file, node.text[:_BEGINNING], node.place.line, node.place.column - 1), None)


def explain(file: str, lines: Sequence[str], first_line: int, fault: yaml.YAMLError) -> Finding:
    """Return a finding for an error of the YAML parser, from its marks and from the text itself."""
    marked = fault if isinstance(fault, yaml.MarkedYAMLError) else yaml.MarkedYAMLError(problem=str(fault))
    at = _spot(lines, marked.problem_mark) if marked.problem_mark else (0, 0)
    since = _spot(lines, marked.context_mark) if marked.context_mark else at
    for number in sorted({at[0], since[0], max(at[0] - 1, since[0])}, reverse=True):
        for slip in _slips(file, lines[number][:_BEGINNING], number + first_line, 0, with_tabs=True):
            return slip
    said = f"{marked.context or ''} {marked.problem or ''}"
    return _Fault(file=file, lines=lines, first_line=first_line, said=said, at=at, since=since).explain()


def inner_colon(place: Place) -> Finding:
    """Return the finding about a value with `: ` in it and no quotes around it."""
    return Finding(
        code="V1028",
        place=place,
        reason=Text("The value contains `: `, which begins another value."),
        remedy=Text("Put the whole value in quotes."),
    )


def inner_bracket(place: Place, character: str) -> Finding:
    """Return the finding about a value inside braces or brackets that goes on with `character` and is not quoted."""
    return Finding(
        code="V1029",
        place=place,
        reason=Text(
            "Inside `{{…}}` and `[…]` a value that goes on with `{character}` falls apart.", character=character
        ),
        remedy=Text("Put the whole value in quotes."),
    )


def _hard_space(place: Place) -> Finding:
    return Finding(
        code="V1022",
        place=place,
        reason=Text("This space is not an ordinary one (a non-breaking space)."),
        remedy=Text("Delete it and type an ordinary space."),
    )


def _spot(lines: Sequence[str], mark: yaml.Mark) -> tuple[int, int]:
    """Return line and column of a mark; the end of a text is the end of its last line with something on it."""
    line, column = mark.line, mark.column
    while line > 0 and (line >= len(lines) or not lines[line].strip()):
        line -= 1
        column = len(lines[line].rstrip())
    return line, min(column, len(lines[line]))


def _slips(file: str, line: str, number: int, shift: int, *, with_tabs: bool = False) -> Iterator[Finding]:
    """Yield the slips of typing on a line that YAML does not forgive."""

    def place(found: re.Match[str]) -> Place:
        group = "slip" if found.group("slip") else "after"
        return Place(file, number, shift + found.start(group) + 1)

    if with_tabs and (found := _TAB.match(line)):
        yield Finding(
            code="V1020",
            place=place(found),
            reason=Text("The line is indented with a tab."),
            remedy=Text("Indent with spaces, two for each level."),
        )
    if found := _SPACE.match(line):
        yield _hard_space(place(found))
    if found := _BULLET.match(line):
        yield Finding(
            code="V1021",
            place=place(found),
            reason=Text("`{character}` does not begin a list item.", character=found.group("slip")),
            remedy=Text("Begin each item with a hyphen and a space: `- `. If it is text, put it in quotes."),
        )
    if found := _CURLY.match(line):
        yield Finding(
            code="V1023",
            place=place(found),
            reason=Text("`{character}` is a curly quote; YAML takes it for a letter.", character=found.group("slip")),
            remedy=Text(
                "Use straight quotes: \" or '. If the curly ones belong to the text, put straight ones around it."
            ),
        )


@frozen
class _Fault:
    """What the parser said, and about which spots (line and column from 0): `at` it stopped, `since` it had begun."""

    file: str
    lines: Sequence[str]
    first_line: int
    said: str
    at: tuple[int, int]
    since: tuple[int, int]

    def finding(self, code: str, spot: tuple[int, int], reason: Text, remedy: Text, *, to_end: bool = False) -> Finding:
        rest = len(self.lines[spot[0]].rstrip()) - spot[1]
        place = Place(self.file, spot[0] + self.first_line, spot[1] + 1, max(1, rest) if to_end else 1)
        return Finding(code=code, place=place, reason=reason, remedy=remedy)

    def explain(self) -> Finding:
        if "mapping values are not allowed" in self.said:
            return self.colon()
        if "unexpected ':'" in self.said:
            return self.no_space(self.at)
        if "could not find expected ':'" in self.said:
            return self.no_key()
        if "quoted scalar" in self.said or "double-quoted" in self.said:
            return self.quoted()
        if "flow" in self.said:
            return self.bracket()
        return self.misplaced()

    def colon(self) -> Finding:
        line = self.lines[self.at[0]]
        inner = _INNER_COLON.match(line[: min(self.at[1], _BEGINNING)])
        if inner:
            start = inner.start("value")
            return inner_colon(Place(self.file, self.at[0] + self.first_line, start + 1, len(line.rstrip()) - start))
        return self.indentation()

    def indentation(self) -> Finding:
        line = self.lines[self.at[0]]
        if line.lstrip().startswith(":"):
            return self.nameless((self.at[0], line.index(":")))
        return self.finding(
            "V1032",
            (self.at[0], len(line) - len(line.lstrip())),
            Text("The indentation of this line fits no level above it."),
            Text("Align it with the lines it belongs to; indent a deeper level by two spaces."),
            to_end=True,
        )

    def nameless(self, spot: tuple[int, int]) -> Finding:
        return self.finding(
            "V1015",
            spot,
            Text("The key is empty or `null`."),
            Text("Write a name before the colon; if the name is the word null, put it in quotes."),
        )

    def no_key(self) -> Finding:
        line = self.lines[self.since[0]]
        cut = re.search(r"[ \t]#", line)
        if cut:
            return self.finding(
                "V1026",
                (self.since[0], cut.start()),
                Text("` #` begins a comment, so the line ends here: `{value}`.", value=line[: cut.start()].strip()),
                Text("Put the whole text in quotes; if it is a comment, write a space after `#`."),
                to_end=True,
            )
        joined = _NO_SPACE.match(line[:_BEGINNING])
        if joined:
            return self.no_space((self.since[0], joined.start("slip")))
        return self.finding(
            "V1033",
            (self.since[0], len(line) - len(line.lstrip())),
            Text("This line is neither `key: value` nor a list item."),
            Text("Write `key: value`; a text of several lines is put in quotes or after `|`."),
            to_end=True,
        )

    def no_space(self, spot: tuple[int, int]) -> Finding:
        return self.finding(
            "V1027",
            spot,
            Text("There is no space after the colon."),
            Text("Write a space after the colon."),
        )

    def quoted(self) -> Finding:
        if "escape" in self.said or "hexdecimal" in self.said or "hexadecimal" in self.said:
            return self.finding(
                "V1035",
                self.at,
                Text("In double quotes `\\` begins an escape, and this is none."),
                Text("Use single quotes, or write `\\\\` for a backslash."),
            )
        return self.finding(
            "V1030",
            self.since,
            Text("This quote is never closed."),
            Text("Close it at the end of the text."),
        )

    def bracket(self) -> Finding:
        line = self.lines[self.at[0]]
        here = line[self.at[1] : self.at[1] + 1]
        if here and here in "{[\"'" and line[: self.at[1]].strip():
            return inner_bracket(Place(self.file, self.at[0] + self.first_line, self.at[1] + 1), here)
        if here == ":" and line[: self.at[1]].rstrip().endswith(("{", ",")):
            return self.nameless(self.at)
        if here == ":" and self.at[0] == self.since[0]:
            return inner_colon(Place(self.file, self.at[0] + self.first_line, self.at[1] + 1))
        return self.finding(
            "V1031",
            self.since,
            Text(
                "This bracket is not closed, or a comma is missing before line {line}, column {column}.",
                line=self.at[0] + self.first_line,
                column=self.at[1] + 1,
            ),
            Text("Close the bracket, and put commas between the values."),
        )

    def misplaced(self) -> Finding:
        line = self.lines[self.at[0]]
        before, here = line[: self.at[1]], line[self.at[1] : self.at[1] + 1]
        value = _VALUE.match(line[:_BEGINNING])
        first = value.group("first") if value else ""
        if value and first and first in "@`%*&!>|" and self.at[1] >= value.start("first"):
            return self.finding(
                "V1034",
                (self.at[0], value.start("first")),
                Text("A value may not begin with `{character}`: YAML gives it a meaning of its own.", character=first),
                Text("Put the whole value in quotes."),
                to_end=True,
            )
        if before.rstrip().endswith(('"', "'", "]", "}")):
            return self.finding(
                "V1036",
                self.at,
                Text(
                    "The value is over after the closing `{character}`, but the line goes on.",
                    character=before.rstrip()[-1],
                ),
                Text("Put the whole value in quotes of the other kind."),
                to_end=True,
            )
        if "sequence entries" in self.said:
            return self.finding(
                "V1037",
                self.at,
                Text("A list item cannot stand on the line of its key."),
                Text("Begin the list on the next line, or write it as `[a, b]`."),
            )
        if here and here in "]},":
            return self.finding(
                "V1038",
                self.at,
                Text("`{character}` closes or separates nothing here.", character=here),
                Text("Remove it, or put the text in quotes."),
            )
        if "did not find expected" in self.said or "expected <block end>" in self.said:
            return self.indentation()
        return self.finding(
            "V1099",
            self.at,
            Text("This is not YAML: {problem}.", problem=self.said.strip()),
            Text("Compare the line with the examples of the language reference."),
        )
