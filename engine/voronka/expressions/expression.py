"""A checked expression: what it reads, what it gives, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from voronka.expressions.environment import Env
from voronka.expressions.explanation import Explanation, Step, steps_of
from voronka.expressions.ir import (
    Aggregate,
    Changed,
    Clock,
    DaysSince,
    Node,
    Previous,
    Read,
    children,
    walk,
)
from voronka.expressions.problem import Problem
from voronka.expressions.python_code import LEAVES, evaluator, leaf_key, leaf_reader, replayers
from voronka.expressions.values import Type, Value
from voronka.frozen import frozen

__all__ = ["Expression", "Reads", "reads_of"]


@frozen
class Reads:
    """What the value of an expression depends on.

    `names` of the subject (those read inside a row as ``deal.x`` too); `collections`; `clock`: the moment;
    `previous`: names whose value before the command matters.
    """

    names: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    clock: bool = False
    previous: frozenset[str] = frozenset()


# Without slots: the generated function takes the place of the method in the instance, and a call costs nothing more.
@frozen(slots=False)
class Expression:
    """An expression without errors. Made by `compile_expression`; equal if text and type are.

    `node` is its typed form, `digits` those of the currency. Code is generated at the first evaluation. It can be
    copied and pickled.
    """

    text: str
    type: Type
    node: Node = field(compare=False, repr=False)
    reads: Reads = field(compare=False, repr=False)
    digits: int = field(compare=False, repr=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False, repr=False)

    def evaluate(self, env: Env) -> Value | None:
        """Return the value, None if it is missing. Raises `RowsNotLoaded` for rows that `env` does not hold."""
        return self._generated()(env)

    def test(self, env: Env) -> bool | None:
        """Return whether the condition holds, None if that is unknown. A guard passes only on True."""
        return self._generated()(env)  # type: ignore[return-value] # only asked of a BOOL

    def _generated(self) -> Callable[[Env], Value | None]:
        function = evaluator(self.node)
        self.__dict__.update(evaluate=function, test=function)
        return function

    def leaves(self, env: Env) -> dict[str, Value | None]:
        """Return what the result rests on: names, whole aggregates and functions of the moment, as written.

        Those that need rows which `env` does not hold are left out: the result did not depend on them.
        """
        function = leaf_reader({leaf_key(node): node for node in _leaves(self.node)})
        self.__dict__.update(leaves=function)
        return function(env)

    def explain(self, leaves: Mapping[str, Value | None], *, hidden: frozenset[str] = frozenset()) -> Explanation:
        """Return how the result came about, from recorded leaves alone; `hidden`: names that are not to be shown."""
        return self._steps.explanation(leaves, self.digits, hidden)

    @cached_property
    def _steps(self) -> Step:
        return steps_of(self.node, replayers)

    def __reduce__(self) -> tuple[Any, ...]:
        kept = ("text", "type", "node", "reads", "digits", "warnings")
        return _restored, ({name: getattr(self, name) for name in kept},)


def _restored(parts: dict[str, Any]) -> Expression:
    return Expression(**parts)


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, LEAVES):
        yield node
        return
    for child in children(node):
        yield from _leaves(child)


def reads_of(node: Node) -> Reads:
    """Return what the value of `node` depends on."""
    nodes = list(walk(node))
    previous = frozenset(part.name for part in nodes if isinstance(part, (Changed, Previous)))
    return Reads(
        names=previous | {part.name for part in nodes if isinstance(part, Read) and not part.of_row},
        collections=frozenset(part.collection for part in nodes if isinstance(part, Aggregate)),
        clock=any(isinstance(part, (Clock, DaysSince)) for part in nodes),
        previous=previous,
    )
