"""What a message template reads: its names, found in Jinja2's own syntax tree, and what it may not do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from voronka.messages import Text

if TYPE_CHECKING:
    from jinja2 import Environment, TemplateSyntaxError, nodes

__all__ = ["FILTERS", "TemplateFault", "TemplateName", "read_names"]

FILTERS = frozenset({"capitalize", "d", "default", "lower", "title", "trim", "upper"})
"""The filters of Jinja2 that a template may use: values are words already."""

_TESTS = frozenset({"defined", "undefined"})


@dataclass(frozen=True, slots=True)
class TemplateName:
    """A name as written (``contact.name``) and the line of the source, from 1."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What a template may not contain. `text`: the word to point at, if it is known."""

    reason: Text
    remedy: Text
    line: int
    text: str = ""


@cache
def _environment() -> Environment:
    from jinja2 import Environment  # only a workspace with templates pays for the import

    return Environment(autoescape=False)  # noqa: S701 - parses only; nothing is rendered here


def read_names(source: str) -> Iterator[TemplateName | TemplateFault]:
    """Yield every name that `source` reads and everything in it that is not allowed."""
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as fault:
        yield _unreadable(fault)
        return
    yield from _walk(tree)


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
    return TemplateFault(
        Text("The template cannot be read: something between its braces is no name, or a brace is not closed."),
        Text("Write names as {example} and close every brace.", example="{{ contact.name }}"),
        fault.lineno,
    )


def _walk(node: nodes.Node) -> Iterator[TemplateName | TemplateFault]:
    from jinja2 import nodes

    if isinstance(node, (nodes.Name, nodes.Getattr)):
        dotted = _dotted(node)
        if dotted is not None:
            yield TemplateName(dotted, node.lineno)
            return
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield TemplateFault(
            Text("The filter “{name}” is not allowed in a template.", name=node.name),
            Text("Use one of {known}, or none.", known=", ".join(sorted(FILTERS))),
            node.lineno,
            node.name,
        )
        return
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        yield TemplateFault(
            Text("The test “{name}” is not allowed in a template.", name=node.name),
            Text("Use “is defined”, or compare with =="),
            node.lineno,
            node.name,
        )
        return
    if not isinstance(node, _allowed()):
        yield TemplateFault(
            Text("A template may only fill in names; {what} is not allowed.", what=_what(node)),
            Text("Keep to {example} and “if”: nothing else.", example="{{ contact.name }}"),
            node.lineno,
        )
        return
    for child in node.iter_child_nodes():
        yield from _walk(child)


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
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        head = _dotted(node.node)
        return f"{head}.{node.attr}" if head is not None else None
    return None
