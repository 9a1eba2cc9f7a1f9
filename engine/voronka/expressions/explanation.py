"""Why an expression gave what it gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from voronka.calendars import Duration, Unit, local
from voronka.expressions.durations import length
from voronka.expressions.ir import (
    Aggregate,
    Arithmetic,
    Both,
    Coalesce,
    Compare,
    Computed,
    Const,
    Convert,
    Decide,
    Either,
    Function,
    If,
    Node,
    Not,
    Read,
    children,
    names_in,
)
from voronka.expressions.leaves import LEAVES
from voronka.expressions.values import Kind, Value
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Explanation", "Step", "steps_of"]

_MOST_LINES = 24
_MOST_LISTED = 6
_LONGEST = 60
_DIGITS = 4
_LOGIC = (Both, Either, Not, If, Computed, Coalesce)

_QUANTIFIED = frozenset({Function.ANY, Function.ALL})

Line = tuple[int, str]
"""How deep a part lies, and what is told of it."""
Replay = Callable[[Mapping[str, Value | None]], Value | None]


@frozen
class Explanation:
    """A part of an expression as written, what it gave, and the parts that this came from.

    `digits`: of the currency, for a result of kind MONEY; `zone`: for one of kind DATETIME, empty for UTC. `hidden`:
    what it gave is not for whoever asks; `result` is None then. `decisive`: the places of those children on which the
    result rests. `judged`: a missing result is an unknown one, for it is no value that was read.
    """

    text: str
    kind: Kind
    result: Value | None
    children: tuple[Explanation, ...] = ()
    digits: int = 2
    hidden: bool = False
    decisive: tuple[int, ...] = ()
    judged: bool = False
    zone: str = ""

    def render(self, language: str = "en") -> str:
        """Return the tree as text, a line a part, indented by depth.

        One that would not fit a page tells only what decided, and of that the upper levels that fit.
        """
        lines = list(self._lines(language, 0))
        if len(lines) > _MOST_LINES:
            lines = list(self.brief()._lines(language, 0))
        if len(lines) > _MOST_LINES:
            lines = _cut(lines, language)
        return "\n".join(f"{'  ' * depth}{line}" for depth, line in lines)

    def answer(self, language: str = "en") -> str:
        """Return the result alone, as people read it."""
        return _shown(self, language)

    def brief(self) -> Explanation:
        """Return the explanation without the parts that did not matter."""
        kept = tuple(self.children[place].brief() for place in self.decisive)
        return replace(self, children=kept, decisive=tuple(range(len(kept))))

    def _lines(self, language: str, depth: int) -> Iterator[Line]:
        yield depth, f"{self.text}: {_shown(self, language)}"
        for child in self.children:
            yield from child._lines(language, depth + 1)


@frozen
class Step:
    """A node that an explanation shows, with the function that gives its value again. `of`: the collection of whose
    row it is asked."""

    node: Node
    of: str
    replay: Replay
    children: tuple[Step, ...]

    def explanation(
        self, leaves: Mapping[str, Value | None], digits: int, zone: str, hidden: frozenset[str]
    ) -> Explanation:
        """Return what this step and those below it gave, but for what reads a `hidden` name."""
        veiled = bool(hidden) and not hidden.isdisjoint(names_in(self.node, self.of))
        shown = self.children if not veiled or isinstance(self.node, _LOGIC) else ()
        children = tuple(child.explanation(leaves, digits, zone, hidden) for child in shown)
        result = None if veiled else self.replay(leaves)
        return Explanation(
            text=self.node.text,
            kind=self.node.kind,
            result=result,
            children=children,
            digits=digits,
            zone=zone,
            hidden=veiled,
            decisive=tuple(_decisive(self.node, result, children)),
            judged=isinstance(self.node, Aggregate) and self.node.function in _QUANTIFIED,
        )


def _cut(lines: Sequence[Line], language: str) -> list[Line]:
    """Return of too many lines those of the upper levels, as many levels as fit."""
    for deepest in range(max(depth for depth, _ in lines), 0, -1):
        kept = [line for line in lines if line[0] <= deepest]
        if len(kept) < _MOST_LINES:
            break
    kept = kept[: _MOST_LINES - 1]
    more = Text("… and {count} lines more", count=len(lines) - len(kept))
    return [*kept, (0, more.render(language))]


def _decisive(node: Node, result: Value | None, children: Sequence[Explanation]) -> Iterator[int]:
    """Yield the places of the parts on which the result rests."""
    alike = (
        isinstance(node, (Both, Either))
        and result is not isinstance(node, Both)
        and any(child.result is result and not child.hidden for child in children)
    )
    for place, child in enumerate(children):
        if not alike or child.hidden or child.result is result:
            yield place


def steps_of(node: Node, of: str, replayers: Callable[[list[Node]], list[Replay]]) -> Step:
    """Return the steps of an expression; `of`: the collection of whose row it is asked."""
    shown: list[Node] = []

    def collect(part: Node) -> tuple[int, list[object]]:
        below: list[object] = [collect(child) for child in _shown_children(part)]
        shown.append(part)
        return len(shown) - 1, below

    def build(tree: tuple[int, list[object]]) -> Step:
        place, below = tree
        return Step(
            node=shown[place],
            of=of,
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
    for child in (isinstance(node, (Arithmetic, Compare)) and node.why) or children(node):
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
    if part.hidden:
        return Text("hidden").render(language)
    if value is None:
        unknown = part.kind is Kind.BOOL and (part.judged or bool(part.children))
        return (Text("unknown") if unknown else Text("missing")).render(language)
    if isinstance(value, bool):
        return (Text("yes") if value else Text("no")).render(language)
    if isinstance(value, tuple):
        return ", ".join([*value[:_MOST_LISTED], "…"] if len(value) > _MOST_LISTED else value)
    if isinstance(value, str) and part.kind is Kind.DURATION:
        return _duration(value, language)
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    if part.kind is Kind.DATETIME:
        return f"{local(int(value), part.zone or 'UTC'):%Y-%m-%d %H:%M}{'' if part.zone else ' UTC'}"
    return _number(value, part, language)


def _duration(text: str, language: str) -> str:
    """Return a duration as people read it: minutes beyond an hour in days, hours and minutes."""
    found = length(text)
    count, parts = abs(found.count), [Duration(abs(found.count), found.unit)]
    if found.unit is Unit.MINUTES and count >= 60:
        split = ((count // 1440, Unit.DAYS), (count % 1440 // 60, Unit.HOURS), (count % 60, Unit.MINUTES))
        parts = [Duration(number, unit) for number, unit in split if number]
    told = " ".join(part.sentence().render(language) for part in parts)
    return f"-{told}" if found.count < 0 else told


def _number(value: float, part: Explanation, language: str) -> str:
    sign = ""
    if part.kind is Kind.MONEY:
        text = f"{'-' if value < 0 else ''}{_major(abs(round(value)), part.digits)}"
    elif part.kind is Kind.PERCENT:
        text, sign = _rounded(value * 100), "%"
    else:
        text = f"{value:,}" if isinstance(value, int) else _rounded(value)
    if language == "ru":
        text = text.replace(",", "\u00a0").replace(".", ",")
        sign = sign and "\u00a0%"
    return text + sign


def _rounded(value: float) -> str:
    """Return a number with four digits after the point; of one below 1 the first four digits that are not 0."""
    if 0 < abs(value) < 1:
        return f"{Decimal(f'{value:.{_DIGITS}g}').normalize():f}"
    return f"{round(value, _DIGITS):,.15g}"


def _major(minor: int, digits: int) -> str:
    whole, part = divmod(minor, 10**digits)
    return f"{whole:,}.{part:0{digits}}" if digits else f"{whole:,}"
