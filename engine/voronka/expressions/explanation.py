"""Why an expression gave what it gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from voronka.expressions.ir import Const, Convert, Decide, Node, Read, children
from voronka.expressions.python_code import LEAVES
from voronka.expressions.values import Kind, Value
from voronka.messages import Text

__all__ = ["Explanation", "Step", "steps_of"]

Replay = Callable[[Mapping[str, Value | None]], Value | None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A part of an expression as written, what it gave, and the parts that this came from.

    `digits`: of the currency, for a result of kind MONEY.
    """

    text: str
    kind: Kind
    result: Value | None
    children: tuple[Explanation, ...] = ()
    digits: int = 2

    def render(self, language: str = "en") -> str:
        """Return the tree as short text, a line a part, indented by depth."""
        return "\n".join(self._lines(language, 0))

    def _lines(self, language: str, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}{self.text}: {_shown(self, language)}"
        for child in self.children:
            yield from child._lines(language, depth + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A node that an explanation shows, with the function that gives its value again."""

    node: Node
    replay: Replay
    children: tuple[Step, ...]

    def explanation(self, leaves: Mapping[str, Value | None], digits: int) -> Explanation:
        """Return what this step and those below it gave."""
        return Explanation(
            text=self.node.text,
            kind=self.node.kind,
            result=self.replay(leaves),
            children=tuple(child.explanation(leaves, digits) for child in self.children),
            digits=digits,
        )


def steps_of(node: Node, replayers: Callable[[list[Node]], list[Replay]]) -> Step:
    """Return the steps of an expression."""
    shown: list[Node] = []

    def collect(part: Node) -> tuple[int, list[object]]:
        below: list[object] = [collect(child) for child in _shown_children(part)]
        shown.append(part)
        return len(shown) - 1, below

    def build(tree: tuple[int, list[object]]) -> Step:
        place, below = tree
        return Step(
            node=shown[place],
            replay=functions[place],
            children=tuple(build(child) for child in below),  # type: ignore[arg-type] # as collect made it
        )

    tree = collect(node)
    functions = replayers(shown)
    return build(tree)


def _shown_children(node: Node) -> Iterator[Node]:
    """Yield what a person wants to see below `node`: no constants, no conversions, no repetition, nothing personal."""
    if isinstance(node, LEAVES):
        return
    if isinstance(node, Decide) and node.why is not None:
        yield node.why  # the inputs stand below it
        return
    for child in children(node):
        while isinstance(child, Convert):
            child = child.operand
        if isinstance(child, Const) or (isinstance(child, Read) and child.pii):
            continue
        if child.text == node.text:
            yield from _shown_children(child)
        else:
            yield child


def _shown(part: Explanation, language: str) -> str:
    value = part.result
    if value is None:
        unknown = part.kind is Kind.BOOL and bool(part.children)
        return (Text("unknown") if unknown else Text("missing")).render(language)
    if isinstance(value, bool):
        return (Text("yes") if value else Text("no")).render(language)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    if part.kind is Kind.DATETIME:
        return f"{_EPOCH + timedelta(microseconds=value):%Y-%m-%d %H:%M} UTC"
    return _number(value, part, language)


def _number(value: float, part: Explanation, language: str) -> str:
    sign = ""
    if part.kind is Kind.MONEY:
        text = f"{'-' if value < 0 else ''}{_major(abs(round(value)), part.digits)}"
    elif part.kind is Kind.PERCENT:
        text, sign = f"{round(value * 100, 6):,.15g}", "%"
    else:
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.15g}"
    if language == "ru":
        text = text.replace(",", "\u00a0").replace(".", ",")
        sign = sign and "\u00a0%"
    return text + sign


def _major(minor: int, digits: int) -> str:
    whole, part = divmod(minor, 10**digits)
    return f"{whole:,}.{part:0{digits}}" if digits else f"{whole:,}"
