"""Many expressions over one record as one function: each name is read once, and what they share is computed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from voronka.expressions.decision import Decision
from voronka.expressions.environment import Env
from voronka.expressions.expression import Expression
from voronka.expressions.function import ExpressionFunction
from voronka.expressions.ir import (
    SAID,
    Aggregate,
    Call,
    Computed,
    Const,
    Node,
    Read,
    children,
    walk,
)
from voronka.expressions.python_code import HIGH, Strict, Way, Writer
from voronka.expressions.values import Value

__all__ = ["fuse"]


# A comparison that two expressions have costs less twice than a variable for it, which is set for every record.
_WORTH_SHARING = 3


def fuse(expressions: Sequence[Expression]) -> Callable[[Env], tuple[Value | None, ...]]:
    """Return a function that gives the values of all `expressions`, in their order, exactly as each would by itself.

    It raises `RowsNotLoaded` where one of them would. One that is nested too deeply for a shared function is called.
    """
    return _FusedWriter().fused([expression.node for expression in expressions])


class _FusedWriter(Writer):
    """Writes expressions over local variables: of names, and of parts that several expressions have."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[int, int] = {}
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._names: dict[str, str] = {}
        self._taken: dict[int, str] = {}
        self._inside = False

    def fused(self, nodes: Sequence[Node]) -> Callable[[Env], tuple[Value | None, ...]]:
        """Return the function of all `nodes`."""
        own = [node for node in nodes if self._height(node) < HIGH]
        times = Counter(
            self._key(part) for node in own for part in _outside_rows(node) if not isinstance(part, Computed)
        )
        body = ["g = env.values", "get = g.get"]
        for node in own:
            for part in _outside_rows(node):
                if isinstance(part, Read) and part.name not in self._names:
                    self._names[part.name] = f"v{len(self._names)}"
                    body.append(f"{self._names[part.name]} = get({part.name!r})")
        results = []
        self._inside = True
        for node in nodes:
            if self._height(node) >= HIGH:
                results.append(f"{self._apart(node)}(env)")
                continue
            body += self._shared(node, times)
            results.append(self.code(node))
        self._inside = False
        self.add("fused", "env", [*body, f"return ({', '.join(results)},)" if results else "return ()"])
        return self.functions()["fused"]  # type: ignore[no-any-return] # made just now

    def code(self, node: Node) -> str:
        """Return the source of `node`, over the local variables where these are at hand."""
        if not self._inside:
            return super().code(node)
        if isinstance(node, Read):
            return self._names[node.name]
        if isinstance(node, Aggregate):
            return self._outside(lambda: super(_FusedWriter, self).code(node))
        known = self._taken.get(self._key(node))
        return known if known is not None else self._code(node)

    def _place(self, operand: Node) -> tuple[str, Way]:
        if self._inside and (isinstance(operand, Read) or self._key(operand) in self._taken):
            name = self.code(operand)
            return name, Way(f"{name} is None", f"{name} is not None", f"{name} is None")
        return super()._place(operand)

    def _inline(self, node: Node) -> Strict | None:
        return None if self._inside and self._key(node) in self._taken else super()._inline(node)

    def _shared(self, node: Node, times: Counter[int]) -> list[str]:
        """Return what computes the parts of `node` that others have, too, the innermost first."""
        lines: list[str] = []
        for part in reversed(list(_outside_rows(node))):
            key = self._key(part)
            if isinstance(part, (Read, Const, Computed)) or times[key] < _WORTH_SHARING or key in self._taken:
                continue
            if any(isinstance(each, (Aggregate, Call)) for each in walk(part)):
                continue  # rows may not be loaded, a function of a plugin may fail, where none of them is needed
            code = self.code(part)
            self._taken[key] = f"s{len(self._taken)}"
            lines.append(f"{self._taken[key]} = {code}")
        return lines

    def _apart(self, node: Node) -> str:
        name = self._name("whole")
        return self._outside(lambda: self.define(name, node))

    def _outside(self, write: Callable[[], str]) -> str:
        """Write something that is a function of its own, where the local variables are not at hand."""
        before, self._inside = self._inside, False
        try:
            return write()
        finally:
            self._inside = before

    def _key(self, node: Node) -> int:
        """Return a number that parts have in common which always give the same."""
        number = self._keys.get(id(node))
        if number is None:
            if isinstance(node, Computed):
                number = self._key(node.body)
            else:
                parts = (self._part_key(getattr(node, each.name)) for each in fields(node) if each.name not in SAID)
                number = self._numbers.setdefault((type(node), node.kind, *parts), len(self._numbers))
            self._keys[id(node)] = number
        return number

    def _part_key(self, value: object) -> object:
        if isinstance(value, Node):
            return self._key(value)
        if isinstance(value, tuple):
            return tuple(self._part_key(each) for each in value)
        if isinstance(value, (Decision, ExpressionFunction)):
            return id(value)
        return type(value), repr(value) if isinstance(value, float) else value  # 0.0 and -0.0 are equal, not alike


def _outside_rows(node: Node) -> list[Node]:
    """Return `node` and everything below it, but for what is about rows."""
    found, pending = [], [node]
    while pending:
        part = pending.pop()
        found.append(part)
        if not isinstance(part, Aggregate):
            pending.extend(reversed(tuple(children(part))))
    return found
