"""What a message template reads: its names, found in Jinja2's own syntax tree, and what it may not do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from voronka.config.placeholders import plain_names
from voronka.frozen import frozen
from voronka.messages import Text

if TYPE_CHECKING:
    from jinja2 import Environment, TemplateSyntaxError, nodes

__all__ = [
    "FILTERS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NAMES",
    "TESTS",
    "TemplateComparison",
    "TemplateFault",
    "TemplateName",
    "read_names",
    "stray_braces",
]

FILTERS = frozenset({"capitalize", "d", "default", "lower", "title", "trim", "upper"})
"""The filters of Jinja2 that a template may use: they work on words."""

TESTS = frozenset({"defined", "undefined"})
"""The tests of Jinja2 that a template may use."""

MAX_LENGTH = 100_000
"""A text of a template, before anything is filled in, has at most so many characters: a message is no longer either."""

MAX_NAMES = 1_000
"""A text of a template fills in at most so many names."""

MAX_DEPTH = 50
"""Conditions, brackets and chains of “and” stand in one another at most so deep."""

_BRACES = re.compile(r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\}))*\}\}|\{%[^{}%]*%\}")
_PLACES = re.compile(rf"{_BRACES.pattern}|\{{#[^#]*#\}}")
_STRAY = re.compile(r"\{\s+\{|\}\s+\}|\}\}|\$?\{\s*([A-Za-z_][\w.]*)\s*\}")
_CURLY = re.compile(r"[«“„”‘’][^«»“”„‘’{}]*[»”“‘’]?")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_WITH_SETTINGS = frozenset({"d", "default"})
_EQUALITY = frozenset({"eq", "ne"})


@frozen(kw_only=False)
class TemplateName:
    """A name as written (``contact.name``) and the line of the source, from 1.

    `guarded`: it stands within “if” or has a default, so that its author has thought of its being empty.
    """

    name: str
    line: int
    guarded: bool = False


@frozen(kw_only=False)
class TemplateComparison:
    """A name compared with a text in quotes, and the line of the source, from 1."""

    name: str
    text: str
    line: int


@frozen(kw_only=False)
class TemplateFault:
    """What a template may not contain. `text`: what to point at, if it is known, in the line from `column`, from 0."""

    reason: Text
    remedy: Text
    line: int
    text: str = ""
    column: int = 0


_Found = TemplateName | TemplateComparison | TemplateFault


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(autoescape=False)  # noqa: S701 - parses only; nothing is rendered here


def read_names(source: str) -> Iterator[_Found]:
    """Yield every name that `source` reads, every comparison and everything in it that is not allowed."""
    if len(source) > MAX_LENGTH:
        yield TemplateFault(
            Text("The template is longer than {most} characters.", most=MAX_LENGTH),
            Text("Shorten it; what is long goes as a file."),
            1,
        )
        return
    plain = plain_names(source)
    if plain is not None and len(plain) <= MAX_NAMES:
        yield from (TemplateName(name, line, guarded) for name, line, guarded in plain)
    else:
        yield from _read(source)


def stray_braces(source: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield the braces outside of `source`'s places: the line, the braces, and the name if one stands between them."""
    outside = _PLACES.sub(lambda place: "\n" * place[0].count("\n"), source) if "}" in source else source
    for stray in islice(_STRAY.finditer(outside), MAX_NAMES):
        yield outside.count("\n", 0, stray.start()) + 1, stray[0], stray[1]


def _read(source: str) -> Iterator[_Found]:
    """Yield what Jinja2 finds in `source`."""
    from jinja2 import TemplateSyntaxError  # only a workspace whose templates need it pays for the import

    marked, places = _marked(source)
    try:
        tree = _environment().parse(marked)
    except TemplateSyntaxError as fault:
        whole = _unreadable(fault)  # told of a line, for often it is only there that an end is missed
        yield from _in_parts(source, replace(whole, line=places[min(whole.line, len(places)) - 1].line))
        return
    except ValueError:  # a number of more digits than Python reads
        yield _no_name(1)
        return
    except RecursionError:  # the parser goes down with every bracket and condition, and tells no line
        yield _too_deep(1)
        return
    for each in _walk(tree):
        yield _placed(each, places)


class _Place(NamedTuple):
    """Where a line of a marked text is in the text itself: the line, from 1, the column, from 0, and the braces."""

    line: int
    column: int = 0
    braces: str = ""


def _marked(source: str) -> tuple[str, list[_Place]]:
    """Return `source` with each of its braces on a line of its own, and where each line is: Jinja2 tells no columns."""
    parts, places, last, line = [], [_Place(1)], 0, 1
    for braces in _BRACES.finditer(source):
        before = source[last : braces.start()]
        ends = len(_NEWLINE.findall(before))
        places += [_Place(line + number) for number in range(1, ends + 1)]
        line, last = line + ends, braces.start()
        start = max(source.rfind("\n", 0, last), source.rfind("\r", 0, last)) + 1
        places.append(_Place(line, last - start, "" if _NEWLINE.search(braces[0]) else braces[0]))
        parts += [before, " \n"]  # after a lone \r a bare \n would be the half of one end
    places += [_Place(line + number) for number in range(1, len(_NEWLINE.findall(source[last:])) + 1)]
    return "".join([*parts, source[last:]]), places


def _placed(each: _Found, places: Sequence[_Place]) -> _Found:
    """Return what was found on a line of a marked text as it is in the text itself."""
    place = places[min(each.line, len(places)) - 1]
    if not isinstance(each, TemplateFault):
        return replace(each, line=place.line)
    return replace(each, line=place.line, column=place.column, text=each.text or place.braces)


def _in_parts(source: str, whole: _Found) -> Iterator[_Found]:
    """Yield what stands between the braces of a text that cannot be read as a `whole`, each pair of them by itself."""
    from jinja2 import TemplateSyntaxError

    told = False
    for part in islice(_BRACES.finditer(source), MAX_NAMES):
        line = source.count("\n", 0, part.start()) + 1
        column = part.start() - source.rfind("\n", 0, part.start()) - 1
        places = [_Place(line, column, part[0]), *(_Place(line + each) for each in range(1, part[0].count("\n") + 1))]
        found: list[_Found] = []
        if curly := _CURLY.search(part[0]):
            found = [_quoted(curly, 1)]
        elif part[0].startswith("{{"):
            try:
                found = list(_walk(_environment().parse(part[0])))
            except (TemplateSyntaxError, ValueError, RecursionError):
                found = [_no_name(1)]
        found = [_placed(each, places) for each in found]
        told = told or any(isinstance(each, TemplateFault) and each.line == whole.line for each in found)
        yield from found
    if not told:
        yield whole


def _quoted(curly: re.Match[str], line: int) -> TemplateFault:
    """Return the fault of a name in curly quotes, or of a text in them."""
    return TemplateFault(
        Text("Curly quotes stand between the braces; Voronka does not know them there."),
        Text(
            "Write a name without quotes, as in {name}, and a text in straight ones, as in {text}.",
            name="{{ amount }}",
            text='{{ amount | default("—") }}',
        ),
        line,
        curly[0],
    )


def _too_deep(line: int) -> TemplateFault:
    return TemplateFault(
        Text("Conditions or brackets stand more than {most} deep in one another.", most=MAX_DEPTH),
        Text("Divide the text into several templates."),
        line,
    )


def _unreadable(fault: TemplateSyntaxError) -> TemplateFault:
    """Return what is wrong in our words: those of Jinja2 are for programmers."""
    said = str(fault.message)
    if said.startswith("Unexpected end of template"):
        return TemplateFault(
            Text("The template ends within an “if”."), Text("Close it: {example}.", example="{% endif %}"), fault.lineno
        )
    if said.startswith("Encountered unknown tag"):
        return TemplateFault(
            Text("A template knows no such tag in {braces}.", braces="{% %}"),
            Text("Keep to {example} and “if”: nothing else.", example="{{ contact.name }}"),
            fault.lineno,
        )
    return _no_name(fault.lineno)


def _no_name(line: int) -> TemplateFault:
    return TemplateFault(
        Text("The template cannot be read: something between its braces is no name, or a brace is not closed."),
        Text("Write names as {example} and close every brace.", example="{{ contact.name }}"),
        line,
    )


def _walk(tree: nodes.Template) -> Iterator[_Found]:
    """Yield what stands in `tree`."""
    from jinja2 import nodes

    told = 0
    waiting: list[tuple[nodes.Node, int, int, bool]] = [(tree, 0, 1, False)]
    while waiting:
        node, depth, line, guarded = waiting.pop()
        line = node.lineno or line  # some nodes know no line: then that of the node around
        if depth > MAX_DEPTH:
            yield _too_deep(line)
            return
        dotted = _dotted(node)
        if dotted is not None:
            found: TemplateName | TemplateFault | None = TemplateName(dotted, line, guarded)
        else:
            found = _fault(node, line)
        if found is None:
            if isinstance(node, nodes.Compare):
                yield _comparison(node, line)
            guarded = guarded or _guards(node)
            waiting += [(child, depth + 1, line, guarded) for child in reversed(list(node.iter_child_nodes()))]
            continue
        told += 1
        if told > MAX_NAMES:
            yield TemplateFault(
                Text("The template fills in more than {most} names.", most=MAX_NAMES),
                Text("Divide the text into several templates."),
                line,
            )
            return
        yield found


def _fault(node: nodes.Node, line: int) -> TemplateFault | None:
    """Return why `node` may not stand in a template; None if it may."""
    from jinja2 import nodes

    match node:
        case nodes.Filter() if node.name not in FILTERS:
            return TemplateFault(
                Text("The filter “{name}” is not allowed in a template.", name=node.name),
                Text("Use one of {known}, or none.", known=", ".join(sorted(FILTERS))),
                line,
                node.name,
            )
        case nodes.Test() if node.name not in TESTS:
            return TemplateFault(
                Text("The test “{name}” is not allowed in a template.", name=node.name),
                Text("Use “is defined”, or compare with a text by == or !=."),
                line,
                node.name,
            )
        case nodes.Filter() | nodes.Test() if not _settings_fit(node):
            return TemplateFault(
                Text("“{name}” cannot have these settings in brackets.", name=node.name),
                Text("Write it without brackets; only default takes a text: {example}.", example='default("—")'),
                line,
                node.name,
            )
        case nodes.Compare() if not _equality_with_text(node):
            return TemplateFault(
                Text("A template compares a name only with a text in quotes, by == or !=."),
                Text(
                    "Write {example}, or {yes_no} for a yes/no field; put any other condition into the “when” of the"
                    " timed event that sends the message.",
                    example='{% if segment == "key" %}',
                    yes_no="{% if urgent %}",
                ),
                line,
            )
        case _ if not isinstance(node, _allowed()):
            return TemplateFault(
                Text("A template may only fill in names; {what} is not allowed.", what=_what(node)),
                Text("Keep to {example} and “if”: nothing else.", example="{{ contact.name }}"),
                line,
            )
        case _:
            return None


def _guards(node: nodes.Node) -> bool:
    """Tell whether what stands in `node` is filled in under a condition only, or has a default."""
    from jinja2 import nodes

    return isinstance(node, (nodes.If, nodes.CondExpr)) or (
        isinstance(node, nodes.Filter) and node.name in _WITH_SETTINGS
    )


def _settings_fit(node: nodes.Filter | nodes.Test) -> bool:
    """Tell whether Jinja2 will accept what stands in brackets, so that it does not fail when a message is due."""
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return False
    return len(node.args) <= (2 if node.name in _WITH_SETTINGS else 0)


def _equality_with_text(node: nodes.Compare) -> bool:
    """Tell whether this is a name and a text: a message is words, so nothing else of it compares as it looks."""
    from jinja2 import nodes

    if len(node.ops) != 1 or node.ops[0].op not in _EQUALITY:
        return False
    sides = (node.expr, node.ops[0].expr)
    texts = [side for side in sides if isinstance(side, nodes.Const) and isinstance(side.value, str)]
    return len(texts) == 1 and any(_dotted(side) is not None for side in sides)


def _comparison(node: nodes.Compare, line: int) -> TemplateComparison:
    """Return a comparison that is one of a name with a text."""
    from jinja2 import nodes

    sides = (node.expr, node.ops[0].expr)
    name = next(dotted for side in sides if (dotted := _dotted(side)) is not None)
    text = next(str(side.value) for side in sides if isinstance(side, nodes.Const))
    return TemplateComparison(name, text, line)


@cache
def _allowed() -> tuple[type[nodes.Node], ...]:
    from jinja2 import nodes

    return (
        nodes.Template,
        nodes.Output,
        nodes.TemplateData,
        nodes.If,
        nodes.CondExpr,
        nodes.Compare,
        nodes.Operand,
        nodes.And,
        nodes.Or,
        nodes.Not,
        nodes.Const,
        nodes.Filter,
        nodes.Test,
    )


def _what(node: nodes.Node) -> Text:
    from jinja2 import nodes

    match node:
        case nodes.Call():
            return Text("a call")
        case nodes.For():
            return Text("a loop")
        case nodes.Include() | nodes.Import() | nodes.FromImport() | nodes.Extends():
            return Text("another file")
        case nodes.Macro() | nodes.CallBlock() | nodes.Block():
            return Text("a macro or a block")
        case nodes.Assign() | nodes.AssignBlock():
            return Text("an assignment")
        case _:
            return Text("a calculation")


def _dotted(node: nodes.Node) -> str | None:
    """Return the name as written (``contact.name``); None if `node` is no name."""
    from jinja2 import nodes

    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name, *reversed(parts)]) if isinstance(node, nodes.Name) else None
