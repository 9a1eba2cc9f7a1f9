"""A checked expression: what it reads, what it gives, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    LastInteraction,
    Node,
    Previous,
    Read,
    children,
    names_in,
    walk,
)
from voronka.expressions.leaves import Leaf, leaves_of, named
from voronka.expressions.ledger import COLUMNS, LEDGER
from voronka.expressions.problem import Problem
from voronka.expressions.python_code import evaluator, leaf_reader, replayers
from voronka.expressions.values import Type, Value
from voronka.frozen import frozen

__all__ = ["Expression", "Reads", "reads_of"]


@frozen
class Reads:
    """What the value of an expression depends on.

    `names` of the subject (those read inside a row as ``deal.x`` too); `collections`, and the `columns` of their rows
    by their whole names (``orders.amount``); `clock`: the moment; `previous`: names whose value before the command
    matters.
    """

    names: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    clock: bool = False
    previous: frozenset[str] = frozenset()

    @property
    def values(self) -> frozenset[str]:
        """The names and columns of whose values the result tells something."""
        return self.names | self.columns


# Without slots: the generated function takes the place of the method in the instance, and a call costs nothing more.
@frozen(slots=False)
class Expression:
    """An expression without errors. Made by `compile_expression`; equal if text and type are.

    `node` is its typed form, `digits` those of the currency, `zone` that in which its moments are told. Code is
    generated at the first evaluation. It can be copied and pickled. `of`: the collection of whose row it is asked;
    `subject`: the word for the record.
    """

    text: str
    type: Type
    node: Node = field(compare=False, repr=False)
    reads: Reads = field(compare=False, repr=False)
    digits: int = field(compare=False, repr=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False, repr=False)
    zone: str = field(default="", compare=False, repr=False)
    of: str = field(default="", compare=False, repr=False)
    subject: str = field(default="deal", compare=False, repr=False)

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
        function = leaf_reader({self._named[id(node)]: node for node in leaves_of(self.node)})
        self.__dict__.update(leaves=function)
        return function(env)

    def veiled(self, hidden: frozenset[str]) -> frozenset[str]:
        """Return under which names those leaves are recorded, now or in earlier histories, that read a `hidden` one."""
        leaves = leaves_of(self.node) if hidden else ()
        veiled = (self._named[id(leaf)] for leaf in leaves if not hidden.isdisjoint(names_in(leaf, self.of)))
        return frozenset(name for leaf in veiled for name in (leaf.key, leaf.written))

    def explain(self, leaves: Mapping[str, Value | None], *, hidden: frozenset[str] = frozenset()) -> Explanation:
        """Return how the result came about, from recorded leaves alone; `hidden`: names that are not to be shown."""
        return self._steps.explanation(leaves, self.digits, self.zone, hidden)

    @cached_property
    def _steps(self) -> Step:
        return steps_of(self.node, self.of, lambda nodes: replayers(nodes, self._named))

    @cached_property
    def _named(self) -> Mapping[int, Leaf]:
        return named(self.node, self.subject)

    def __reduce__(self) -> tuple[Any, ...]:
        kept = ("text", "type", "node", "reads", "digits", "warnings", "zone", "of", "subject")
        return _restored, ({name: getattr(self, name) for name in kept},)


def _restored(parts: dict[str, Any]) -> Expression:
    return Expression(**parts)


def reads_of(node: Node, of: str = "") -> Reads:
    """Return what the value of `node` depends on; `of`: the collection of whose row it is asked."""
    nodes = list(walk(node))
    aggregates = [part for part in nodes if isinstance(part, Aggregate)]
    ledger = [LEDGER] if any(isinstance(part, LastInteraction) for part in nodes) else []
    previous = frozenset(part.name for part in nodes if isinstance(part, (Changed, Previous)))
    return Reads(
        names=previous | {part.name for part in nodes if isinstance(part, Read) and not part.of_row},
        collections=frozenset([*ledger, *(aggregate.collection for aggregate in aggregates)]),
        columns=frozenset(
            [*_own_columns(node, of), *_columns(aggregates), *(f"{LEDGER}.{column}" for column in COLUMNS if ledger)]
        ),
        clock=any(isinstance(part, (Clock, DaysSince)) for part in nodes),
        previous=previous,
    )


def _columns(aggregates: Iterable[Aggregate]) -> Iterator[str]:
    for aggregate in aggregates:
        read = (part for child in children(aggregate) for part in walk(child))
        yield from (f"{aggregate.collection}.{part.name}" for part in read if isinstance(part, Read) and part.of_row)


def _own_columns(node: Node, of: str) -> Iterator[str]:
    """Yield the columns of the row at hand."""
    if not of or isinstance(node, Aggregate):
        return
    if isinstance(node, Read) and node.of_row:
        yield f"{of}.{node.name}"
    for child in children(node):
        yield from _own_columns(child, of)
